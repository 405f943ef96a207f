"""Streamed responses: they end if the client disconnects or stops reading."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from starlette.types import Message, Receive, Send

from app.http.written import Written

SECONDS_STALLED = 30.0
"""Seconds until the connection of a client that reads no data is closed."""
_MAX_PIECE = 256 * 1024
"""The bytes that are written at once; after them other requests get their turn."""


async def stream(
    status: int,
    headers: Sequence[tuple[bytes, bytes]],
    chunks: AsyncIterator[bytes],
    receive: Receive,
    send: Send,
    size: int | None = None,
    stop: Callable[[], None] | None = None,
) -> None:
    """Send an answer, of so many bytes where that is known; raises `TimeoutError` where the client takes none for long.

    Its first bytes are read before it begins: what fails at once is still answered as a problem. `stop` is called when
    the client leaves, for chunks that are long in coming.
    """

    async def put(message: Message) -> None:
        sending = send(message)
        if not isinstance(sending, Written):  # else a timeout would cost more than the write
            async with asyncio.timeout(SECONDS_STALLED):
                await sending

    chunk = await anext(chunks, None)
    gone = asyncio.create_task(_disconnected(receive))
    if stop is not None:
        gone.add_done_callback(lambda _: stop())
    try:
        await put({"type": "http.response.start", "status": status, "headers": list(headers)})
        sent, ended = 0, False
        while not ended and not gone.done():
            body = chunk or b""
            sent += len(body)
            ended = chunk is None or sent == size
            for start in range(0, max(1, len(body)), _MAX_PIECE):
                end = start + _MAX_PIECE
                more = not ended or end < len(body)
                await put({"type": "http.response.body", "body": body[start:end], "more_body": more})
                await asyncio.sleep(0)
            chunk = None if ended else await anext(chunks, None)
    finally:
        gone.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
