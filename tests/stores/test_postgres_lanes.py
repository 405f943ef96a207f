"""PostgreSQL's lanes: a locked row, an endless read or a reader that stalls takes what is its own, and nothing more."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import pytest
from sqlalchemy import text

from app.domain import request_context
from app.domain.errors import LockTimeout, Unavailable
from app.domain.unit_of_work import Statement, Unit
from app.stores.lanes import Bounds
from app.stores.postgres import database as postgres
from app.stores.postgres import session as postgres_session
from app.stores.postgres.database import PostgresDatabase
from tests.conftest import Run
from tests.locks import held
from tests.servers import PATIENCE
from tests.stores.reads import one

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]
_ENDLESS = Statement(text("SELECT max(n) FROM generate_series(1, 1000000000000) AS n, pg_sleep(20)"))
_ONE = Statement(text("SELECT 1"))
_ADD = Statement(
    text("INSERT INTO category (name, name_key, words, slug, version) VALUES (:name, :name, '', :name, 1)")
)
_EDIT = Statement(text("UPDATE category SET version = version + 1 WHERE name = :name"))
_VERSION = Statement(text("SELECT version FROM category WHERE name = :name"))
_AT_IT = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%generate_series%' \
AND state = 'active' AND pid <> pg_backend_pid()"
_COUNT = Statement(text(_AT_IT))
_LOCKED = "SELECT FROM category WHERE name = 'a' FOR UPDATE"


def test_statements_are_compiled_on_a_thread(database: PostgresDatabase, run: Run[Any]) -> None:
    """The statement of a shape that a request decides is made once, off the event loop."""
    made = []

    def make() -> Any:
        made.append(threading.current_thread() is threading.main_thread())
        return text("SELECT 1")

    statement = Statement(make, "postgresql")
    for _ in range(2):
        assert run(database.read(lambda unit: unit.all(statement)))[0][0] == 1
    assert made == [False]


async def endless(unit: Unit) -> Any:
    """Read without end."""
    return await unit.all(_ENDLESS)


async def by(caller: str, work: Coroutine[Any, Any, Any]) -> Any:
    """Do work for a caller."""
    request_context.begin({"payer": caller})
    return await work


async def begun(database: PostgresDatabase, number: int) -> None:
    """Return once the server is at so many endless reads."""
    async with asyncio.timeout(PATIENCE):
        while (await database.read(lambda unit: unit.all(_COUNT)))[0][0] != number:
            pass


async def cancelled(tasks: list[asyncio.Task[Any]]) -> list[Any]:
    """Cancel tasks; what came of them."""
    for task in tasks:
        task.cancel()
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_endless_reads_leave_others_alone(database: PostgresDatabase, run: Run[Any]) -> None:
    """One caller's endless reads take two places; long and short reads and writes of others go on."""

    database._long.bounds = postgres.LONG._replace(seconds=0)  # noqa: SLF001

    async def scene() -> list[Any]:
        reads = [asyncio.create_task(by("a", database.read(endless, long=True))) for _ in range(9)]
        await begun(database, postgres.LONG.places_each)
        others = [await by("b", database.read(one, long=long, snapshot=long)) for long in (True, False)]
        others.append(await by("b", database.write(one)))
        told = await cancelled(reads)
        refused = [error.status for error in told if isinstance(error, Unavailable)]
        assert refused == [503] * (len(reads) - postgres.LONG.places_each)
        await begun(database, 0)  # the server has given up, too
        return others

    assert run(scene()) == [[(1,)]] * 3


