"""Uploads to a real server: what is broken off, too slow, too large or has no room leaves nothing behind."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.images import drawn, encoded
from tests.servers import Server, until, wire

_HURRIED = """
from app.middleware.deadline import Deadline
Deadline.body_seconds = 1.0
"""
_LITTLE_ROOM = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
"""
_FORM = "Content-Type: multipart/form-data; boundary=b\r\n"
_HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
_TAIL = b"\r\n--b--\r\n"
_PATHS = ("/v2/files", "/v2/products/1/image")


@pytest.fixture(scope="module")
def server(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits a second for a part of a body."""
    with Server(databases.create("sqlite"), tmp_path_factory.mktemp("server") / "log", code=_HURRIED) as made:
        yield made


@pytest.fixture(scope="module")
def cramped(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may write no file of more than a megabyte."""
    with Server(databases.create("sqlite"), tmp_path_factory.mktemp("cramped") / "log", code=_LITTLE_ROOM) as made:
        yield made


def left(server: Server) -> list[Path]:
    """Every file that the server has stored, whole or not."""
    return [path for path in (server.log.parent / "files").rglob("*") if path.is_file()]


async def begin(server: Server, path: str, length: int, sent: int) -> None:
    """Begin an upload and send a part of it; then go away."""
    async with wire(server) as client:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n{_FORM}\r\n"
        client.writer.write(head.encode() + _HEAD + bytes(sent))
        await client.writer.drain()
        if path == "/v2/files":
            await asyncio.to_thread(until, lambda: len(left(server)) > 0)


@pytest.mark.parametrize("path", _PATHS)
async def test_broken_off(server: Server, path: str) -> None:
    """Who leaves in the middle of an upload leaves nothing."""
    await begin(server, path, 10_000_000, 2_000_000)
    await asyncio.to_thread(
        until, lambda: not left(server) and f'"path":"{path}","status":499' in server.log.read_text()
    )


@pytest.mark.parametrize("path", _PATHS)
async def test_too_slow(server: Server, path: str) -> None:
    """An upload that stops to come is 408, and leaves nothing."""
    async with wire(server) as client:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n{_FORM}\r\n"
        client.writer.write(head.encode() + _HEAD + bytes(2_000_000))
        assert (await client.answer()).status == 408
    assert not left(server)


@pytest.mark.parametrize("path", _PATHS)
async def test_too_large(server: Server, path: str) -> None:
    """What declares to be too large is refused before it is sent: who waits to be asked for it never is."""
    async with wire(server) as client:
        asking = f"Content-Length: 100000000\r\nExpect: 100-continue\r\n{_FORM}"
        client.writer.write(f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{asking}\r\n".encode())
        assert (await client.answer()).status == 413
    assert not left(server)


async def test_no_room(cramped: Server) -> None:
    """Where there is no room an upload is 507, which says when to try again, and leaves nothing; small ones go on."""
    async with wire(cramped) as client:
        answer = await client.ask("/v2/files", "POST", _HEAD + bytes(3_000_000) + _TAIL, _FORM)
        assert (answer.status, answer.headers["retry-after"]) == (507, "60")
        assert not left(cramped)
    async with wire(cramped) as client:
        assert (await client.ask("/v2/files", "POST", _HEAD + b"x" + _TAIL, _FORM)).status == 201
        assert len(left(cramped)) == 1


async def test_at_once(databases: Databases, tmp_path: Path) -> None:
    """An image that is uploaded while its product is deleted is refused or gone; the bytes are swept, not lost."""
    with Server(databases.create("sqlite"), tmp_path / "log") as server:  # those of other tests have no files
        await _upload_while_deleted(server)


async def _upload_while_deleted(server: Server) -> None:
    image = _HEAD + encoded(drawn(), "PNG") + _TAIL
    async with wire(server) as client:
        made = await client.ask(
            "/v2/products", "POST", b'{"name": "Lamp", "price": 1}', "Content-Type: application/json\r\n"
        )
        path = made.headers["location"]
    async with wire(server) as one, wire(server) as other:
        head = f"PUT {path}/image HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(image)}\r\n{_FORM}\r\n".encode()
        one.writer.write(head + image[:-10])
        await one.writer.drain()
        assert (await other.ask(path, "DELETE")).status == 204
        one.writer.write(image[-10:])
        assert (await one.answer()).status == 404
