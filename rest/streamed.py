"""Streamed answers of the whole catalogue, read from one snapshot."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.bulk.export_files import ExportFile
from app.bulk.feeds.google_feed import GoogleFeed
from app.http.streaming import stream
from app.rate_limiting.stream_charge import StreamCharge

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


async def stream_file(
    fields: Fields,
    file: ExportFile | GoogleFeed,
    batches: AsyncGenerator[list[Any], None],
    charge: StreamCharge,
    stack: AsyncExitStack,
) -> Streamed:
    """Stream a file of batches, which are charged as they are sent; the response takes over the stack."""
    await stack.enter_async_context(aclosing(batches))
    first: list[Any] = await anext(batches, [])  # an error here becomes a problem document
    return Streamed(fields, _chunks(file, first, batches, charge), stack.pop_all())


async def _chunks(
    file: ExportFile | GoogleFeed, first: list[Any], batches: AsyncGenerator[list[Any], None], charge: StreamCharge
) -> AsyncGenerator[bytes, None]:
    chunk = file.begin() + await asyncio.to_thread(file.lines, first)
    await charge.pay_bytes(len(chunk))
    yield chunk
    async for items in batches:
        chunk = await asyncio.to_thread(file.lines, items)
        await charge.pay_bytes(len(chunk))
        yield chunk
