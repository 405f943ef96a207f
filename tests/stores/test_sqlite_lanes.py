"""SQLite's lanes: what waits in one of them leaves the others alone, and the write-ahead log stays small."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.domain import request_context
from app.domain.errors import Unavailable
from app.domain.unit_of_work import Statement, Unit
from app.stores.database import open_database
from app.stores.lanes import Bounds
from app.stores.sqlite import limits as sqlite_limits
from app.stores.sqlite import reader as sqlite_reader
from app.stores.sqlite import snapshot as sqlite_snapshot
from app.stores.sqlite.database import SqliteDatabase
from tests.conftest import Run
from tests.databases import sqlite_alone

_ENDLESS = Statement(text("WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT max(n) FROM n"))
_ONE = Statement(text("SELECT 1"))
_MAKE, _FILL = Statement(text("CREATE TABLE filler (content)")), Statement(text("INSERT INTO filler VALUES (:content)"))
_COUNT = Statement(text("SELECT count(*) FROM filler"))
_MIB = 2**20

engine = sqlite_alone()


async def _endless(unit: Unit) -> None:
    await unit.all(_ENDLESS)


async def _one(unit: Unit) -> list[int]:
    return [row[0] for row in await unit.all(_ONE)]


async def _as(caller: str, database: SqliteDatabase, work: Any = _endless) -> Any:
    request_context.begin({"payer": caller})
    return await database.read(work, long=True)


def test_long_reads_leave_others_alone(database: SqliteDatabase, run: Run[Any]) -> None:
    """One caller's endless reads take two places; another's long read passes them, and so do short reads and writes."""

    async def scene() -> list[Any]:
        endless = [asyncio.create_task(_as("one", database)) for _ in range(8)]
        await asyncio.sleep(0)
        others = [await _as("other", database, _one), await database.read(_one), await database.write(_one)]
        for task in endless:
            task.cancel()
        assert all(
            isinstance(e, asyncio.CancelledError) for e in await asyncio.gather(*endless, return_exceptions=True)
        )
        return others

    assert run(scene()) == [[1], [1], [1]]


def test_who_leaves_ends_the_read(database: SqliteDatabase, run: Run[Any]) -> None:
    """A read whose caller was cancelled ends at once: its thread and its place are free for the next."""

    async def scene() -> None:
        for _ in range(3 * sqlite_reader.LONG.places):
            begun = threading.Event()

            async def work(unit: Unit) -> None:
                begun.set()  # noqa: B023 - awaited in this turn
                await _endless(unit)

            task = asyncio.create_task(_as("one", database, work))
            await asyncio.to_thread(begun.wait)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert await _as("one", database, _one) == [1]

    run(scene())


def test_the_queue_is_bounded(database_url: str, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the queue a long read is 503 with Retry-After at once; what has waited too long is 503 too."""
    monkeypatch.setattr(sqlite_reader, "LONG", Bounds(1, 1, 1, 1, 0.01))
    monkeypatch.setattr(sqlite_limits, "SECONDS", 60.0)
    database = open_database(database_url)
    assert isinstance(database, SqliteDatabase)

    async def scene() -> list[BaseException]:
        running, waiting, refused = (asyncio.create_task(_as("one", database)) for _ in range(3))
        told = await asyncio.gather(refused, waiting, return_exceptions=True)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return told

    told = run(scene())
    assert [(type(error), error.retry_after) for error in told] == [(Unavailable, 1)] * 2
    run(database.close())


async def _fill(database: SqliteDatabase, mebibytes: int) -> None:
    for _ in range(mebibytes):
        await database.write(lambda unit: unit.all(_FILL, content="x" * _MIB))


def test_the_log_is_bounded(
    database: SqliteDatabase, database_url: str, run: Run[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot that nobody reads on with is given up before the log is large, and then the log shrinks."""
    monkeypatch.setattr(sqlite_snapshot, "WAL_BYTES", 4 * _MIB)
    monkeypatch.setattr(sqlite_snapshot, "MAX_WAL_BYTES", 12 * _MIB)
    monkeypatch.setattr(sqlite_snapshot, "_SECONDS_BETWEEN", 0.0)
    log = Path(f"{database_url.removeprefix('sqlite:///')}-wal")

    def mebibytes() -> float:
        return log.stat().st_size / _MIB

    async def scene() -> None:
        await database.write(lambda unit: unit.all(_MAKE))
        await _fill(database, 40)
        assert mebibytes() < 7
        async with database.snapshot() as snapshot:
            await _fill(database, 4)
            assert [row[0] for row in await snapshot.read(lambda unit: unit.all(_COUNT))] == [40]
            await _fill(database, 40)
            assert mebibytes() < 16
            with pytest.raises(Unavailable, match="kept for too long"):
                await snapshot.read(lambda unit: unit.all(_COUNT))
        await _fill(database, 8)
        assert mebibytes() < 7

    run(scene())
