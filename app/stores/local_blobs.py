"""Blobs as files in a folder. A blob gets its name after all its bytes are on disk."""

import asyncio
import errno
import os
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from app.domain.errors import StorageFull
from app.stores.blobs import CHUNK, SECONDS_UNTOUCHED, UNFINISHED, Writer, is_name, unavailable
from app.stores.durability import sync_folder

T = TypeVar("T")
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The error numbers of the system for a full disk."""


class DiskBlobs:
    """Blobs as files, in 256 folders by the first two digits of their names."""

    def __init__(self, root: Path, clock: Callable[[], float] = time.time) -> None:
        self._root, self._clock = root, clock
        self._unfinished = root / UNFINISHED

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Writer]:
        """Write a blob into a temporary file."""
        writer = await in_thread(self._begin)
        try:
            yield writer
        finally:
            await in_thread(writer.close)

    async def read(self, name: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes, None]:
        """The bytes of a blob. A read that has begun continues after a deletion."""
        descriptor = await in_thread(lambda: os.open(self.path(name), os.O_RDONLY))
        try:
            while chunk := await in_thread(lambda at=start: os.pread(descriptor, _chunk_size(at, stop), at)):  # type: ignore[misc]
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
        for folder in await in_thread(lambda: _entries(self._root)):
            if len(folder.name) == 2:
                for path in await in_thread(lambda at=folder: _entries(at)):  # type: ignore[misc]
                    if is_name(name := folder.name + path.name):
                        yield name

    async def tidy(self) -> int:
        """Unlink unfinished files without a write for an hour."""
        return await in_thread(lambda: sum(self._unlink_if_stale(path) for path in _entries(self._unfinished)))

    def path(self, name: str) -> Path:
        """The file of a blob."""
        return self._root / name[:2] / name[2:]

    def _begin(self) -> "_DiskWriter":
        self._unfinished.mkdir(parents=True, exist_ok=True)
        return _DiskWriter(self, *tempfile.mkstemp(dir=self._unfinished))

    def _unlink_if_stale(self, path: Path) -> bool:
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < self._clock() - SECONDS_UNTOUCHED:
                path.unlink()
                return True
        return False


class _DiskWriter:
    """A temporary file that becomes a blob."""

    def __init__(self, blobs: DiskBlobs, descriptor: int, path: str) -> None:
        self._blobs, self._descriptor, self._path = blobs, descriptor, Path(path)
        self._hash = sha256()
        self._buffer = bytearray()
        self._kept = False

    async def write(self, chunk: bytes) -> None:
        """Buffer bytes, and write them in large pieces."""
        self._buffer += chunk
        if len(self._buffer) >= CHUNK:
            await in_thread(self._flush)

    async def name(self) -> str:
        """Write the buffer; returns the hash of all bytes."""
        await in_thread(self._flush)
        return self._hash.hexdigest()

    async def keep(self) -> str:
        """Write the buffer, sync the file, and give it its name."""
        return await in_thread(self._keep)

    def close(self) -> None:
        """Close the file, and delete it unless it was kept."""
        os.close(self._descriptor)
        if not self._kept:
            self._path.unlink(missing_ok=True)

    def _flush(self) -> None:
        piece, self._buffer = self._buffer, bytearray()
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
    """Run blocking work on a thread, and wait for it even if cancelled. Raises `StorageFull` for a full disk."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
    except FileNotFoundError as error:
        raise LookupError("there is no such blob") from error
    except OSError as error:
        raise StorageFull if error.errno in FULL else unavailable(error) from error


def _chunk_size(start: int, stop: int | None) -> int:
    """The number of bytes to read next."""
    return CHUNK if stop is None else max(0, min(CHUNK, stop - start))


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
