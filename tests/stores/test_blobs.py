"""Blobs: whole or not there, under the hash of their bytes."""

import asyncio
import errno
import hashlib
import os
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from structlog.testing import capture_logs

from app.domain.errors import StorageFull, TandemError
from app.stores import local_blobs as disk
from app.stores.blobs import CHUNK, SECONDS_UNTOUCHED, Blobs
from app.stores.local_blobs import DiskBlobs
from app.stores.open_blobs import open_blobs
from app.stores.s3_blobs import S3Blobs
from tests.conftest import Run
from tests.ports import free_port
from tests.s3_server import BUCKET, S3Server

CONTENT = bytes(range(256)) * 4096 + b"end"
LARGE = CONTENT * 12 + b"the last part is short"
"""More than two parts of an upload to S3."""
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the blobs of the disk are."""
    return tmp_path / "files"


class Shelf(NamedTuple):
    """A store, and what is to be seen of it from outside: every file or object, whole or not."""

    blobs: Blobs
    left: Callable[[], Sequence[object]]


@pytest.fixture(scope="module")
def s3_server() -> Iterator[S3Server]:
    """An S3 with an empty bucket."""
    with S3Server() as server:
        yield server


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A store without blobs, in a part of the bucket."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    prefix = secrets.token_hex(8)
    return Shelf(S3Blobs(f"s3://{BUCKET}/{prefix}"), lambda: s3_server.objects(prefix))


@pytest.fixture(params=["disk", "s3"])
def shelf(request: pytest.FixtureRequest, root: Path) -> Shelf:
    """A store without blobs, of each make."""
    if request.param == "s3":
        found: Shelf = request.getfixturevalue("s3")
        return found
    return Shelf(DiskBlobs(root), lambda: left(root))


@pytest.fixture
def blobs(shelf: Shelf) -> Blobs:
    """The same, from inside."""
    return shelf.blobs


async def keep(blobs: Blobs, content: bytes, piece: int = 100_000) -> str:
    """Write a blob in pieces; its name."""
    async with blobs.writing() as writer:
        for start in range(0, len(content), piece):
            await writer.write(content[start : start + piece])
        return await writer.keep()


async def all_of(stream: AsyncGenerator[bytes, None]) -> bytes:
    """What a stream gives."""
    async with aclosing(stream) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def names(blobs: Blobs) -> set[str]:
    """The names of all blobs."""
    return {name async for name in blobs.names()}


def left(root: Path) -> list[Path]:
    """Every file of the folder."""
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"", b"x", CONTENT, LARGE], ids=["empty", "small", "big", "large"])
def test_kept(blobs: Blobs, run: Run[Any], content: bytes) -> None:
    """What is kept is there under its hash, with its size; keeping it again changes nothing."""

    async def twice() -> tuple[str, str, bytes, int | None, set[str]]:
        name, again = await keep(blobs, content), await keep(blobs, content)
        return name, again, await all_of(blobs.read(name)), await blobs.size(name), await names(blobs)

    name = hashlib.sha256(content).hexdigest()
    assert run(twice()) == (name, name, content, len(content), {name})


@pytest.mark.parametrize("start", [0, 1, CHUNK - 1, CHUNK, len(CONTENT) - 1, len(CONTENT)])
@pytest.mark.parametrize("stop", [None, 1, CHUNK, CHUNK + 1, len(CONTENT)])
def test_parts(blobs: Blobs, run: Run[Any], start: int, stop: int | None) -> None:
    """Any part of a blob can be read by itself, in chunks of bounded size."""

    async def part() -> list[bytes]:
        name = await keep(blobs, CONTENT)
        async with aclosing(blobs.read(name, start, stop)) as chunks:
            return [chunk async for chunk in chunks]

    found = run(part())
    assert b"".join(found) == CONTENT[start:stop]
    assert max(map(len, found), default=0) <= CHUNK


@pytest.mark.parametrize("content", [CONTENT, LARGE], ids=["big", "large"])
def test_not_kept(shelf: Shelf, run: Run[Any], content: bytes) -> None:
    """What is given up, by an error or a cancellation, leaves nothing."""
    blobs = shelf.blobs

    async def give_up() -> None:
        async def fail() -> None:
            async with blobs.writing() as writer:
                await writer.write(content)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        async with blobs.writing() as writer:
            await writer.write(content)

        begun = asyncio.Event()

        async def write_for_ever() -> None:
            async with blobs.writing() as writer:
                while True:
                    await writer.write(content)
                    begun.set()

        writing = asyncio.create_task(write_for_ever())
        await begun.wait()
        writing.cancel()
        await asyncio.wait([writing])
        assert await names(blobs) == set()

    run(give_up())
    assert shelf.left() == []


def test_gone(blobs: Blobs, run: Run[Any]) -> None:
    """What is deleted is not there any more, and deleting it again does no harm."""

    async def delete() -> tuple[int | None, set[str]]:
        name = await keep(blobs, CONTENT)
        await blobs.delete(name)
        await blobs.delete(name)
        with pytest.raises(LookupError):
            await all_of(blobs.read(name))
        return await blobs.size(name), await names(blobs)

    assert run(delete()) == (None, set())


def test_read_while_deleted(root: Path, run: Run[Any]) -> None:
    """On disk, who has begun to read a blob gets all of it."""
    blobs = DiskBlobs(root)

    async def read() -> bytes:
        async with aclosing(blobs.read(await keep(blobs, CONTENT))) as chunks:
            first = await anext(chunks)
            await blobs.delete(NAME)
            return first + b"".join([chunk async for chunk in chunks])

    assert run(read()) == CONTENT


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "storage_full"), (errno.EDQUOT, "storage_full"), (errno.EIO, "unavailable")]
)
@pytest.mark.parametrize("call", ["write", "fsync"])
def test_disk_says_no(
    root: Path, run: Run[Any], monkeypatch: pytest.MonkeyPatch, call: str, number: int, code: str
) -> None:
    """A disk that is full, or broken, is told as such, and keeps nothing."""

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(disk.os, call, fail)
    with capture_logs() as logs, pytest.raises(TandemError) as refused:
        run(keep(DiskBlobs(root), CONTENT))
    assert refused.value.code == code
    assert left(root) == []
    assert [one["reason"] for one in logs] == [str(OSError(number, os.strerror(number)))] * (code == "unavailable")


def test_really_full(run: Run[Any]) -> None:
    """On a device without room it is `StorageFull`."""

    class Full(DiskBlobs):
        def _begin(self) -> Any:
            writer = disk._DiskWriter(self, os.open("/dev/full", os.O_WRONLY), "/dev/full")  # noqa: SLF001
            writer._kept = True  # noqa: SLF001 - a device is not to be unlinked
            return writer

    with pytest.raises(StorageFull):
        run(keep(Full(Path("/nowhere")), CONTENT))


@pytest.mark.parametrize(
    ("url", "folder"),
    [("file:var/files", "var/files"), ("file:///srv/a%20b", "/srv/a b"), ("file:/srv/x", "/srv/x")],
)
def test_folder_of_url(url: str, folder: str) -> None:
    """A URL names a folder, relative or absolute."""
    blobs = open_blobs(url)
    assert isinstance(blobs, DiskBlobs)
    assert blobs.path(NAME) == Path(folder) / NAME[:2] / NAME[2:]


def test_tidy(root: Path, run: Run[Any]) -> None:
    """What a killed process left half written goes, once nobody can be writing to it any more."""
    now = [0.0]
    blobs = DiskBlobs(root, lambda: now[0])
    run(keep(blobs, b"kept"))
    unfinished = root / "unfinished" / "killed"
    unfinished.write_bytes(CONTENT)
    now[0] = unfinished.stat().st_mtime + SECONDS_UNTOUCHED - 1
    assert run(blobs.tidy()) == 0
    now[0] += 2
    assert run(blobs.tidy()) == 1
    assert len(left(root)) == 1


def test_tidy_bucket(s3: Shelf, s3_server: S3Server, run: Run[Any]) -> None:
    """What went up without getting a name goes an hour later; blobs stay."""
    name = run(keep(s3.blobs, b"kept"))
    (kept,) = s3.left()
    unfinished = f"{str(kept).partition('/')[0]}/unfinished/0"
    s3_server.client.put_object(Bucket=BUCKET, Key=unfinished, Body=b"x")
    assert run(names(s3.blobs)) == {name}
    assert run(s3.blobs.tidy()) == 0
    later = S3Blobs(f"s3://{BUCKET}/{unfinished.partition('/')[0]}", lambda: time.time() + SECONDS_UNTOUCHED + 1)
    assert run(later.tidy()) == 1
    assert s3.left() == [kept]


@pytest.mark.parametrize("content", [b"", LARGE], ids=["empty", "large"])
def test_no_bucket(s3: Shelf, run: Run[Any], content: bytes) -> None:
    """A bucket that is not there is told as `unavailable`."""
    with pytest.raises(TandemError) as refused:
        run(keep(S3Blobs("s3://elsewhere"), content))
    assert refused.value.code == "unavailable"


@pytest.mark.parametrize("content", [b"", LARGE], ids=["empty", "large"])
def test_bucket_is_away(monkeypatch: pytest.MonkeyPatch, run: Run[Any], content: bytes) -> None:
    """A bucket that does not answer is told as `unavailable`, by every operation."""
    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "x"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    blobs = S3Blobs(f"s3://{BUCKET}")
    works = (lambda: keep(blobs, content), lambda: blobs.size(NAME), lambda: blobs.delete(NAME), lambda: names(blobs))
    for work in (*works, blobs.tidy, lambda: all_of(blobs.read(NAME, 0, 9))):
        with pytest.raises(TandemError) as refused:
            run(work())
        assert refused.value.code == "unavailable"


@pytest.mark.parametrize("content", [b"", LARGE], ids=["empty", "large"])
def test_bucket_is_full(s3: Shelf, run: Run[Any], monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """A bucket whose server says 507 is full."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 507 Full\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def fill() -> None:
        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
            await keep(S3Blobs(f"s3://{BUCKET}"), content)

    with pytest.raises(StorageFull):
        run(fill())
