"""Server-sent events as a client reads them, over a socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from starlette.types import ASGIApp
from uvicorn.server import ServerState

from tests.protocols import served


class Event(NamedTuple):
    """An event: its id, its name and its data; a comment has none of them."""

    id: str = ""
    name: str = ""
    data: Any = None


class Stream:
    """One answer of server-sent events."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.status = 0
        self.headers: dict[str, str] = {}
        self.last_id = ""
        self.blocks = self._blocks()
        """All blocks until the end, comments too."""

    async def begin(self) -> None:
        """Read the header."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        self.status = int(first.split(" ")[1])
        self.headers = dict(line.lower().split(": ", 1) for line in lines)

    async def _chunks(self) -> AsyncIterator[bytes]:
        if length := self.headers.get("content-length"):
            yield await self._reader.readexactly(int(length))
            return
        while size := int(await self._reader.readline(), 16):
            yield (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readline()

    async def _blocks(self) -> AsyncIterator[Event]:
        text = ""
        async for chunk in self._chunks():
            *blocks, text = (text + chunk.decode()).split("\n\n")
            for block in blocks:
                fields = dict(
                    map(str.strip, line.split(":", 1)) for line in block.split("\n") if not line.startswith(":")
                )
                self.last_id = fields.get("id", self.last_id)
                data = fields.get("data")
                yield Event(fields.get("id", ""), fields.get("event", ""), json.loads(data) if data else None)

    async def events(self, count: int) -> list[Event]:
        """The next events that have data."""
        found: list[Event] = []
        async for block in self.blocks:
            if block.data is not None:
                found.append(block)
                if len(found) == count:
                    return found
        return found

    def cut(self) -> None:
        """Close the connection at once."""
        self._writer.transport.abort()


@asynccontextmanager
async def streaming(
    app: ASGIApp, path: str, *fields: str, state: ServerState | None = None, body: bytes = b""
) -> AsyncIterator[Stream]:
    """An answer to a GET, or to a POST of a body, that accepts events."""
    async with served(app, state or ServerState()) as address:
        reader, writer = await asyncio.open_connection(*address)
        method = "POST" if body else "GET"
        lines = [f"{method} {path} HTTP/1.1", "Host: test", "Accept: text/event-stream", *fields]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        stream = Stream(reader, writer)
        try:
            await stream.begin()
            yield stream
        finally:
            stream.cut()
