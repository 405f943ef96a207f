"""Snapshots of SQLite: long read transactions, and checkpoints of the write-ahead log, which they block."""

import asyncio
import contextlib
import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text

from app.domain.errors import Unavailable
from app.domain.unit_of_work import Statement, Unit, Work
from app.stores.sqlite.unit import SqliteUnit, read

T = TypeVar("T")
WAL_BYTES = 64 * 2**20
"""The size of the log from which on a commit is followed by a checkpoint."""
MAX_WAL_BYTES = 256 * 2**20
"""The size of the log from which on snapshots that block the checkpoint expire."""
_SECONDS_BETWEEN = 0.25
"""The minimum pause between checkpoints: while readers use the log, each attempt finds little to do."""
_BEGIN, _FIRST_READ = Statement(text("BEGIN")), Statement(text("SELECT 1 FROM sqlite_master"))


class SqliteSnapshot:
    """A read transaction on a connection and a thread of its own, so that its reads block no others."""

    def __init__(self, unit: SqliteUnit) -> None:
        self._thread, self._unit = ThreadPoolExecutor(1, "sqlite-snapshot"), unit
        self._expired = False

    async def begin(self) -> None:
        """Begin the transaction; its first read decides which state it sees."""
        await self.read(_begin)

    async def read(self, work: Work[T]) -> T:
        """Run reading work on the thread. Raises `Unavailable` once the snapshot has expired."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: self._read(work))

    def _read(self, work: Work[T]) -> T:
        if self._expired:
            raise Unavailable("The snapshot was kept for too long while others wrote.", retry_after=5)
        return read(self._unit, work, snapshot=False)

    def expire(self) -> None:
        """End the transaction after the current read; any thread may call this."""
        if not self._expired:
            self._expired = True
            self._thread.submit(self._unit.connection.rollback)

    def close(self) -> None:
        """Close the connection after the current read."""
        self._thread.submit(self._unit.connection.close)
        self._thread.shutdown(wait=False)


class WriteAheadLog:
    """Keeps the write-ahead log of a database small, although readers hold old pages."""

    def __init__(self, path: Path) -> None:
        self._path = f"{path}-wal"
        self.snapshots: set[SqliteSnapshot] = set()
        self._next = 0.0

    def checkpoint(self, connection: sqlite3.Connection) -> None:
        """Checkpoint and truncate the log if it is large. The writer calls this after a commit."""
        size = _size(self._path)
        if size < WAL_BYTES or time.monotonic() < self._next:
            return
        blocked = 1
        with contextlib.suppress(sqlite3.Error):  # such as a full disk, which the next commit reports
            (blocked, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self._next = time.monotonic() + _SECONDS_BETWEEN if blocked else 0.0
        if blocked and size >= MAX_WAL_BYTES:
            for snapshot in tuple(self.snapshots):
                snapshot.expire()


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - a `Path` costs three times as much, after every commit
    except FileNotFoundError:
        return 0


async def _begin(unit: Unit) -> None:
    await unit.all(_BEGIN)
    await unit.all(_FIRST_READ)
