"""The cache of answers: never older than the data, whoever wrote; bounded; one look at the version for many."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text

from app.domain.unit_of_work import Database, Statement, Unit
from app.stores.database import open_database
from app.stores.shared_run import SharedRun
from app.stores.snapshot_cache import SnapshotCache

_READ = Statement(text("SELECT name FROM category ORDER BY id"))
_RENAME = Statement(text("UPDATE category SET name = :name"))
_CREATE = Statement(
    text("INSERT INTO category (name, name_key, words, slug, version) VALUES (:name, :name, '', :name, 1)")
)


class Opened(NamedTuple):
    """A database opened twice, as two processes have it."""

    ours: Database
    other: Database


@pytest.fixture
async def opened(database_url: str, anyio_backend: str) -> AsyncIterator[Opened]:
    """A database that has one category."""
    made = Opened(open_database(database_url), open_database(database_url))
    await _write(made.other, _CREATE, "first")
    yield made
    for database in made:
        await database.close()  # type: ignore[attr-defined] # both engines have it


async def _write(database: Database, statement: Statement, name: str) -> None:
    async def work(unit: Unit) -> None:
        await unit.all(statement, name=name)

    await database.write(work)


class Names:
    """The names of categories through a cache, and how often they were read."""

    def __init__(self, database: Database, most_bytes: int = 100_000) -> None:
        self.database, self.cache, self.reads = database, SnapshotCache(database, most_bytes), 0

    async def get(self, key: object = "names", size: int = 100) -> str:
        """The first name, by a key of its own."""
        return await self.cache.get((str(key),), self._read, lambda _: size)

    async def _read(self) -> str:
        self.reads += 1
        rows = await self.database.read(lambda unit: unit.all(_READ))
        return str(rows[0][0])


@pytest.fixture
async def still(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """A database whose version stays: on PostgreSQL commits to other databases of the server change it, too."""

    async def version() -> object:
        return 1

    monkeypatch.setattr(opened.ours, "version", version)
    return opened


async def test_kept(still: Opened) -> None:
    """From the second time on an answer is kept."""
    names = Names(still.ours)
    assert [await names.get() for _ in range(5)] == ["first"] * 5
    assert names.reads == 2


async def test_until_a_commit(opened: Opened) -> None:
    """A commit by this process or by another one changes the version, and what was kept is read anew."""
    names = Names(opened.ours)
    for database, name in ((opened.other, "second"), (opened.ours, "third")):
        before = await opened.ours.version()
        await _write(database, _RENAME, name)
        assert await opened.ours.version() != before
        assert [await names.get() for _ in range(3)] == [name] * 3


async def test_never_stale(opened: Opened) -> None:
    """Readers at the same time as writers never get less than what was acknowledged before they asked."""
    chance, written = random.Random(5), 0
    asked: list[str] = []

    async def write() -> None:
        nonlocal written
        for number in range(1, 200):
            await _write(chance.choice(opened), _RENAME, f"{number:04}")
            written = number
            await asyncio.sleep(0)

    async def read(names: Names) -> None:
        while written < 199:
            acknowledged = written
            asked.append(name := await names.get(chance.randrange(3)))
            assert name == "first" or int(name) >= acknowledged
            await asyncio.sleep(0)

    mine, others = Names(opened.ours), Names(opened.other)
    await asyncio.gather(write(), *(read(names) for names in (mine, mine, mine, others)))
    assert mine.reads + others.reads < len(asked)


async def test_bounded(still: Opened) -> None:
    """What was used least recently goes first, and what is too large is not kept."""
    names = Names(still.ours, most_bytes=16 * 6_500)
    for _ in range(2):
        for key in range(20):
            await names.get(key, size=5_000)
    reads = names.reads
    for key in range(4, 20):  # 16 answers fit
        await names.get(key)
    assert names.reads == reads
    for _ in range(3):
        await names.get("large", size=6_000)
    assert names.reads == reads + 3


async def test_keys_count(opened: Opened) -> None:
    """A long key takes its memory from the bytes of the cache, too."""
    names = Names(opened.ours)
    for _ in range(3):
        await names.get("x" * 6_000)
    assert names.reads == 3


async def test_off(opened: Opened) -> None:
    """Without bytes there is no cache."""
    names = Names(opened.ours, most_bytes=0)
    for _ in range(3):
        await names.get()
    assert names.reads == 3


async def test_runs_are_shared(anyio_backend: str) -> None:
    """All who ask while a run goes on share the next one; who is cancelled takes nobody along."""
    begun, go = [], asyncio.Event()

    async def job() -> int:
        begun.append(len(begun))
        await go.wait()
        return begun[-1]

    shared: SharedRun[Any] = SharedRun(job)
    first = asyncio.create_task(shared())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = [asyncio.create_task(shared()) for _ in range(10)]
    await asyncio.sleep(0)
    later.pop().cancel()
    go.set()
    assert await first == 0
    assert await asyncio.gather(*later) == [1] * 9


async def test_failures_are_shared(anyio_backend: str) -> None:
    """A run that fails fails for all who shared it, and not for the next."""
    answers = iter([ValueError("away"), 7])

    async def job() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    shared = SharedRun(job)
    results = await asyncio.gather(shared(), shared(), return_exceptions=True)
    assert all(isinstance(result, ValueError) for result in results)
    assert await shared() == 7
