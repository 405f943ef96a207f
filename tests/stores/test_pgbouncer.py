"""PgBouncer in transaction mode: everything that Tandem does goes well behind it, with fewer servers than clients."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.callers import Caller
from app.domain.catalogue import products
from app.domain.catalogue.product_rows import insert_all
from app.domain.idempotency import IdempotentRunner
from app.domain.orders import orders, placements
from app.domain.orders.drafts import Draft, Item
from app.domain.unit_of_work import Statement, Unit
from app.stores.database import microseconds
from app.stores.postgres.database import PostgresDatabase
from tests.catalogues import goods
from tests.conftest import Run
from tests.databases import Databases
from tests.pgbouncer import pooling
from tests.servers import PATIENCE

pytestmark = pytest.mark.postgresql
ANNE = Caller("anne", frozenset())


@pytest.fixture(scope="module")
def url(databases: Databases) -> Iterator[str]:
    """A database, by the address of a pooler."""
    direct = databases.create("postgresql")
    with pooling(direct) as pooler:
        yield f"{pooler}/{direct.rpartition('/')[2]}"


@pytest.fixture
def database(url: str, run: Run[Any]) -> Iterator[PostgresDatabase]:
    """That database, opened."""
    opened = PostgresDatabase(url, microseconds)
    yield opened
    run(opened.close())


def test_everything_goes_well(database: PostgresDatabase, run: Run[Any]) -> None:
    """Orders, reads and snapshots of many clients at once over three servers: each gets its own rows, and no fault."""
    runner = IdempotentRunner(database, 86_400_000_000)

    async def shop(ids: list[int], n: int) -> None:
        for turn in range(4):
            command = placements.place_order("anne", Draft((Item(ids[n], 1), Item(ids[n + 1], 2)), f"{n} {turn}"))
            placed = await runner.run(ANNE, f"{n} {turn}", command)
            assert (await runner.run(ANNE, f"{n} {turn}", command)).replayed
            order_id = placed.snapshot["id"]
            row = await database.read(lambda unit: orders.get(unit, "anne", order_id))  # noqa: B023
            assert row[2] == f"{n} {turn}"
            snapshot = await database.read(lambda unit: products.get(unit, ids[n], ("name",)), snapshot=True)
            assert snapshot[1] == f"Tea {n}"
            assert (await database.read(_alone, long=True)) == 0

    async def scene() -> Any:
        drafts = [goods(f"Tea {n}", 100, stock=1000) for n in range(21)]
        ids = list(await database.write(lambda unit: insert_all(unit, drafts)))
        await asyncio.gather(*(shop(ids, n) for n in range(20)))
        async with database.snapshot() as snapshot:
            sold = await snapshot.read(lambda unit: unit.all(_SOLD))
        return sold[0][0]

    assert run(scene()) == 20 * 4 * 3


def test_an_endless_read_is_cancelled(database: PostgresDatabase, run: Run[Any]) -> None:
    """The pooler passes a cancellation on: the server stops."""

    async def scene() -> None:
        reads = [asyncio.create_task(database.read(_sleep, long=True)) for _ in range(2)]
        async with asyncio.timeout(PATIENCE):
            while await database.read(_sleeping) < 2:
                pass
            for read in reads:
                read.cancel()
            await asyncio.gather(*reads, return_exceptions=True)
            while await database.read(_sleeping):
                pass

    run(scene())


_SOLD = Statement(text("SELECT sum(1000 - stock) FROM product_variant"))
_SLEEP = Statement(text("SELECT pg_sleep(20)"))
_KEPT = Statement(text("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''"))
_SLEEPING = Statement(
    text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")
)


async def _alone(unit: Unit) -> int:
    return int((await unit.all(_KEPT))[0][0])


async def _sleep(unit: Unit) -> Any:
    return await unit.all(_SLEEP)


async def _sleeping(unit: Unit) -> int:
    return int((await unit.all(_SLEEPING))[0][0])
