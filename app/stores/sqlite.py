"""SQLite: short reads on the event loop, long ones on threads, and one writer that commits in groups.

WAL with synchronous=FULL: an answer is given only after its commit is on disk, and one fsync serves a whole group.
"""

import asyncio
import contextlib
import itertools
import queue
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import text

from app import metrics
from app.domain.errors import Unavailable
from app.domain.unit import Statement, Unit, Work
from app.stores import allowances
from app.stores.allowances import Begin, Interrupted
from app.stores.sqlite_unit import Busy, SqliteUnit, connect, drive, is_busy, translated

T = TypeVar("T")
_GROUP = 256
"""Units of work that share a commit at most; those that wait longer are few."""
_READERS = 4
_BEGIN, _PIN = Statement(text("BEGIN")), Statement(text("SELECT 1 FROM sqlite_master"))
_SECONDS_BUSY, _SECONDS_BETWEEN = 10.0, 0.002
"""How long work waits for another process to let go of the write lock, and how often the writer looks."""
_NO_WAITING = "PRAGMA busy_timeout = 0"
"""On the event loop: there, one that waits for a lock keeps everybody waiting."""


class _Job(NamedTuple):
    work: Work[Any]
    future: asyncio.Future[Any]
    until: float
    """When it is given up, if the write lock is not had by then, on the clock of `time.monotonic`."""


class _Outcome(NamedTuple):
    job: _Job
    result: Any
    error: Exception | None


class SqliteSnapshot:
    """A read transaction on a connection and a thread of its own, so that its pieces stand in no one's way."""

    def __init__(self, thread: ThreadPoolExecutor, unit: SqliteUnit) -> None:
        self._thread, self._unit = thread, unit

    async def read(self, work: Work[T]) -> T:
        """Run reading work on the thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: _read(self._unit, work, snapshot=False))


class SqliteDatabase:
    """One database file: a connection for the event loop, a few for long reads, one for the writer."""

    def __init__(self, path: Path, clock: Callable[[], int]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._clock = path, clock
        self.statements = 0
        self._opened: list[sqlite3.Connection] = []
        self._reader = self._unit()
        self._reader.connection.execute(_NO_WAITING)
        self._begin_brief = allowances.brief(self._reader.connection)
        self._threads = ThreadPoolExecutor(_READERS, "sqlite-reader")
        self._local = threading.local()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_groups, name="sqlite-writer", daemon=True)
        self._writer.start()

    async def read(self, work: Work[T], *, snapshot: bool = False, long: bool = False) -> T:
        """Run reading work; what may be long goes to a thread, since a thread hop costs more than a short query.

        So does what turns out to be long: it begins anew there.
        """
        if not long:
            self._begin_brief()
            before = self.statements
            with contextlib.suppress(Interrupted):
                return _read(self._reader, work, snapshot=snapshot)
            self.statements = before  # what begins anew counts once
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self._read_long(work, snapshot=snapshot))

    def _read_long(self, work: Work[T], *, snapshot: bool) -> T:
        unit, begin = self._thread_unit()
        begin()
        try:
            return _read(unit, work, snapshot=snapshot)
        except Interrupted:
            raise Unavailable("What was asked for takes too long to find.") from None

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[SqliteSnapshot]:
        """The state of this moment; whatever the thread is at when this ends, it closes the connection after it."""
        thread = ThreadPoolExecutor(1, "sqlite-snapshot")
        connection = connect(self._path)
        try:
            snapshot = SqliteSnapshot(thread, SqliteUnit(connection, self._clock, self._count))
            await snapshot.read(_begin)
            yield snapshot
        finally:
            thread.submit(connection.close)
            thread.shutdown(wait=False)

    async def write(self, work: Work[T]) -> T:
        """Hand work to the writer; returns once its group is on disk."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Job(work, future, time.monotonic() + _SECONDS_BUSY))
        return await future

    def connections(self) -> dict[str, float]:
        """There is no pool to tell of."""
        return {}

    async def close(self) -> None:
        """Let the writer finish what it has, then close every connection."""
        self._jobs.put(None)
        await asyncio.to_thread(self._writer.join)
        self._threads.shutdown()
        for connection in self._opened:
            connection.close()

    def _unit(self) -> SqliteUnit:
        connection = connect(self._path)
        self._opened.append(connection)
        return SqliteUnit(connection, self._clock, self._count)

    def _count(self) -> None:
        self.statements += 1

    def _thread_unit(self) -> tuple[SqliteUnit, Begin]:
        if not hasattr(self._local, "unit"):
            unit = self._unit()
            self._local.unit = unit, allowances.timed(unit.connection)
        return cast(tuple[SqliteUnit, Begin], self._local.unit)

    def _write_groups(self) -> None:
        unit = self._unit()
        unit.connection.execute("PRAGMA busy_timeout = 0")  # `_begin_writing` waits instead
        group: list[_Job] = []
        while group := group or self._next_group():
            outcomes = _commit(unit, group)
            metrics.WRITE_GROUPS.observe(len(outcomes))
            group = group[len(outcomes) :]
            for loop in {outcome.job.future.get_loop() for outcome in outcomes}:
                mine = [outcome for outcome in outcomes if outcome.job.future.get_loop() is loop]
                with contextlib.suppress(RuntimeError):  # the loop is gone, and all who waited with it
                    loop.call_soon_threadsafe(_answer, mine)

    def _next_group(self) -> list[_Job]:
        """Wait for a job, and take all that wait by then; nothing once the database is closing."""
        group: list[_Job] = []
        while not group or not (self._jobs.empty() or len(group) == _GROUP):
            job = self._jobs.get()
            if job is None:
                if group:
                    self._jobs.put(None)
                break
            group.append(job)
        return group


