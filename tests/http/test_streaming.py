"""Answers that are sent as they are read."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message

from app.http.streaming import stream
from tests.servers import PATIENCE


@pytest.mark.anyio
async def test_a_client_that_leaves_stops_the_source() -> None:
    """A source that waits for its next chunk is told at once that nobody takes it."""
    stopped, sent = asyncio.Event(), list[bytes]()

    async def chunks() -> AsyncIterator[bytes]:
        yield b"first"
        await stopped.wait()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))

    async with asyncio.timeout(PATIENCE):
        await stream(200, [], chunks(), receive, send, stop=stopped.set)
    assert b"".join(sent) == b"first"
