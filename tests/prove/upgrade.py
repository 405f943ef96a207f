"""Proof: a filled database of the revision before identity keys is migrated while queries of that release read it.

Afterwards every product is what it was, every order has its lines, and every key that was used before replays.
"""

import asyncio
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from operator import ne
from typing import Any, NamedTuple

import asyncpg
import msgspec

from app.domain.callers import Caller
from app.domain.idempotency import IdempotentRunner
from app.domain.orders.drafts import Draft, Item
from app.domain.orders.placements import place_order
from app.domain.unicode import identity
from app.domain.unit_of_work import Engine
from app.stores.database import open_database, sqlite_path
from app.stores.migrate import migrate
from tests import catalogues, processes, proofs
from tests.databases import Databases, execute

PRODUCTS, ORDERS, BEFORE, SECONDS = 100_000, 1_000, "0006", 5
CALLER = "anne"
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
READS = (
    "SELECT id, name, sku, price FROM product WHERE id > 50000 ORDER BY id LIMIT 20",
    "SELECT id, name FROM product WHERE name_key > 'oak chair 5' ORDER BY name_key, id LIMIT 20",
    "SELECT product_id FROM product_category WHERE category_id = 9 ORDER BY price, product_id LIMIT 20",
    "SELECT id, name, slug FROM category ORDER BY name_key, id LIMIT 20",
    "SELECT image FROM product WHERE id = 4711",
)
PRODUCTS_BEFORE = (
    "SELECT id, name, description, price, currency, version, created_at, updated_at, sku, stock FROM product"
    " ORDER BY id"
)
PRODUCTS_AFTER = (
    "SELECT product.id, name, description, product.price, product.currency, version, created_at, updated_at,"
    " variant.sku, variant.stock, variant.sku_key, variant.price, variant_count,"
    " (SELECT count(*) FROM product_image WHERE product_id = product.id)"
    " FROM product JOIN product_variant AS variant ON variant.id = variant_id ORDER BY product.id"
)
LINES = "SELECT order_id, product_id, name, quantity, unit_price, taken FROM purchase_line ORDER BY order_id, position"


class Reading(NamedTuple):
    """How long each read took, in seconds, and how many failed."""

    times: list[float]
    failed: int


class Upgraded(NamedTuple):
    """The seconds of a migration, what was read meanwhile, and how many products, lines and keys are not as before."""

    seconds: float
    reading: Reading
    products: int
    lines: int
    keys: int


def read_sqlite(url: str, migrating: Callable[[], bool]) -> Reading:
    """Read for as long as the migration runs."""
    times, failed = list[float](), 0
    with closing(sqlite3.connect(str(sqlite_path(url)), timeout=SECONDS, isolation_level=None)) as connection:
        while migrating():
            for statement in READS:
                begun = time.perf_counter()
                try:
                    failed += not connection.execute(statement).fetchall()
                except sqlite3.Error:
                    failed += 1
                times.append(time.perf_counter() - begun)
    return Reading(times, failed)


