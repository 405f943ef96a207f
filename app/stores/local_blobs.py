"""Blobs: bytes under the name of their SHA-256, which never change; this implementation keeps them in a folder.

What is being written has no name yet, and gets one only once all of it is on disk: a blob is whole, or is not there.
Names are checked by whoever refers to them: here they are trusted to be 64 hexadecimal digits.
"""

import asyncio
import errno
import os
import re
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Protocol, TypeVar

from app.domain.errors import StorageFull, Unavailable
from app.stores.durability import sync_folder

T = TypeVar("T")
CHUNK = 64 * 1024
"""Bytes that are read or written at once; what a stream holds in memory."""
SECONDS_UNTOUCHED = 3600
"""Seconds after which an unfinished file is deleted: no request lasts so long without a byte."""
_NAME = re.compile(r"[0-9a-f]{64}")
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The error numbers of the system for a full disk."""
UNFINISHED = "unfinished"
"""The folder of what has no name yet."""


class Writer(Protocol):
    """Takes the bytes of one blob."""

    async def write(self, chunk: bytes) -> None:
        """Add some bytes. Raises `StorageFull` or `Unavailable`."""

    async def name(self) -> str:
        """The name that the bytes so far will go by: their SHA-256 in hexadecimal."""

    async def keep(self) -> str:
        """Make it a blob, durably; its name. Raises `StorageFull` or `Unavailable`."""


class Blobs(Protocol):
    """A store of blobs. Every method raises `Unavailable` if the store does not answer."""

    def writing(self) -> AbstractAsyncContextManager[Writer]:
        """Write a blob; what is not kept by the end, for whatever reason, leaves nothing."""

    def read(self, name: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` up to `stop`, in chunks; raises `LookupError` where there is no such blob."""

    async def size(self, name: str) -> int | None:
        """The size of a blob in bytes; None if there is no such blob."""

    async def delete(self, name: str) -> None:
        """Remove a blob, if it is there."""

    def names(self) -> AsyncIterator[str]:
        """The name of every blob, in no order; what has no name of a blob is left alone."""

    async def tidy(self) -> int:
        """Remove what was left half written by processes that died; how many there were."""


class DiskBlobs:
    """Blobs as files, in 256 folders by the first two digits of their names."""

    def __init__(self, root: Path, clock: Callable[[], float] = time.time) -> None:
        self._root, self._clock = root, clock
        self._unfinished = root / UNFINISHED

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Writer]:
        """Write a blob into a file without a name of its own."""
        writer = await in_thread(self._begin)
        try:
            yield writer
        finally:
            await in_thread(writer.close)

    async def read(self, name: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes, None]:
        """The bytes of a blob; those who have begun to read go on while it is deleted."""
        descriptor = await in_thread(lambda: os.open(self.path(name), os.O_RDONLY))
        try:
            while chunk := await in_thread(lambda at=start: os.pread(descriptor, _some(at, stop), at)):  # type: ignore[misc]
                yield chunk
                start += len(chunk)
        finally:
            os.close(descriptor)

    async def size(self, name: str) -> int | None:
        """The size of the file."""
        try:
            return (await in_thread(self.path(name).stat)).st_size
        except LookupError:
            return None

    async def delete(self, name: str) -> None:
        """Unlink the file."""
        await in_thread(lambda: self.path(name).unlink(missing_ok=True))

    async def names(self) -> AsyncIterator[str]:
        """The names of the files, folder by folder."""
        for folder in await in_thread(lambda: _listed(self._root)):
            if len(folder.name) == 2:
                for path in await in_thread(lambda at=folder: _listed(at)):  # type: ignore[misc]
                    if is_name(name := folder.name + path.name):
                        yield name

    async def tidy(self) -> int:
        """Unlink what nobody has written to for an hour."""
        return await in_thread(lambda: sum(self._forget(path) for path in _listed(self._unfinished)))

    def path(self, name: str) -> Path:
        """The file of a blob."""
        return self._root / name[:2] / name[2:]

    def _begin(self) -> "_DiskWriter":
        self._unfinished.mkdir(parents=True, exist_ok=True)
        return _DiskWriter(self, *tempfile.mkstemp(dir=self._unfinished))

    def _forget(self, path: Path) -> bool:
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < self._clock() - SECONDS_UNTOUCHED:
                path.unlink()
                return True
        return False


class _DiskWriter:
    """A file that is to be a blob."""

    def __init__(self, blobs: DiskBlobs, descriptor: int, path: str) -> None:
        self._blobs, self._descriptor, self._path = blobs, descriptor, Path(path)
        self._hash = sha256()
        self._waiting = bytearray()
        self._kept = False

    async def write(self, chunk: bytes) -> None:
        """Buffer bytes, and write them in large pieces."""
        self._waiting += chunk
        if len(self._waiting) >= CHUNK:
            await in_thread(self._flush)

    async def name(self) -> str:
        """Write what waits; the hash of all."""
        await in_thread(self._flush)
        return self._hash.hexdigest()

    async def keep(self) -> str:
        """Write what waits, and give the file its name once it is on disk."""
        return await in_thread(self._keep)

    def close(self) -> None:
        """Let go of the file; it is gone, unless it was kept."""
        os.close(self._descriptor)
        if not self._kept:
            self._path.unlink(missing_ok=True)

    def _flush(self) -> None:
        piece, self._waiting = self._waiting, bytearray()
        self._hash.update(piece)
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def _keep(self) -> str:
        self._flush()
        os.fsync(self._descriptor)
        name = self._hash.hexdigest()
        path = self._blobs.path(name)
        if not path.parent.exists():
            path.parent.mkdir(exist_ok=True)
            sync_folder(path.parent.parent)
        self._path.replace(path)
        self._kept = True
        sync_folder(path.parent)
        return name


async def in_thread(work: Callable[[], T]) -> T:
    """Run work that blocks; it has ended when this does, even if that is cancelled. A full disk is `StorageFull`."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
    except FileNotFoundError as error:
        raise LookupError("there is no such blob") from error
    except OSError as error:
        raise StorageFull if error.errno in FULL else Unavailable("The files are not available just now.") from error


def is_name(text: str) -> bool:
    """Whether it is one that a blob may have."""
    return bool(_NAME.fullmatch(text))


def _some(start: int, stop: int | None) -> int:
    """The number of bytes to read next."""
    return CHUNK if stop is None else max(0, min(CHUNK, stop - start))


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
