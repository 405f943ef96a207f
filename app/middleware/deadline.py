"""Deadlines: no request keeps the client, or what it holds, for longer than was promised."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import Code, TandemError, Unavailable


class Deadline:
    """Cancels what has not begun to answer after `seconds`, and gives up on a body that comes too slowly.

    Each wait for a part of a body lasts at most `body_seconds`. What is no JSON may take longer than `seconds` as a
    whole, as long as it comes at `RATE`. Once an answer has begun only its body's reading is bounded.
    """

    RATE = 16_384
    """Bytes a second that an upload must keep up."""
    body_seconds = 10.0

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request within its deadline; raises `timeout`, or `request_timeout` where the body was late."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        now = asyncio.get_running_loop().time()
        run = _Run(receive, send, now + self.seconds, self.body_seconds, self.RATE if _is_upload(scope) else None)
        try:
            async with run.limit:
                await self.app(scope, run.receive, run.send)
        except TimeoutError:
            if run.started or not run.limit.expired():  # it is none of ours
                raise
            raise _late(waiting=run.waiting) from None
        except asyncio.CancelledError:
            if run.started:
                raise
            raise Unavailable("The server is stopping.") from None  # uvicorn cancels what its drain did not see end


class _Run:
    """One request between the server and the application. `end` is on the event loop's clock."""

    def __init__(self, receive: Receive, send: Send, end: float, body_seconds: float, rate: int | None) -> None:
        self._receive, self._send = receive, send
        self._end, self._body_seconds, self._rate = end, body_seconds, rate
        self.limit = asyncio.timeout_at(end)
        self.started = self.waiting = self._complete = False

    async def receive(self) -> Message:
        """A part of the body, in time; once that is complete, waiting for the client to leave is nobody's fault."""
        if self._complete:
            return await self._receive()
        self.waiting = True
        soon = asyncio.get_running_loop().time() + self._body_seconds
        self.limit.reschedule(soon if self.started else min(soon, self._end))
        message = await self._receive()
        self.waiting, self._complete = False, not message.get("more_body", False)
        if self._rate:
            self._end += len(message.get("body", b"")) / self._rate
        self.limit.reschedule(None if self.started else self._end)
        return message

    async def send(self, message: Message) -> None:
        """A part of the answer; once it has begun, it may take its time."""
        if not self.started:
            self.started = True
            self.limit.reschedule(None)
        await self._send(message)


def _late(*, waiting: bool) -> TandemError:
    if waiting:
        return TandemError(Code.REQUEST_TIMEOUT, "The body did not come in time.")
    return TandemError(Code.TIMEOUT, "It took too long, and was given up.", retry_after=1)


def _is_upload(scope: Scope) -> bool:
    return not any(name == b"content-type" and b"json" in value.lower() for name, value in scope["headers"])
