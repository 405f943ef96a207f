"""PostgreSQL's connections: none that broke is used again, whatever broke it; what can be done again is."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from app.domain.errors import Unavailable
from app.domain.unit_of_work import Row, Statement, Unit
from app.stores.postgres import pool
from app.stores.postgres.database import PostgresDatabase
from app.stores.postgres.session import SETTINGS
from tests.conftest import Run
from tests.servers import PATIENCE
from tests.stores.reads import one

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]
_ONE = Statement(text("SELECT 1"))
_SLEEP = Statement(text("SELECT pg_sleep(20)"))
_ADD = Statement(
    text("INSERT INTO category (name, name_key, words, slug, version) VALUES (:name, :name, '', :name, 1)")
)
_COUNT = Statement(text("SELECT count(*) FROM category"))
_KEPT = Statement(text("SELECT count(*) FROM pg_prepared_statements"))
_SETTING = Statement(text("SELECT current_setting(CAST(:name AS text))"))
_END_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


def adding(name: str) -> Callable[[Unit], Awaitable[Any]]:
    """Work that adds a category."""
    return lambda unit: unit.all(_ADD, name=name)


async def count(database: PostgresDatabase) -> int:
    """How many categories there are."""
    return int((await database.read(lambda unit: unit.all(_COUNT)))[0][0])


async def value(database: PostgresDatabase, statement: Statement, **values: Any) -> Any:
    """What a statement says that is read by itself."""
    return (await database.read(lambda unit: unit.all(statement, **values)))[0][0]


async def from_outside(url: str, statement: str) -> None:
    """Run a statement on another connection."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def many(database: PostgresDatabase) -> None:
    """Open several connections, and leave them free."""
    await asyncio.gather(*(database.read(one) for _ in range(4)), *(database.write(one) for _ in range(4)))
    assert database.connections()["idle"] > 1


def test_connections_that_the_server_ended(database: PostgresDatabase, database_url: str, run: Run[Any]) -> None:
    """After all of them were ended while free (57P01), the next reads and writes go well on new ones."""

    async def scene() -> int:
        for n in range(3):
            await many(database)
            await from_outside(database_url, _END_OTHERS)
            await (database.read(one) if n % 2 else database.write(adding(f"c{n}")))
            await database.write(adding(f"d{n}"))
        return await count(database)

    assert run(scene()) == 5


def test_a_read_whose_connection_is_ended(database: PostgresDatabase, database_url: str, run: Run[Any]) -> None:
    """A read that is at it when its connection ends begins anew; a write does not, and had no effect."""

    async def scene() -> tuple[int, int]:
        tries = 0

        async def work(unit: Unit) -> None:
            nonlocal tries
            tries += 1
            await adding("x")(unit)
            if tries == 1:
                await from_outside(database_url, _END_OTHERS)
            await unit.all(_ONE)

        with pytest.raises(Unavailable):
            await database.write(work)
        assert tries == 1
        tries = 0

        async def reading(unit: Unit) -> list[Row]:
            nonlocal tries
            tries += 1
            if tries == 1:
                await from_outside(database_url, _END_OTHERS)
            return await one(unit)

        assert await database.read(reading) == [(1,)]
        return tries, await count(database)

    assert run(scene()) == (2, 0)


@pytest.mark.parametrize("way", ["read", "long", "snapshot", "write", "write_in_one_statement"])
def test_cancelled(database: PostgresDatabase, run: Run[Any], way: str) -> None:
    """A connection whose statement was cancelled is closed, the statement ends, and its place is free again."""

    async def scene() -> None:
        async def work(unit: Unit) -> Any:
            sent.set()
            return await unit.all(_SLEEP)

        for _ in range(12):
            sent = asyncio.Event()
            ways = {"read": {}, "long": {"long": True}, "snapshot": {"snapshot": True}}
            doing = database.read(work, **ways[way]) if way in ways else getattr(database, way)(work)
            task = asyncio.create_task(doing)
            await sent.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert task.cancelled()
        assert await database.read(one) == [(1,)]
        async with asyncio.timeout(PATIENCE):
            while database.connections()["used"] or database._pool._closing:  # noqa: ASYNC110, SLF001 - nothing tells
                await asyncio.sleep(0)

    run(scene())


