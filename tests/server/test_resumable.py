"""Uploads that are cut, by the client or by the death of the server, gone on with by a client that exists: tuspy."""

import asyncio
import hashlib
import random
import signal
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from tusclient.client import TusClient
from tusclient.uploader import Uploader

from tests.databases import Databases
from tests.servers import Server, until, wire

_SMALL_PARTS = """
from app.media.resumable_uploads import ResumableUploads
ResumableUploads.part_bytes = 65_536
"""
_CONTENT = random.Random(7).randbytes(3_000_000)
_CUT = len(_CONTENT) * 2 // 5
Start = Callable[..., Server]


@pytest.fixture
def start(databases: Databases, tmp_path: Path) -> Iterator[Start]:
    """Starts servers, one after another, over the same database and folder of files."""
    url, made = databases.create("sqlite"), []

    def begin(*, plain: bool = False) -> Server:
        settings = {"TANDEM_FILES_URL": (tmp_path / "files").as_uri(), "TANDEM_AUTH": "open"}
        made.append(Server(url, tmp_path / f"log{len(made)}", code=_SMALL_PARTS, plain=plain, **settings))
        return made[-1]

    yield begin
    for server in made:
        if server.process.poll() is None:
            server.stop()


def uploader(server: Server, url: str | None = None) -> Uploader:
    """tuspy, at the beginning of an upload, or where one ended."""
    client = TusClient(f"http://127.0.0.1:{server.port}/v2/files/uploads")
    metadata = {"filename": "large.bin", "filetype": "application/x-large"}
    made = client.uploader(file_stream=BytesIO(_CONTENT), url=url, metadata=metadata, chunk_size=1_000_000)
    if url is None:
        made.set_url(made.create_url())
    return made


def moved(url: str, server: Server) -> str:
    """The same address, at another server."""
    return f"http://127.0.0.1:{server.port}/{url.split('/', 3)[3]}"


def downloaded(server: Server, url: str) -> str:
    """The SHA-256 of the file that an upload became."""
    address = f"http://127.0.0.1:{server.port}/v2/files/{url.rpartition('/')[2]}"
    with urllib.request.urlopen(address, timeout=60) as answer:
        return hashlib.sha256(answer.read()).hexdigest()


async def send(server: Server, url: str, then: Callable[[], None]) -> None:
    """Send 40 % of a part that is said to be all, do something, and hang up."""
    head = (
        f"PATCH /{url.split('/', 3)[3]} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {len(_CONTENT)}\r\n\r\n"
    )
    async with wire(server) as client:
        client.writer.write(head.encode() + _CONTENT[:_CUT])
        await client.writer.drain()
        await asyncio.to_thread(then)
        client.writer.close()
        await client.writer.wait_closed()


def test_whole(start: Start) -> None:
    """tuspy uploads a file, in pieces of its own choice; the file that comes of it is the same."""
    server = start()
    made = uploader(server)
    made.upload()
    assert downloaded(server, made.url) == hashlib.sha256(_CONTENT).hexdigest()


def test_cut_by_the_client(start: Start) -> None:
    """An upload that was cut at 40 % goes on from there, to the byte; the hash of the whole is right."""
    server = start()
    url = uploader(server).url
    asyncio.run(send(server, url, lambda: None))
    until(lambda: uploader(server, url).offset == _CUT)
    again = uploader(server, url)
    again.upload()
    assert again.offset == len(_CONTENT)
    assert downloaded(server, url) == hashlib.sha256(_CONTENT).hexdigest()


def test_cut_under_plain_uvicorn(start: Start) -> None:
    """uvicorn alone drops what it has not handed on when the client leaves; what was kept is right, and goes on."""
    server = start(plain=True)
    url = uploader(server).url
    asyncio.run(send(server, url, lambda: None))
    until(lambda: '"PATCH"' in server.log.read_text())  # a cut request is logged once its bytes are stored
    again = uploader(server, url)
    assert again.offset <= _CUT
    again.upload()
    assert downloaded(server, url) == hashlib.sha256(_CONTENT).hexdigest()


def test_cut_by_the_death_of_the_server(start: Start) -> None:
    """What was kept of a request that a kill -9 cut is there for the next server, which goes on from there."""
    server = start()
    url = uploader(server).url

    def kill() -> None:
        until(lambda: uploader(server, url).offset > _CUT // 2)
        server.signal(signal.SIGKILL)
        server.process.wait()

    with suppress(ConnectionError):
        asyncio.run(send(server, url, kill))
    other = start()
    again = uploader(other, moved(url, other))
    assert _CUT // 2 < again.offset <= _CUT
    again.upload()
    assert downloaded(other, url) == hashlib.sha256(_CONTENT).hexdigest()
