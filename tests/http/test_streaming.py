"""Answers that are sent as they are read."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

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


@pytest.mark.anyio
async def test_others_get_their_turn() -> None:
    """A source that never waits holds the event loop for one piece at a time, and large chunks are sent in pieces."""
    turns, messages = 0, list[tuple[int, Message]]()

    async def chunks() -> AsyncIterator[bytes]:
        for size in (3_000_000, 10, 0, 300_000):
            yield bytes(size)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        messages.append((turns, message))

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    await stream(200, [], chunks(), receive, send)
    other.cancel()
    bodies = [(turn, message) for turn, message in messages if message["type"] == "http.response.body"]
    sizes = [len(message["body"]) for _, message in bodies]
    assert sum(sizes) == 3_300_010
    assert max(sizes) <= 256 * 1024
    assert [message["more_body"] for _, message in bodies] == [True] * (len(bodies) - 1) + [False]
    assert all(before < after for (before, _), (after, _) in pairwise(bodies))