def test_work_that_outlives_the_database(
    database: PostgresDatabase, run: Run[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work that ends after its database was closed leaves no task: the event loop may end at once."""
    monkeypatch.setattr(pool, "SECONDS_TO_CONNECT", 0)

    async def scene() -> None:
        sent = asyncio.Event()

        async def work(unit: Unit) -> Any:
            sent.set()
            return await unit.all(_SLEEP)

        task = asyncio.create_task(database.read(work))
        await sent.wait()
        await database.close()
        assert database.connections()["used"] == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert database.connections()["used"] == 0
        assert not database._pool._closing  # noqa: SLF001 - nothing tells

    run(scene())


def test_a_standby(database: PostgresDatabase, database_url: str, run: Run[Any]) -> None:
    """When the server takes no more writes, its connections are closed: the next may lead to the new primary."""

    async def scene() -> int:
        await many(database)
        server, _, name = database_url.rpartition("/")
        outside = f"{server}/postgres"
        await from_outside(database_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await from_outside(database_url, _END_OTHERS)
        with pytest.raises(Unavailable):
            await database.write(adding("a"))
        with pytest.raises(Unavailable):
            await database.write_in_one_statement(adding("b"))
        assert await database.read(one) == [(1,)]
        await from_outside(outside, f"ALTER DATABASE {name} RESET ALL")
        database._pool.clear()  # noqa: SLF001
        await database.write(adding("c"))
        return await count(database)

    assert run(scene()) == 1


def test_work_that_went_on_after_a_failure(database: PostgresDatabase, run: Run[Any]) -> None:
    """What the server rolled back at the end is never taken for committed."""

    async def work(unit: Unit) -> None:
        await adding("a")(unit)
        try:
            await adding("a")(unit)
        except Exception:  # noqa: BLE001 - what is tested is one that is not raised again
            return

    with pytest.raises(RuntimeError, match="went on"):
        run(database.write(work))
    assert run(count(database)) == 0


def test_the_schema_changes(database: PostgresDatabase, database_url: str, run: Run[Any]) -> None:
    """Statements that are kept outlive a migration that changes what they return."""
    everything = Statement(text("SELECT * FROM category"))

    async def scene() -> list[int]:
        widths = []
        for change in ("ADD COLUMN extra text", "DROP COLUMN extra", "ADD COLUMN extra bigint"):
            await database.write(lambda unit: unit.all(everything))
            await database.read(lambda unit: unit.all(everything))
            await from_outside(database_url, f"ALTER TABLE category {change}")
            await database.write(adding(change))
            widths.append(len((await database.write(lambda unit: unit.all(everything)))[0]))
            assert len((await database.read(lambda unit: unit.all(everything)))[0]) == widths[-1]
        return widths

    wide, narrow, other = run(scene())
    assert (wide, other) == (narrow + 1, narrow + 1)


@pytest.fixture
def pooled(database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> PostgresDatabase:
    """A database whose connections seem to lead to a pooler: the server process is not the one they were told of."""
    monkeypatch.setattr(asyncpg.Connection, "get_server_pid", lambda _: 1)
    return database


def test_behind_a_pooler_nothing_is_kept(pooled: PostgresDatabase, run: Run[Any]) -> None:
    """There, no statement is kept and no setting outlives its transaction, in which all of them are made."""

    async def scene() -> None:
        for name, wanted in SETTINGS.items():
            assert await value(pooled, _SETTING, name=name) == wanted
            assert (await pooled.write(lambda unit: unit.all(_SETTING, name=name)))[0][0] == wanted  # noqa: B023
            session = pooled._pool._free[-1]  # noqa: SLF001
            assert session.pooled
            assert await session._connection.fetchval("SELECT current_setting($1)", name) != wanted  # noqa: SLF001
        assert await value(pooled, _KEPT) == 0
        await pooled.write_in_one_statement(adding("a"))
        assert await count(pooled) == 1

    run(scene())


def test_without_a_pooler_statements_are_kept(database: PostgresDatabase, run: Run[Any]) -> None:
    """On a server process of its own, a read is one statement outside a transaction, prepared once."""

    async def scene() -> None:
        first = await value(database, _KEPT)
        assert [await value(database, _KEPT) for _ in range(5)] == [first] * 5
        assert first
        for name, wanted in SETTINGS.items():
            assert await value(database, _SETTING, name=name) == wanted

    run(scene())
