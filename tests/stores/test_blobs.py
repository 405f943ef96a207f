"""Blobs: whole or not there, under the hash of their bytes."""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import StorageFull, TandemError
from app.stores import blobs as disk
from app.stores.blobs import CHUNK, Blobs, DiskBlobs
from tests.conftest import Run

CONTENT = bytes(range(256)) * 4096 + b"end"
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the blobs of the disk are."""
    return tmp_path / "files"


@pytest.fixture
def blobs(root: Path) -> Blobs:
    """A store without blobs."""
    return DiskBlobs(root)


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


@pytest.mark.parametrize("content", [b"", b"x", CONTENT], ids=["empty", "small", "big"])
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


def test_not_kept(blobs: Blobs, root: Path, run: Run[Any]) -> None:
    """What is given up, by an error or a cancellation, leaves nothing."""

    async def give_up() -> None:
        async def fail() -> None:
            async with blobs.writing() as writer:
                await writer.write(CONTENT)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        async with blobs.writing() as writer:
            await writer.write(CONTENT)

        begun = asyncio.Event()

        async def write_for_ever() -> None:
            async with blobs.writing() as writer:
                while True:
                    await writer.write(CONTENT)
                    begun.set()

        writing = asyncio.create_task(write_for_ever())
        await begun.wait()
        writing.cancel()
        await asyncio.wait([writing])
        assert await names(blobs) == set()

    run(give_up())
    assert left(root) == []


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
    with pytest.raises(TandemError) as refused:
        run(keep(DiskBlobs(root), CONTENT))
    assert refused.value.code == code
    assert left(root) == []


def test_really_full(run: Run[Any]) -> None:
    """On a device without room it is `StorageFull`."""

    class Full(DiskBlobs):
        def _begin(self) -> Any:
            writer = disk._DiskWriter(self, os.open("/dev/full", os.O_WRONLY), "/dev/full")  # noqa: SLF001
            writer._kept = True  # noqa: SLF001 - a device is not to be unlinked
            return writer

    with pytest.raises(StorageFull):
        run(keep(Full(Path("/nowhere")), CONTENT))


def test_tidy(root: Path, run: Run[Any]) -> None:
    """What a killed process left half written goes, once nobody can be writing to it any more."""
    now = [0.0]
    blobs = DiskBlobs(root, lambda: now[0])
    run(keep(blobs, b"kept"))
    unfinished = root / "unfinished" / "killed"
    unfinished.write_bytes(CONTENT)
    now[0] = unfinished.stat().st_mtime + disk.SECONDS_UNTOUCHED - 1
    assert run(blobs.tidy()) == 0
    now[0] += 2
    assert run(blobs.tidy()) == 1
    assert len(left(root)) == 1
