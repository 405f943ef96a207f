"""Request deadlines: a request that takes too long, or whose body arrives too slowly, is cancelled."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import Code, TandemError, Unavailable
from app.http.request_state import RequestState, state_of

_BODILESS = frozenset({"GET", "HEAD"})
"""Methods whose bodies no handler reads."""
_TICK = 0.1
"""Seconds between checks for late requests: one timer per request would cost more."""


class Deadline:
    """Cancels requests without a response after `seconds`, and those whose body arrives too slowly.

    Each wait for a part of a body lasts at most `body_seconds`. A body that is not JSON may take longer than `seconds`
    in total, if it arrives at `rate` bytes a second. Once a response has begun, only reading the body is bounded.
    """

    rate = 16_384
    body_seconds = 10.0

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds
        self._open: set[RequestState] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ticking = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request. Raises `timeout`, or `request_timeout` if the body was late."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = state_of(scope)
        self._watch(request)
        if scope["method"] not in _BODILESS:
            receive = _Body(self, request, receive).receive
        try:
            await self.app(scope, receive, send)
        except asyncio.CancelledError:
            if request.late and request.task:
                request.task.uncancel()
            if request.status:
                raise
            raise _error(request) from None
        finally:
            self._open.discard(request)

    def _watch(self, request: RequestState) -> None:
        loop = self._loop
        task = asyncio.current_task(loop) if loop else None
        if loop is None or task is None:  # another loop runs; `get_running_loop` costs a system call
            self._loop = loop = asyncio.get_running_loop()
            self._ticking, task = False, asyncio.current_task(loop)
        request.task, request.end = task, loop.time() + self.seconds
        self._open.add(request)
        if not self._ticking:
            self._ticking = True
            loop.call_later(_TICK, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for request in self._open:
            if request.end < now and not request.late and (request.waiting or not request.status):
                request.late = True
                if request.task:
                    request.task.cancel()
        self._ticking = bool(self._open)
        if self._ticking:
            loop.call_later(_TICK, self._tick, loop)


class _Body:
    """Receives the body for the application; while it waits for data, the request has a shorter deadline."""

    def __init__(self, bounds: Deadline, request: RequestState, receive: Receive) -> None:
        self._bounds, self._request, self._receive = bounds, request, receive
        self._end, self._complete = request.end, False

    async def receive(self) -> Message:
        """The next part of the body, within its deadline; the wait for a disconnect has none."""
        if self._complete:
            return await self._receive()
        request = self._request
        soon = asyncio.get_running_loop().time() + self._bounds.body_seconds
        request.waiting, request.end = True, soon if request.status else min(soon, self._end)
        message = await self._receive()
        request.waiting, self._complete = False, not message.get("more_body", False)
        if not self._complete and _is_upload(request.scope):
            self._end += len(message.get("body", b"")) / self._bounds.rate
        request.end = self._end
        return message


def _error(request: RequestState) -> TandemError:
    """The error of a request that was cancelled."""
    if not request.late:  # uvicorn cancels requests that outlast its shutdown timeout
        return Unavailable("The server is stopping.")
    if request.waiting:
        return TandemError(Code.REQUEST_TIMEOUT, "The body did not arrive in time.")
    return TandemError(Code.TIMEOUT, "The request took too long and was cancelled.", retry_after=1)


def _is_upload(scope: Scope) -> bool:
    return not any(name == b"content-type" and b"json" in value.lower() for name, value in scope["headers"])
