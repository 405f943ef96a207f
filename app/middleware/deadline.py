"""Deadlines: no request keeps the client, or what it holds, for longer than was promised."""

import asyncio
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import Code, TandemError, Unavailable
from app.exchange import Exchange, exchange_of

_TICK = 0.1
"""Seconds between looks at what is late: a timer for each request would cost more than many an answer."""


class Deadline:
    """Cancels what has not begun to answer after `seconds`, and gives up on a body that comes too slowly.

    Each wait for a part of a body lasts at most `body_seconds`. What is no JSON may take longer than `seconds` as a
    whole, as long as it comes at `rate` bytes a second. Once an answer has begun only its body's reading is bounded.
    """

    rate = 16_384
    body_seconds = 10.0

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds
        self._runs: set[_Run] = set()
        self._ticking: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request within its deadline; raises `timeout`, or `request_timeout` where the body was late."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        run = _Run(self, exchange_of(scope), receive, loop.time() + self.seconds)
        self._runs.add(run)
        if self._ticking is not loop:
            self._ticking = loop
            loop.call_later(_TICK, self._tick, loop)
        try:
            await self.app(scope, run.receive, send)
        except asyncio.CancelledError:
            if run.late:
                run.task.uncancel()
            if run.exchange.status:
                raise
            raise run.error() from None
        finally:
            self._runs.discard(run)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for run in self._runs:
            if run.end < now and not run.late and (run.waiting or not run.exchange.status):
                run.late = True
                run.task.cancel()
        if self._runs:
            loop.call_later(_TICK, self._tick, loop)
        else:
            self._ticking = None


class _Run:
    """One request between the server and the application. `end` is on the event loop's clock."""

    __slots__ = ("_bounds", "_complete", "_end", "_receive", "end", "exchange", "late", "task", "waiting")

    def __init__(self, bounds: Deadline, exchange: Exchange, receive: Receive, end: float) -> None:
        self._bounds, self.exchange, self._receive = bounds, exchange, receive
        self.task: asyncio.Task[Any] = asyncio.current_task()  # type: ignore[assignment] # there is one
        self.end = self._end = end
        self.late = self.waiting = self._complete = False

    async def receive(self) -> Message:
        """A part of the body, in time; once that is complete, waiting for the client to leave is nobody's fault."""
        if self._complete:
            return await self._receive()
        self.waiting = True
        soon = asyncio.get_running_loop().time() + self._bounds.body_seconds
        self.end = soon if self.exchange.status else min(soon, self._end)
        message = await self._receive()
        self.waiting, self._complete = False, not message.get("more_body", False)
        if not self._complete and _is_upload(self.exchange.scope):
            self._end += len(message.get("body", b"")) / self._bounds.rate
        self.end = self._end
        return message

    def error(self) -> TandemError:
        """What the client is told of a request that was cancelled."""
        if not self.late:  # uvicorn cancels what its drain did not see end
            return Unavailable("The server is stopping.")
        if self.waiting:
            return TandemError(Code.REQUEST_TIMEOUT, "The body did not come in time.")
        return TandemError(Code.TIMEOUT, "It took too long, and was given up.", retry_after=1)


def _is_upload(scope: Scope) -> bool:
    return not any(name == b"content-type" and b"json" in value.lower() for name, value in scope["headers"])
