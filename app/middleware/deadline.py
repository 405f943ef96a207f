"""Deadlines: no request keeps the client, or what it holds, for longer than was promised."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import Code, TandemError, Unavailable
from app.exchange import Exchange, exchange_of

_BODILESS = frozenset({"GET", "HEAD"})
"""Nobody here reads a body of theirs."""
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
        self._open: set[Exchange] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ticking = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request within its deadline; raises `timeout`, or `request_timeout` where the body was late."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = exchange_of(scope)
        self._watch(exchange)
        if scope["method"] not in _BODILESS:
            receive = _Body(self, exchange, receive).receive
        try:
            await self.app(scope, receive, send)
        except asyncio.CancelledError:
            if exchange.late and exchange.task:
                exchange.task.uncancel()
            if exchange.status:
                raise
            raise _error(exchange) from None
        finally:
            self._open.discard(exchange)

    def _watch(self, exchange: Exchange) -> None:
        loop = self._loop
        task = asyncio.current_task(loop) if loop else None
        if loop is None or task is None:  # another one runs; asking which costs a system call
            self._loop = loop = asyncio.get_running_loop()
            self._ticking, task = False, asyncio.current_task(loop)
        exchange.task, exchange.end = task, loop.time() + self.seconds
        self._open.add(exchange)
        if not self._ticking:
            self._ticking = True
            loop.call_later(_TICK, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for exchange in self._open:
            if exchange.end < now and not exchange.late and (exchange.waiting or not exchange.status):
                exchange.late = True
                if exchange.task:
                    exchange.task.cancel()
        self._ticking = bool(self._open)
        if self._ticking:
            loop.call_later(_TICK, self._tick, loop)


class _Body:
    """A request's body on its way to the application; while that waits for a part, its exchange ends sooner."""

    def __init__(self, bounds: Deadline, exchange: Exchange, receive: Receive) -> None:
        self._bounds, self._exchange, self._receive = bounds, exchange, receive
        self._end, self._complete = exchange.end, False

    async def receive(self) -> Message:
        """A part of the body, in time; once that is complete, waiting for the client to leave is nobody's fault."""
        if self._complete:
            return await self._receive()
        exchange = self._exchange
        soon = asyncio.get_running_loop().time() + self._bounds.body_seconds
        exchange.waiting, exchange.end = True, soon if exchange.status else min(soon, self._end)
        message = await self._receive()
        exchange.waiting, self._complete = False, not message.get("more_body", False)
        if not self._complete and _is_upload(exchange.scope):
            self._end += len(message.get("body", b"")) / self._bounds.rate
        exchange.end = self._end
        return message


def _error(exchange: Exchange) -> TandemError:
    """What the client is told of a request that was cancelled."""
    if not exchange.late:  # uvicorn cancels what its drain did not see end
        return Unavailable("The server is stopping.")
    if exchange.waiting:
        return TandemError(Code.REQUEST_TIMEOUT, "The body did not come in time.")
    return TandemError(Code.TIMEOUT, "It took too long, and was given up.", retry_after=1)


def _is_upload(scope: Scope) -> bool:
    return not any(name == b"content-type" and b"json" in value.lower() for name, value in scope["headers"])
