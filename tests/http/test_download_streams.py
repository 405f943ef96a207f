"""Downloads as streams: clients that leave, and bytes that fail or are missing."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from starlette.types import Message

from app.domain.errors import Unavailable
from app.http.downloads import IMMUTABLE, Content
from tests.conftest import Run
from tests.http.content import NAME, serving


def test_what_cannot_be_read(run: Run[Any]) -> None:
    """Where not even the first bytes can be read, no answer has begun."""

    async def away(start: int, stop: int) -> AsyncGenerator[bytes, None]:
        raise Unavailable("The files are away.")
        yield b""

    with pytest.raises(Unavailable):
        run(_asked(serving(read=away), []))


def test_a_client_that_leaves(run: Run[Any]) -> None:
    """Once the client is gone nothing more is read, and what was being read is let go."""
    read, closed = [], []

    async def endless(start: int, stop: int) -> AsyncGenerator[bytes, None]:
        try:
            for place in range(start, stop):
                read.append(place)
                yield b"x"
        finally:
            closed.append(True)

    sent: list[Message] = []
    run(_asked(serving(read=endless), sent, leaves_after=3))
    assert (len(sent), closed) == (4, [True])
    assert len(read) <= 4


def test_a_short_answer_is_one_message(run: Run[Any]) -> None:
    """What is known to end does so with its last bytes, so that a small image is one write."""
    sent: list[Message] = []
    run(_asked(serving(Content(NAME, 1000, "image/png", IMMUTABLE)), sent))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert not sent[1]["more_body"]


def test_bytes_that_are_missing(run: Run[Any]) -> None:
    """What ends before its size does is not passed off as whole: the last message leaves bytes out, and servers cut."""

    async def cut(start: int, stop: int) -> AsyncGenerator[bytes, None]:
        yield b"x"

    sent: list[Message] = []
    run(_asked(serving(read=cut), sent))
    assert sum(len(message.get("body", b"")) for message in sent) < int(dict(sent[0]["headers"])[b"content-length"])


async def _asked(app: Any, sent: list[Message], leaves_after: int | None = None) -> None:
    """A GET by hand; the client may leave after some parts of the body."""
    gone = asyncio.Event()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) - 1 == leaves_after:
            gone.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    await app({"type": "http", "method": "GET", "path": "/content", "headers": []}, receive, send)
