"""SQLite's writer: one thread that runs the writing work of all requests and commits it in groups.

One fsync serves a whole group, and work is answered only after the commit of its group is on disk.
"""

import asyncio
import contextlib
import itertools
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any, NamedTuple, TypeVar, cast

from app.domain.unit_of_work import Work
from app.observability import metrics
from app.stores.sqlite.unit import Busy, SqliteUnit, drive, is_busy, translated

T = TypeVar("T")
_GROUP = 256
"""The maximum number of jobs that share a commit."""
SECONDS_BUSY = 10.0
"""Seconds that work waits for another process to release the write lock."""
_SECONDS_BETWEEN = 0.002
"""Seconds between attempts to take the write lock."""


class Job(NamedTuple):
    """Work that waits for the writer, with the context of its request.

    It fails as busy if the write lock is not free by `until`, on the monotonic clock.
    """

    work: Work[Any]
    future: asyncio.Future[Any]
    until: float
    context: Context


class Outcome(NamedTuple):
    """The result or the error of a job."""

    job: Job
    result: Any
    error: Exception | None


class Writer:
    """The writer of a database. `committed` is called on its thread after each commit, with its connection."""

    def __init__(self, unit: SqliteUnit, committed: Callable[[sqlite3.Connection], None]) -> None:
        self._unit, self._committed = unit, committed
        unit.connection.execute("PRAGMA busy_timeout = 0")  # `_begin_writing` waits instead
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_groups, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Work[T]) -> T:
        """Queue work for the thread; returns once its group is on disk."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put(Job(work, future, time.monotonic() + SECONDS_BUSY, copy_context()))
        return await future

    async def close(self) -> None:
        """Wait until all work is done."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _write_groups(self) -> None:
        group: list[Job] = []
        while group := group or self._next_group():
            outcomes = commit(self._unit, group)
            metrics.WRITE_GROUPS.observe(len(outcomes))
            group = group[len(outcomes) :]
            for loop in {outcome.job.future.get_loop() for outcome in outcomes}:
                mine = [outcome for outcome in outcomes if outcome.job.future.get_loop() is loop]
                with contextlib.suppress(RuntimeError):  # the loop is closed, and its waiters are gone
                    loop.call_soon_threadsafe(_answer, mine)
            self._committed(self._unit.connection)

    def _next_group(self) -> list[Job]:
        """Wait for a job, and take all queued ones; empty once the database is closing."""
        group: list[Job] = []
        while not group or not (self._jobs.empty() or len(group) == _GROUP):
            job = self._jobs.get()
            if job is None:
                if group:
                    self._jobs.put(None)
                break
            group.append(job)
        return group


def commit(unit: SqliteUnit, group: list[Job]) -> list[Outcome]:
    """Run the jobs in one transaction, each in a savepoint of its own.

    If the write lock is not free, only the first jobs, whose time is up, get an outcome; the others wait on.
    """
    try:
        _begin_writing(unit.connection, group[0].until)
        outcomes = [_attempt(unit, job) for job in group]
        unit.flush()
        unit.connection.execute("COMMIT")
    except Busy as busy:
        now = time.monotonic()
        return [Outcome(job, None, busy) for job in itertools.takewhile(lambda job: job.until <= now, group)]
    except BaseException as error:  # noqa: BLE001 - any error: there is only one writer
        if unit.connection.in_transaction:
            unit.connection.execute("ROLLBACK")
        unit.appended.clear()
        failure = _error_for_caller(error)
        return [Outcome(job, None, failure) for job in group]
    return outcomes


def _begin_writing(connection: sqlite3.Connection, until: float) -> None:
    """Take the write lock. SQLite's own busy handler backs off, and would miss short gaps."""
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


def _attempt(unit: SqliteUnit, job: Job) -> Outcome:
    if job.future.cancelled():
        return Outcome(job, None, None)
    unit.connection.execute("SAVEPOINT job")
    kept = len(unit.appended)
    try:
        result = job.context.run(drive, cast(Coroutine[Any, Any, Any], job.work(unit)))
    except BaseException as error:  # the error belongs to the job, not to the writer
        if not unit.connection.in_transaction:  # a full disk rolls back the whole transaction
            raise
        del unit.appended[kept:]
        unit.connection.execute("ROLLBACK TO job")
        unit.connection.execute("RELEASE job")
        return Outcome(job, None, _error_for_caller(error))
    unit.connection.execute("RELEASE job")
    return Outcome(job, result, None)


def _answer(outcomes: list[Outcome]) -> None:
    for job, result, error in outcomes:
        if job.future.done():
            continue
        if error is None:
            job.future.set_result(result)
        else:
            job.future.set_exception(error)


def _error_for_caller(error: BaseException) -> Exception:
    """The error for a waiting caller; one that would end its thread, such as SystemExit, becomes RuntimeError."""
    if isinstance(error, sqlite3.Error):
        return translated(error)
    return error if isinstance(error, Exception) else RuntimeError(f"the work was ended by {error!r}")
