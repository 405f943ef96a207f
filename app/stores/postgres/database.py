"""PostgreSQL: reads of one round trip, short READ COMMITTED transactions, and lanes that keep them apart."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import text

from app.domain.errors import Busy, ConnectionLost, Unavailable, Violation
from app.domain.unit_of_work import Engine, Row, Statement, Work
from app.stores import lanes
from app.stores.lanes import Bounds, Lane
from app.stores.postgres.commits import CHANNEL, PostgresCommits
from app.stores.postgres.errors import Blocked, NotBegun, ReadOnly, SerializationConflict, StatementTimeout
from app.stores.postgres.pool import Pool
from app.stores.postgres.session import Session
from app.stores.postgres.unit import PostgresUnit, Shared
from app.stores.shared_run import SharedRun

T = TypeVar("T")
SECONDS = 15.0
"""Seconds that a long read may take in all; the server allows a single statement no more."""
_SECONDS_SHORT = 0.5
_ATTEMPTS = 5
READS = Bounds(5, 4, 1000, 500, 5.0)
WRITES = Bounds(9, 8, 1000, 500, 5.0)
PATIENT = Bounds(3, 2, 200, 100, 5.0)
"""Writes that wait for a lock that another transaction holds for long."""
LONG = Bounds(3, 2, 256, 64, 5.0)
SNAPSHOTS = Bounds(3, 2, 16, 4, 5.0)
LANES = (READS, WRITES, PATIENT, LONG, SNAPSHOTS)
_VERSION = Statement(text("SELECT CAST(pg_current_snapshot() AS text)"))
_NOTIFY = Statement(text(f"SELECT pg_notify('{CHANNEL}', '')"))
_READ, _SNAPSHOT = "READ ONLY", "ISOLATION LEVEL REPEATABLE READ, READ ONLY"


class _LaneConnection:
    """A connection and a place in a lane, for one block. Both are returned when the server is done."""

    __slots__ = ("_caller", "_lane", "_pool", "_session")
    _session: Session

    def __init__(self, lane: Lane, pool: Pool) -> None:
        self._lane, self._pool, self._caller = lane, pool, lanes.caller()

    async def __aenter__(self) -> Session:
        if not self._lane.try_acquire(self._caller):
            await self._lane.acquire(self._caller)
        try:
            self._session = await self._pool.take()
        except BaseException:
            self._release()
            raise
        return self._session

    async def __aexit__(self, *_: object) -> None:
        self._pool.give_back(self._session, self._release)

    def _release(self) -> None:
        self._lane.release(self._caller)


class PostgresSnapshot:
    """A REPEATABLE READ transaction."""

    def __init__(self, unit: PostgresUnit) -> None:
        self._unit = unit

    async def read(self, work: Work[T]) -> T:
        """Run reading work in it."""
        return await work(self._unit)


class PostgresDatabase:
    """A database of a server. Connections are opened as they are needed, at most as many as the lanes have places."""

    engine: Engine = "postgresql"

    def __init__(self, url: str, clock: Callable[[], int], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._pool = Pool(url, monotonic)
        self._shared, self._uncounted = Shared(clock, self._count), Shared(clock, lambda: None)
        self._reads, self._writes, self._patient, self._long, self._snapshots = map(Lane, LANES)
        self._version = SharedRun(self._query_version)
        self._commits = PostgresCommits(url, lambda: self._run_uncounted(_NOTIFY))
        self.on_write: Callable[[], Awaitable[object]] | None = None
        """Awaited after each commit, before its caller continues."""
        self.statements = 0

    async def read(self, work: Work[T], *, snapshot: bool = False, long: bool = False) -> T:
        """Run reading work, in one REPEATABLE READ snapshot if asked; if its connection breaks, on another one.

        Work that turns out to be long starts over in the lane of long reads.
        """
        mode = _SNAPSHOT if snapshot else None
        try:
            return await self._read(work, mode, long=long)
        except ConnectionLost:
            self._pool.clear()
            return await self._read(work, mode, long=long)

    async def _read(self, work: Work[T], mode: str | None, *, long: bool) -> T:
        if not long:
            try:
                return await self._read_short(work, mode)
            except (StatementTimeout, Blocked):
                pass
        return await self._read_long(work, mode or _READ)

    async def _read_short(self, work: Work[T], mode: str | None) -> T:
        async with _LaneConnection(self._reads, self._pool) as session:
            unit = PostgresUnit(session, self._shared, last=False, seconds=_SECONDS_SHORT)
            if mode is None and not session.pooled:
                return await work(unit)
            async with session.transaction(mode or _READ):
                return await work(unit)

    async def _read_long(self, work: Work[T], mode: str) -> T:
        async with _LaneConnection(self._long, self._pool) as session:
            unit = PostgresUnit(session, self._shared, last=True)
            try:
                async with asyncio.timeout(SECONDS), session.transaction(mode, patient=True):
                    return await work(unit)
            except (StatementTimeout, TimeoutError):
                raise Unavailable("The read takes too long.") from None

    async def version(self) -> object:
        """The snapshot's visible transactions, which every commit changes, and how often the pool was cleared.

        Concurrent callers share a query (`SharedRun`).
        """
        return self._pool.cleared, await self._version()

    async def _query_version(self) -> str:
        try:
            rows = await self._run_uncounted(_VERSION)
        except ConnectionLost:
            self._pool.clear()
            rows = await self._run_uncounted(_VERSION)
        return str(rows[0][0])

    async def _run_uncounted(self, statement: Statement) -> Sequence[Row]:
        """Run a statement that belongs to no request, and is not counted."""
        async with _LaneConnection(self._reads, self._pool) as session:
            unit = PostgresUnit(session, self._uncounted, last=True, seconds=_SECONDS_SHORT)
            if not session.pooled:
                return await unit.all(statement)
            async with session.transaction():
                return await unit.all(statement)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[PostgresSnapshot]:
        """A snapshot of the current state."""
        async with (
            _LaneConnection(self._snapshots, self._pool) as session,
            session.transaction(_SNAPSHOT, patient=True),
        ):
            await session.execute("SELECT 1")  # the first statement decides which state it sees
            yield PostgresSnapshot(PostgresUnit(session, self._shared, last=True))

    async def write(self, work: Work[T]) -> T:
        """Run work in a transaction, again after a conflict; work that waits for a lock moves to the `PATIENT` lane."""
        try:
            made = await self._write(work, self._writes, patient=False)
        except Blocked:
            made = await self._write(work, self._patient, patient=True)
        await self._report_commit()
        return made

    async def _write(self, work: Work[T], lane: Lane, *, patient: bool) -> T:
        for _ in range(_ATTEMPTS):
            try:
                async with _LaneConnection(lane, self._pool) as session, session.transaction(patient=patient):
                    return await work(PostgresUnit(session, self._shared, last=patient))
            except SerializationConflict:
                continue
            except (ConnectionLost, ReadOnly) as error:
                self._pool.clear()
                if not isinstance(error, NotBegun):
                    raise
            except StatementTimeout:
                raise Busy from None
        raise Busy

    async def committed(self, seconds: float) -> None:
        """Wait until any process has committed something since the last wait, or for so long."""
        await self._commits.wait(seconds)

    async def write_in_one_statement(self, work: Work[T | None]) -> T | None:
        """Run work of one statement, in autocommit; None if the work returns it, or met a conflict."""
        made = await self._write_in_one_statement(work)
        if made is not None:
            await self._report_commit()
        return made

    async def _report_commit(self) -> None:
        self._commits.report()
        if self.on_write is not None:
            await self.on_write()

    async def _write_in_one_statement(self, work: Work[T | None]) -> T | None:
        try:
            async with _LaneConnection(self._writes, self._pool) as session:
                unit = PostgresUnit(session, self._shared, last=False)
                if not session.pooled:
                    return await work(unit)
                async with session.transaction():
                    return await work(unit)
        except (Blocked, SerializationConflict, Violation):
            return None
        except (ConnectionLost, ReadOnly) as error:
            self._pool.clear()
            if isinstance(error, NotBegun):
                return None
            raise
        except StatementTimeout:
            raise Busy from None

    def connections(self) -> dict[str, float]:
        """The number of connections in use, and of free ones."""
        return {"used": self._pool.used, "idle": self._pool.idle}

    async def close(self) -> None:
        """Close every connection; those in use are closed once they are given back."""
        await self._commits.close()
        await self._pool.close()

    def _count(self) -> None:
        self.statements += 1
