"""The protocol, in this process, with an application that does not come to read before its client has left."""

import asyncio

from starlette.types import Message, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from app.server import Protocol

_HEAD = b"PATCH / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"


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

    config = Config(app, lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Watched(config, state, {}), "127.0.0.1", 0)
    async with server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(content)
        writer.close()
        await writer.wait_closed()
        await read.wait()
    return received
