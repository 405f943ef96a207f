"""Web servers over TLS on this machine, under names that only a test resolves."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

import trustme

from app.http.outgoing import Network

HERE, PRIVATE = "127.0.0.1", "10.0.0.1"
"""The address that a test's network allows, and one that it does not."""
HOSTS = {"images.test": [HERE], "private.test": [PRIVATE], "both.test": [PRIVATE, HERE]}

Page = Callable[[asyncio.StreamWriter], Awaitable[None]] | bytes
"""A whole answer, or what writes one."""


def answer(body: bytes = b"", status: str = "200 OK", **fields: str) -> bytes:
    """A whole answer of HTTP."""
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{head}\r\n".encode() + body


class Received(NamedTuple):
    """A request: its path, header fields by their names in lower case, and body."""

    path: str
    fields: Mapping[str, str]
    body: bytes


class Web:
    """A server of pages by their paths; it counts the requests for each."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.hits = Counter[str]()
        self.requests: list[Received] = []
        self.lookups = Counter[str]()
        self.hosts: Mapping[str, list[str]] = HOSTS
        self.port = 0
        self._authority = trustme.CA()

    def url(self, path: str, host: str = "images.test", scheme: str = "https") -> str:
        """The address of a page under a name."""
        return f"{scheme}://{host}:{self.port}{path}"

    def network(self) -> Network:
        """A network of which this machine's own address is public, and no other."""
        context = ssl.create_default_context()
        self._authority.configure_trust(context)
        return Network(self._resolve, lambda address: address == HERE, context)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Web"]:
        """The server, while it runs; its port stays the same."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._authority.issue_cert("images.test", "both.test").configure_cert(context)
        server = await asyncio.start_server(self._serve, HERE, self.port, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _resolve(self, host: str, port: int) -> list[str]:
        self.lookups[host] += 1
        if host not in self.hosts:
            raise OSError("not known")
        return self.hosts[host]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            path = head.split(" ", 2)[1]
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            self.requests.append(Received(path, fields, await reader.readexactly(int(fields.get("content-length", 0)))))
            self.hits[path] += 1
            page = self.pages.get(path, answer(status="404 Not Found"))
            if isinstance(page, bytes):
                writer.write(page)
            else:
                await page(writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
