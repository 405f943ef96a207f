"""Streamed answers of the whole catalogue, read from one snapshot."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.http.streaming import stream

_SECONDS = 900.0
"""The maximum duration of an answer, since the database limits the life of a snapshot."""
Fields = list[tuple[bytes, bytes]]


class HeaderOnly(Response):
    """A response without a body, as for HEAD; its length is unknown."""

    def __init__(self, fields: Fields) -> None:
        self.status_code, self.background, self.body, self.raw_headers = 200, None, b"", fields


class Streamed(HeaderOnly):
    """Streams chunks; closes `held` after the last one, or when the client disconnects."""

    def __init__(self, fields: Fields, chunks: AsyncGenerator[bytes, None], held: AsyncExitStack) -> None:
        super().__init__(fields)
        self._chunks, self._held = chunks, held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        """Send all chunks; raises `TimeoutError` if the client stops reading, or reads for too long."""
        async with self._held, asyncio.timeout(_SECONDS):
            await stream(self.status_code, self.raw_headers, self._chunks, receive, send)