async def read_postgresql(url: str, migrating: Callable[[], bool]) -> Reading:
    """Read for as long as the migration runs."""
    times, failed = list[float](), 0
    connection: Any = await asyncpg.connect(url, statement_cache_size=0, command_timeout=SECONDS)
    while migrating():
        for statement in READS:
            begun = time.perf_counter()
            try:
                failed += not await connection.fetch(statement)
            except (asyncpg.PostgresError, TimeoutError):
                failed += 1
            times.append(time.perf_counter() - begun)
    await connection.close()
    return Reading(times, failed)


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a query on either engine."""
    if path := sqlite_path(url):
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute(statement).fetchall()

    async def fetch() -> list[tuple[Any, ...]]:
        connection: Any = await asyncpg.connect(url)
        found = [tuple(row) for row in await connection.fetch(statement)]
        await connection.close()
        return found

    return asyncio.run(fetch())


def order(number: int) -> Draft:
    """An order of two products."""
    return Draft((Item(number, 2), Item(number + ORDERS, 1)), f"r{number}")


def outcome(number: int) -> dict[str, Any]:
    """What an idempotency record of that release holds of an order."""
    lines = [[item.product_id, f"P{item.product_id}", item.quantity, 10_000, 0] for item in order(number).items]
    placed = {"status": "placed", "reference": f"r{number}", "currency": "EUR", "total": 30_000, "id": number}
    return {**placed, "createdAt": 7, "lines": msgspec.json.encode(lines).decode()}


def into(table: str, **values: str | int) -> str:
    """An insertion of a row, none of whose values has an apostrophe."""
    texts = (f"'{value}'" if isinstance(value, str) else str(value) for value in values.values())
    return f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(texts)})"


def used() -> Iterator[str]:
    """Statements that place orders, and store their keys, as that release did."""
    yield "BEGIN"
    for number in range(1, ORDERS + 1):
        made, command = outcome(number), place_order(CALLER, order(number))
        shared = {"caller": CALLER, "status": "placed", "reference": f"r{number}", "currency": "EUR"}
        yield into("purchase", **shared, total=30_000, created_at=7)
        for place, (product, name, quantity, price, taken) in enumerate(msgspec.json.decode(made["lines"])):
            line = {"order_id": number, "position": place, "product_id": product, "name": name}
            yield into("purchase_line", **line, quantity=quantity, unit_price=price, taken=taken)
        record = {"caller": CALLER, "operation": "order.place", "key": f"k{number}", "expires_at": 2**60}
        stored = msgspec.json.encode({"done": made}).decode()
        yield into("idempotency_record", **record, fingerprint=command.fingerprint(), outcome=stored)
    yield "COMMIT"


async def not_replayed(url: str) -> int:
    """How many of the keys do not replay what they were answered."""
    database = open_database(url)
    runner, missed = IdempotentRunner(database, 1), 0
    for number in range(1, ORDERS + 1):
        found = await runner.run(Caller(CALLER, frozenset()), f"k{number}", place_order(CALLER, order(number)))
        missed += not found.replayed or found.snapshot != outcome(number)
    await database.close()
    return missed


def upgrade(databases: Databases, engine: Engine) -> Upgraded:
    """Fill a database of that release, and migrate it while it is read."""
    url = databases.create(engine, empty=True)
    migrate(url, BEFORE)
    catalogues.fill(url, PRODUCTS, variants=False)
    catalogues.illustrate(url)
    execute(url, *used())
    products, lines = rows(url, PRODUCTS_BEFORE), rows(url, LINES)
    begun = time.perf_counter()
    with ThreadPoolExecutor(1) as pool:
        done: Future[Any] = pool.submit(processes.run, url, "migrate")

        def migrating() -> bool:
            return not done.done()

        reading = read_sqlite(url, migrating) if engine == "sqlite" else asyncio.run(read_postgresql(url, migrating))
    seconds = time.perf_counter() - begun
    assert done.result().returncode == 0
    expected = [(*row, identity.key(row[8]), row[3], 1, 1) for row in products]
    found = rows(url, PRODUCTS_AFTER)
    changed = abs(len(found) - PRODUCTS) + sum(map(ne, found, expected))
    lost = abs(len(lines) - 2 * ORDERS) + sum(map(ne, rows(url, LINES), lines))
    keys = asyncio.run(not_replayed(url))
    databases.drop(url)
    return Upgraded(seconds, reading, changed, lost, keys)


def prove(databases: Databases) -> bool:
    """Upgrade both engines and print the table; whether every read was answered and nothing differs."""
    told, held = [], True
    for engine in ENGINES:
        seconds, reading, *differing = upgrade(databases, engine)
        slowest, median = max(reading.times) * 1000, statistics.median(reading.times) * 1000
        meanwhile = f"{len(reading.times):,}", f"{median:.2f}", f"{slowest:.0f}", str(reading.failed)
        told.append((engine, f"{seconds:.1f}", *meanwhile, *map(str, differing)))
        held = held and not reading.failed and not any(differing)
    proofs.table(
        f"A database of {PRODUCTS:,} products and {ORDERS:,} orders is migrated from revision {BEFORE} while read",
        (
            *("engine", "seconds", "reads meanwhile", "median, ms", "slowest, ms", "failed reads"),
            *("products changed", "lines of orders changed", "keys not replayed"),
        ),
        told,
    )
    return held


if __name__ == "__main__":
    with proofs.databases() as (made, _):
        sys.exit(0 if prove(made) else "A read failed, or a product, an order or a key is not what it was.")
