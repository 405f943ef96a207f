"""The protocol, in this process, with applications that do not do as they should."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from app.server import Protocol

_GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
_HEAD = b"PATCH / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
_START: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8")]}


@asynccontextmanager
async def _served(
    app: ASGIApp, state: ServerState, protocol: type[Protocol] = Protocol
) -> AsyncIterator[tuple[str, int]]:
    """Host and port of an application."""
    config = Config(app, lifespan="off", log_config=None)
    config.load()
    server = await asyncio.get_running_loop().create_server(lambda: protocol(config, state, {}), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()


def test_what_came_before_the_client_left() -> None:
    """The bytes that had arrived are read, then that the client is gone: a resumable upload keeps them."""
    received = asyncio.run(_received(_HEAD + b"a tenth"))
    assert received == [
        {"type": "http.request", "body": b"a tenth", "more_body": True},
        {"type": "http.disconnect"},
        {"type": "http.disconnect"},
    ]


async def _received(content: bytes) -> list[Message]:
    """What an application is told of a client that sent this and left."""
    left, read, received = asyncio.Event(), asyncio.Event(), []

    class Watched(Protocol):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            left.set()

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        await left.wait()
        received.extend([await receive() for _ in range(3)])
        read.set()

    async with _served(app, ServerState(), Watched) as address:
        _, writer = await asyncio.open_connection(*address)
        writer.write(content)
        writer.close()
        await writer.wait_closed()
        await read.wait()
    return received


@pytest.mark.parametrize("begins", [False, True])
@pytest.mark.parametrize("fails", [False, True])
def test_no_whole_answer(begins: bool, fails: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever an application leaves undone, its client is told so in safe words, or cut, and the log tells of it."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        if begins:
            await send(_START)
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
        if fails:
            raise ValueError("planted")

    answer, tasks = asyncio.run(_asked(app))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert tasks == 0
    assert "Traceback" in caplog.text
    if begins:
        assert body == b"half"
    else:
        assert (json.loads(body)["code"], head[:12]) == ("internal_error", b"HTTP/1.1 500")
        assert b"planted" not in answer


async def _asked(app: ASGIApp) -> tuple[bytes, int]:
    """All that a connection gives until its end, and how many requests the server believes to be running then."""
    state = ServerState()
    async with _served(app, state) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(_GET)
        answer = await reader.read()
        writer.close()
        return answer, len(state.tasks)
