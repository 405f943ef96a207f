"""Our HTTP protocol in this process, over any application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import ServerState

from app.server.protocol import Protocol


@asynccontextmanager
async def served(
    app: ASGIApp, state: ServerState, protocol: type[Protocol] = Protocol
) -> AsyncIterator[tuple[str, int]]:
    """Host and port of an application."""
    config = Config(app, lifespan="off", log_config=None)
    config.load()
    server = await asyncio.get_running_loop().create_server(lambda: protocol(config, state, {}), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()


async def ask(app: ASGIApp, request: bytes, state: ServerState | None = None) -> bytes:
    """All that a connection gives until its end."""
    async with served(app, state or ServerState()) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        return answer