async def _begin(unit: Unit) -> None:
    """Begin a read transaction; its first read decides which state it sees."""
    await unit.all(_BEGIN)
    await unit.all(_PIN)


def _begin_writing(connection: sqlite3.Connection, until: float) -> None:
    """Take the write lock. SQLite's own waiting looks for it ever more rarely, and would miss short gaps."""
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            if time.monotonic() >= until:
                raise Busy from error
            time.sleep(_SECONDS_BETWEEN)
        else:
            return


def _commit(unit: SqliteUnit, group: list[_Job]) -> list[_Outcome]:
    """Run the jobs in one transaction, each in a savepoint of its own.

    Where the write lock is not to be had, only those at the head whose time is up have an outcome.
    """
    try:
        _begin_writing(unit.connection, group[0].until)
        outcomes = [_attempt(unit, job) for job in group]
        unit.connection.execute("COMMIT")
    except Busy as busy:
        now = time.monotonic()
        return [_Outcome(job, None, busy) for job in itertools.takewhile(lambda job: job.until <= now, group)]
    except BaseException as error:  # noqa: BLE001 - whatever it was, there is only one writer
        if unit.connection.in_transaction:
            unit.connection.execute("ROLLBACK")
        told = _told(error)
        return [_Outcome(job, None, told) for job in group]
    return outcomes


def _attempt(unit: SqliteUnit, job: _Job) -> _Outcome:
    if job.future.cancelled():
        return _Outcome(job, None, None)
    unit.connection.execute("SAVEPOINT job")
    try:
        result = drive(cast(Coroutine[Any, Any, Any], job.work(unit)))
    except BaseException as error:  # it is the job's, not the writer's
        if not unit.connection.in_transaction:  # a full disk ends the whole transaction, for all who share it
            raise
        unit.connection.execute("ROLLBACK TO job")
        unit.connection.execute("RELEASE job")
        return _Outcome(job, None, _told(error))
    unit.connection.execute("RELEASE job")
    return _Outcome(job, result, None)


def _answer(outcomes: list[_Outcome]) -> None:
    for job, result, error in outcomes:
        if job.future.done():
            continue
        if error is None:
            job.future.set_result(result)
        else:
            job.future.set_exception(error)


def _read(unit: SqliteUnit, work: Work[T], *, snapshot: bool) -> T:
    if not snapshot:
        return drive(cast(Coroutine[Any, Any, T], work(unit)))
    unit.connection.execute("BEGIN")
    try:
        return drive(cast(Coroutine[Any, Any, T], work(unit)))
    finally:
        if unit.connection.in_transaction:
            unit.connection.execute("COMMIT")


def _told(error: BaseException) -> Exception:
    """An error as those who wait for the writer are told of it: what would end a thread is none of theirs."""
    if isinstance(error, sqlite3.Error):
        return translated(error)
    return error if isinstance(error, Exception) else RuntimeError(f"the work was ended by {error!r}")
