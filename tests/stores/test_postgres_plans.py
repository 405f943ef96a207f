"""PostgreSQL's plans: those that are made while a table is empty do not scan it once it has grown."""

import asyncio
import itertools
from typing import Any

import asyncpg
import pytest

from app.domain.callers import Caller
from app.domain.catalogue.product_rows import insert_all
from app.domain.idempotency import IdempotentRunner
from app.domain.orders import placements
from app.domain.orders.drafts import Draft, Item
from app.stores.postgres.database import PostgresDatabase
from app.stores.postgres.session import PlanAge
from tests.catalogues import goods
from tests.conftest import Run
from tests.databases import execute
from tests.servers import PATIENCE

_ORDERS, _CLIENTS = 1000, 8
_SCANNED = """SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables
    WHERE relname IN ('product', 'purchase', 'purchase_line', 'idempotency_record')"""
ANNE = Caller("anne", frozenset())


@pytest.mark.postgresql
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("single_statement", [True, False])
def test_orders_do_not_decay(
    database: PostgresDatabase, database_url: str, run: Run[Any], single_statement: bool
) -> None:
    """After `VACUUM ANALYZE` of empty tables no order reads the orders before it: few rows are read for each.

    Plans that scan would read half a million rows of each table, and each order would take longer than the last.
    """
    runner = IdempotentRunner(database, 86_400_000_000)

    async def place(ids: list[int], first: int) -> None:
        for n in range(first, _ORDERS, _CLIENTS):
            command = placements.place_order("anne", Draft((Item(ids[n % 50], 1), Item(ids[50 + n % 50], 2)), None))
            await runner.run(ANNE, f"K{n}", command if single_statement else command._replace(single_statement=None))

    async def scene() -> dict[str, int]:
        ids = await database.write(lambda unit: insert_all(unit, [goods("Tea", 100) for _ in range(100)]))
        await asyncio.gather(*(place(list(ids), n) for n in range(_CLIENTS)))
        await database.close()  # backends tell what they counted when they end
        connection = await asyncpg.connect(database_url)
        async with asyncio.timeout(PATIENCE):
            while (
                await connection.fetchval("SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'purchase'")
                < _ORDERS
            ):
                await connection.execute("SELECT pg_stat_clear_snapshot()")
        scanned = dict(await connection.fetch(_SCANNED))
        await connection.close()
        return scanned

    execute(database_url, "VACUUM ANALYZE")
    scanned = run(scene())
    assert max(scanned.values()) < 10 * _ORDERS, scanned


def test_plans_are_made_anew_as_a_connection_ages() -> None:
    """After one second, then whenever its age has doubled, then every minute."""
    age = PlanAge(100.0)
    over = [second for second in range(100, 700) if age.over(second)]
    assert over[:7] == [101, 102, 104, 108, 116, 132, 164]
    assert {later - sooner for sooner, later in itertools.pairwise(over[6:])} == {60}
