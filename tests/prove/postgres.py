"""Proof: what reads and orders cost on PostgreSQL in process, and that orders do not decay on plans of empty tables.

    python -m tests.prove.postgres [SECONDS]

Orders go on for 60 seconds after `VACUUM ANALYZE` of a database that has none. No table may be scanned, and in the last
third an order takes at most 1.5 times the server CPU of the first; other work on the machine changes the rate more.
"""

import asyncio
import os
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg

from app.domain.callers import EVERYONE
from app.domain.catalogue import products
from app.domain.catalogue.products import Filter
from app.domain.idempotency import IdempotentRunner
from app.domain.orders import placements
from app.domain.orders.drafts import Draft, Item
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.stores.database import microseconds
from app.stores.postgres.database import PostgresDatabase
from app.stores.postgres.session import Session
from tests import proofs
from tests.catalogues import fill
from tests.databases import execute

_PRODUCTS, _CLIENTS, _SECONDS, _SLICES = 10_000, 16, 60, 6
_MOST, _MOST_SCANNED = 1.5, 1000
_SELECTION = ("id", "name", "price", "currency", "description", "createdAt", "version")
_SCANNED = "SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname IN ('purchase', 'idempotency_record')"
_PROCESSES = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
Once = Callable[[], Awaitable[object]]


class Measured(NamedTuple):
    """One kind of work: how much a second, round trips and the microseconds of CPU of client and server for each."""

    rate: float
    trips: float
    client: float
    server: float


class Work:
    """What is measured, over one database."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database, self._runner = database, IdempotentRunner(database, 86_400_000_000)

    async def product(self) -> None:
        """Read one product."""
        number = random.randint(1, _PRODUCTS - 1)
        await self._database.read(lambda unit: products.get(unit, number, _SELECTION))

    async def page(self) -> None:
        """Read 20 products of a category by price."""
        narrowed = Filter(categories=(random.randint(2, 50),))
        await self._database.read(
            lambda unit: paging.page(unit, products.LISTING, narrowed, Sort("price"), Window(20), _SELECTION)
        )

    async def order(self) -> None:
        """Place an order of two lines."""
        one, other = random.sample(range(1, _PRODUCTS), 2)
        command = placements.place_order(EVERYONE.name, Draft((Item(one, 1), Item(other, 2)), "r"))
        await self._runner.run(EVERYONE, os.urandom(10).hex(), command)

    async def parts(self) -> None:
        """Place an order of two lines in several statements."""
        one, other = random.sample(range(1, _PRODUCTS), 2)
        command = placements.place_order(EVERYONE.name, Draft((Item(one, 1), Item(other, 2)), "r"))
        await self._runner.run(EVERYONE, os.urandom(10).hex(), command._replace(single_statement=None))


async def measure(url: str, work: Once, seconds: float) -> Measured:
    """Do work by many clients at once."""
    done, end = 0, time.perf_counter() + seconds

    async def client() -> None:
        nonlocal done
        while time.perf_counter() < end:
            await work()
            done += 1

    with _trips() as trips:
        before, begun, mine = await _server_seconds(url), time.perf_counter(), time.process_time()
        await asyncio.gather(*(client() for _ in range(_CLIENTS)))
        took, mine, after = time.perf_counter() - begun, time.process_time() - mine, await _server_seconds(url)
    theirs = sum(max(seconds - before.get(process, 0), 0) for process, seconds in after.items())
    return Measured(done / took, trips() / done, mine / done * 1e6, theirs / done * 1e6)


@contextmanager
def _trips() -> Iterator[Callable[[], int]]:
    """Counts round trips to the server: statements, and those that begin and end transactions."""
    count, originals = 0, (Session.fetch, Session.execute)

    def counted(original: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        def call(*args: object) -> Awaitable[object]:
            nonlocal count
            count += 1
            return original(*args)

        return call

    Session.fetch, Session.execute = map(counted, originals)  # type: ignore[method-assign,assignment]
    try:
        yield lambda: count
    finally:
        Session.fetch, Session.execute = originals  # type: ignore[method-assign]


async def _server_seconds(url: str) -> dict[int, float]:
    """Seconds of CPU that each server process of a database has had; the server runs on this machine."""
    connection = await asyncpg.connect(url)
    processes = [row[0] for row in await connection.fetch(_PROCESSES)]
    await connection.close()
    return {process: _seconds(process) for process in processes}


def _seconds(process: int) -> float:
    try:
        ticks = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:  # it has just ended
        return 0
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


async def measure_all(url: str, seconds: float) -> tuple[list[Measured], dict[str, Measured], int]:
    """Slices of orders for so many seconds, the median of five turns of each kind of work, and the rows scanned."""
    database = PostgresDatabase(url, microseconds)
    work = Work(database)
    slices = [await measure(url, work.order, seconds / _SLICES) for _ in range(_SLICES)]
    kinds = {"one product": work.product, "20 of a category": work.page, "order": work.order, "in parts": work.parts}
    turns: dict[str, list[Measured]] = {name: [] for name in kinds}
    for _ in range(5):
        for name, kind in kinds.items():
            turns[name].append(await measure(url, kind, seconds / 30))
    await database.close()
    connection = await asyncpg.connect(url)
    scanned = int(await connection.fetchval(_SCANNED))
    await connection.close()
    medians = {name: Measured(*map(statistics.median, zip(*all_, strict=True))) for name, all_ in turns.items()}
    return slices, medians, scanned


def main(seconds: float = _SECONDS) -> None:
    """Measure everything, and print it."""
    with proofs.databases() as (databases, _):
        url = databases.create("postgresql")
        fill(url, _PRODUCTS)
        execute(
            url,
            "UPDATE product SET currency = 'EUR'",
            "UPDATE product_variant SET stock = NULL, currency = 'EUR'",
            "VACUUM ANALYZE",
        )
        slices, medians, scanned = asyncio.run(measure_all(url, seconds))
        databases.drop(url)
    proofs.table(
        f"PostgreSQL in process, {_CLIENTS} clients, median of 5 turns",
        ("what", "a second", "round trips", "µs of client CPU", "µs of server CPU"),
        [
            (name, f"{m.rate:,.0f}", f"{m.trips:.1f}", f"{m.client:.0f}", f"{m.server:.0f}")
            for name, m in medians.items()
        ],
    )
    header = ("", *(f"{n * seconds / _SLICES:g} s" for n in range(1, _SLICES + 1)))
    rates, costs = [one.rate for one in slices], [one.server for one in slices]
    told = [("a second", *(f"{rate:,.0f}" for rate in rates)), ("µs of server CPU", *(f"{cost:.0f}" for cost in costs))]
    proofs.table(f"Orders after VACUUM ANALYZE of empty tables: {scanned} rows scanned", header, told)
    third = _SLICES // 3
    if statistics.mean(costs[-third:]) > _MOST * statistics.mean(costs[:third]) or scanned > _MOST_SCANNED:
        sys.exit("not proven")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
