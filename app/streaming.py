"""Answers that are sent as they are read: a client that leaves, or takes nothing for long, ends them."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from starlette.types import Message, Receive, Send

SECONDS_STALLED = 30.0
"""What a client is given to take some of it, before it is hung up on."""


async def stream(
    status: int,
    headers: Sequence[tuple[bytes, bytes]],
    chunks: AsyncIterator[bytes],
    receive: Receive,
    send: Send,
    size: int | None = None,
) -> None:
    """Send an answer, of so many bytes where that is known; raises `TimeoutError` where the client takes none for long.

    Its first bytes are read before it begins: what fails at once is still answered as a problem.
    """

    async def put(message: Message) -> None:
        async with asyncio.timeout(SECONDS_STALLED):
            await send(message)

    chunk = await anext(chunks, None)
    gone = asyncio.create_task(_disconnected(receive))
    try:
        await put({"type": "http.response.start", "status": status, "headers": list(headers)})
        sent, ended = 0, False
        while not ended and not gone.done():
            body = chunk or b""
            sent += len(body)
            ended = chunk is None or sent == size
            await put({"type": "http.response.body", "body": body, "more_body": not ended})
            chunk = None if ended else await anext(chunks, None)
    finally:
        gone.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
