"""Answers of a whole catalogue from one snapshot, sent as they are read."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.http.streaming import stream

_SECONDS = 900.0
"""The longest that an answer may take: the database keeps no snapshot for ever."""
Fields = list[tuple[bytes, bytes]]


class Begun(Response):
    """The header alone; the length of the body is not known before its end."""

    def __init__(self, fields: Fields) -> None:
        self.status_code, self.background, self.body, self.raw_headers = 200, None, b"", fields


class Streamed(Begun):
    """Chunks as they are read; what is `held` for them is released with the last one, or with the client."""

    def __init__(self, fields: Fields, chunks: AsyncGenerator[bytes, None], held: AsyncExitStack) -> None:
        super().__init__(fields)
        self._chunks, self._held = chunks, held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        """Send all chunks; raises `TimeoutError` if the client stops reading, or reads for too long."""
        async with self._held, asyncio.timeout(_SECONDS):
            await stream(self.status_code, self.raw_headers, self._chunks, receive, send)
