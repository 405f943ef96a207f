"""The whole catalogue over REST: one snapshot, streamed as lines of JSON."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app import export_files
from app.domain import exports
from app.domain.callers import ANONYMOUS, Caller
from app.domain.callers import Scope as Permission
from app.domain.errors import Unavailable
from app.domain.exports import Item, LeftOut
from app.domain.unit import Database
from app.streaming import stream
from rest import negotiation, parameters

NDJSON = "application/x-ndjson"
_AT_ONCE = 4
"""Exports that run in one process; each holds a connection, and the database keeps what it sees."""
_SECONDS = 900.0
"""What a client has to take it all, however steadily it does: the database keeps nothing for anybody for ever."""


class Exports:
    """The endpoint of the export."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._running = 0

    async def export(self, request: Request) -> Response:
        """GET /products/export."""
        negotiation.undemanding(request)
        parameters.read(request.scope["query_string"], {})
        caller: Caller = request.scope.get("state", {}).get("caller", ANONYMOUS)
        caller.identify()
        caller.require(Permission.CATALOG_READ)
        if request.method == "HEAD":
            return _Begun()
        if self._running == _AT_ONCE:
            raise Unavailable(f"{_AT_ONCE} exports are running; wait for one to end.", retry_after=5)
        async with AsyncExitStack() as stack:
            self._running += 1
            stack.callback(self._done)
            snapshot = await stack.enter_async_context(self.database.snapshot())
            batches = await stack.enter_async_context(aclosing(exports.batches(snapshot, LeftOut())))
            begun: list[Item] = await anext(batches, [])  # what fails at once is still answered as a problem
            held = stack.pop_all()
        return _Streamed(begun, batches, held)

    def _done(self) -> None:
        self._running -= 1


class _Begun(Response):
    """The header alone; how long the body is, only its end tells."""

    def __init__(self, body: bytes = b"") -> None:
        self.status_code, self.background, self.body = 200, None, body
        self.raw_headers = [(b"content-type", NDJSON.encode())]


class _Streamed(_Begun):
    """Lines of JSON, sent as they are read; what they are read from is let go with the last, or with the client."""

    def __init__(self, begun: list[Item], batches: AsyncGenerator[list[Item], None], held: AsyncExitStack) -> None:
        super().__init__(export_files.lines("ndjson", begun))
        self._batches, self._held = batches, held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        """Send it all; raises `TimeoutError` where the client takes nothing for long, or takes too long in all."""
        async with self._held, asyncio.timeout(_SECONDS):
            await stream(self.status_code, self.raw_headers, self._lines(), receive, send)

    async def _lines(self) -> AsyncGenerator[bytes, None]:
        yield bytes(self.body)
        async for items in self._batches:
            yield export_files.lines("ndjson", items)