def test_a_read_that_turns_out_to_be_long_moves(
    database: PostgresDatabase, run: Run[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read that was thought to be short is cut, and begins anew among the long ones."""
    monkeypatch.setattr(postgres, "_SECONDS_SHORT", 0.05)

    async def scene() -> None:
        reading = asyncio.create_task(database.read(endless))
        async with asyncio.timeout(PATIENCE):
            while database._long.used == 0 or database._reads.used:  # noqa: ASYNC110, SLF001 - nothing tells
                await asyncio.sleep(0)
        await cancelled([reading])
        await begun(database, 0)

    run(scene())


def test_a_long_read_ends_in_time(database: PostgresDatabase, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A long read has a time for the whole of it, whatever its statements take; the server then stops, too."""
    monkeypatch.setattr(postgres, "SECONDS", 0.05)

    async def scene() -> None:
        with pytest.raises(Unavailable) as refused:
            await database.read(endless, long=True)
        assert refused.value.retry_after
        await begun(database, 0)
        assert database.connections()["used"] == 0

    run(scene())


@pytest.fixture
def categories(database: PostgresDatabase, run: Run[Any]) -> None:
    """Two categories, `a` and `b`."""
    for name in ("a", "b"):
        run(database.write(lambda unit: unit.all(_ADD, name=name)))  # noqa: B023 - awaited here


@pytest.mark.usefixtures("categories")
def test_a_locked_row_leaves_others_alone(database: PostgresDatabase, database_url: str, run: Run[Any]) -> None:
    """Writes that wait for a locked row move aside: others write and read, and the patient ones land in the end."""

    async def scene() -> None:
        async with held(database_url, _LOCKED):
            patient = [
                asyncio.create_task(by(name, database.write(lambda unit: unit.all(_EDIT, name="a"))))
                for name in ("a", "b", "c", "d")
                for _ in range(5)
            ]
            async with asyncio.timeout(PATIENCE):
                while database._patient.used < postgres.PATIENT.places:  # noqa: SLF001
                    await database.read(one)
            for _ in range(5):
                await by("e", database.write(lambda unit: unit.all(_EDIT, name="b")))
        await asyncio.gather(*patient)

    run(scene())
    versions = [run(database.read(lambda unit: unit.all(_VERSION, name=name)))[0][0] for name in "ab"]  # noqa: B023
    assert versions == [21, 6]


@pytest.mark.usefixtures("categories")
def test_a_row_that_stays_locked(
    database: PostgresDatabase, database_url: str, run: Run[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that waits for a lock for too long is refused, and has no effect; so is a read."""
    monkeypatch.setattr(postgres_session, "SECONDS_BLOCKED", 0.3)

    async def scene() -> None:
        async with held(database_url, "LOCK TABLE category IN ACCESS EXCLUSIVE MODE"):
            with pytest.raises(LockTimeout):
                await database.write(lambda unit: unit.all(_EDIT, name="a"))
            with pytest.raises(LockTimeout):
                await database.read(lambda unit: unit.all(_VERSION, name="a"))
        assert (await database.read(lambda unit: unit.all(_VERSION, name="a")))[0][0] == 1

    run(scene())


def test_snapshots_have_places_of_their_own(
    database: PostgresDatabase, run: Run[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exports that nobody reads keep what is theirs: one too many waits and is refused, everything else goes on."""
    database._snapshots.bounds = Bounds(2, 2, 4, 4, 0.0)  # noqa: SLF001

    async def scene() -> list[Any]:
        async with database.snapshot() as first, database.snapshot():
            with pytest.raises(Unavailable):
                await database.snapshot().__aenter__()
            return [await first.read(one), await database.read(one, long=True), await database.write(one)]

    assert run(scene()) == [[(1,)]] * 3


def test_waiting_is_bounded(database: PostgresDatabase, database_url: str, run: Run[Any]) -> None:
    """However many wait, connections are no more than the lanes have places."""

    async def scene() -> int:
        async def busy(unit: Unit) -> None:
            most.append(database.connections()["used"])
            await unit.all(_ONE)

        most: list[float] = []
        works = [by(str(n % 7), database.write(busy) if n % 3 else database.read(busy)) for n in range(300)]
        await asyncio.gather(*works)
        async with asyncio.timeout(PATIENCE):
            while database.connections()["used"]:  # noqa: ASYNC110 - the notice of the last commits is still being sent
                await asyncio.sleep(0)
        return int(max(most))

    assert run(scene()) <= sum(lane.places for lane in postgres.LANES)
