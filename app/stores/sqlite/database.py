"""SQLite: short reads on the event loop, long ones on threads, and one writer that commits in groups.

WAL with synchronous=FULL: an answer is given only after its commit is on disk.
"""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

from app.domain.unit_of_work import Engine, Work
from app.stores import lanes
from app.stores.commits import POLL_SECONDS, Commits
from app.stores.lanes import Bounds, Lane
from app.stores.sqlite import limits as sqlite_limits
from app.stores.sqlite.limits import Interrupted
from app.stores.sqlite.reader import LongReads
from app.stores.sqlite.snapshot import SqliteSnapshot, WriteAheadLog
from app.stores.sqlite.unit import SqliteUnit, connect, read, translated
from app.stores.sqlite.writer import Writer

T = TypeVar("T")
WRITES = Bounds(places=1024, places_each=768, waiting=1024, waiting_each=256, seconds=10.0)
"""Work that waits for the writer or shares its commit."""
SNAPSHOTS = Bounds(places=3, places_each=2, waiting=16, waiting_each=4, seconds=5.0)
_NO_WAITING = "PRAGMA busy_timeout = 0"
"""For the event loop, which a wait for a lock would block."""
_LONGEST_VALUE = 12 * 1024 * 1024
"""Bytes of a value that is read: one and a half of the longest answer, for the escapes of JSON."""


class SqliteDatabase:
    """One database file: a connection for the event loop, a few for long reads, one for the writer."""

    engine: Engine = "sqlite"

    def __init__(self, path: Path, clock: Callable[[], int]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._clock = path, clock
        self.statements = 0
        self._opened: list[sqlite3.Connection] = []
        self._reader = self._reading_unit(compiles=False)  # it is the event loop's
        self._reader.connection.execute(_NO_WAITING)
        self._begin_brief = sqlite_limits.brief(self._reader.connection)
        self._long = LongReads(self._reading_unit)
        self._log = WriteAheadLog(path)
        self._commits = Commits()
        self._writer = Writer(self._unit(), self._committed)
        self._writes, self._snapshots = Lane(WRITES), Lane(SNAPSHOTS)

    async def read(self, work: Work[T], *, snapshot: bool = False, long: bool = False) -> T:
        """Run reading work: short work on the event loop, since a thread hop costs more than a short query.

        Long work runs on a thread. Work that turns out to be long, or needs to compile a statement, starts over there.
        """
        if not long:
            self._begin_brief()
            before = self.statements
            with contextlib.suppress(Interrupted):
                return read(self._reader, work, snapshot=snapshot)
            self.statements = before  # work that starts over counts once
        return await self._long.run(work, snapshot=snapshot)

    async def version(self) -> object:
        """A number that every commit changes, of the writer and of other processes."""
        self._begin_brief()
        try:
            return self._reader.connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.OperationalError as error:
            raise translated(error) from error

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[SqliteSnapshot]:
        """A snapshot of the current state. It expires if the write-ahead log grows too large meanwhile."""
        async with self._snapshots.hold(lanes.caller()):
            snapshot = SqliteSnapshot(SqliteUnit(connect(self._path), self._clock, self._count))
            self._log.snapshots.add(snapshot)
            try:
                await snapshot.begin()
                yield snapshot
            finally:
                self._log.snapshots.discard(snapshot)
                snapshot.close()

    async def write(self, work: Work[T]) -> T:
        """Give work to the writer; returns once its group is on disk."""
        caller = lanes.caller()
        if not self._writes.try_acquire(caller):
            await self._writes.acquire(caller)
        try:
            return await self._writer.write(work)
        finally:
            self._writes.release(caller)

    async def committed(self, seconds: float) -> None:
        """Wait for a commit of this process, or for the next poll for commits of others."""
        await self._commits.wait(min(seconds, POLL_SECONDS))

    async def write_in_one_statement(self, work: Work[T | None]) -> T | None:  # noqa: ARG002 - as `Database` has it
        """Return None: SQLite has no round trips to save."""
        return None

    def connections(self) -> dict[str, float]:
        """SQLite has no pool."""
        return {}

    async def close(self) -> None:
        """Let the writer finish what it has, then close every connection."""
        await self._writer.close()
        self._long.close()
        for connection in self._opened:
            connection.close()

    def _reading_unit(self, *, compiles: bool = True) -> SqliteUnit:
        """A unit with bounded values: SQLite builds a nested list as one value before anything else can bound it."""
        unit = self._unit(compiles=compiles)
        unit.connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        return unit

    def _unit(self, *, compiles: bool = True) -> SqliteUnit:
        connection = connect(self._path)
        self._opened.append(connection)
        return SqliteUnit(connection, self._clock, self._count, compiles=compiles)

    def _committed(self, connection: sqlite3.Connection) -> None:
        self._commits.report()
        self._log.checkpoint(connection)

    def _count(self) -> None:
        self.statements += 1
