"""Proof: a filled database of the revision before identity keys is migrated while queries of that release read it."""

import asyncio
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any, NamedTuple

import asyncpg

from app.domain.unicode import identity
from app.domain.unit_of_work import Engine
from app.stores.database import sqlite_path
from app.stores.migrate import migrate
from tests import catalogues, processes, proofs
from tests.databases import Databases

PRODUCTS, BEFORE, SECONDS = 100_000, "0006", 5
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
READS = (
    "SELECT id, name, sku, price FROM product WHERE id > 50000 ORDER BY id LIMIT 20",
    "SELECT id, name FROM product WHERE name_key > 'oak chair 5' ORDER BY name_key, id LIMIT 20",
    "SELECT product_id FROM product_category WHERE category_id = 9 ORDER BY price, product_id LIMIT 20",
    "SELECT id, name, slug FROM category ORDER BY name_key, id LIMIT 20",
    "SELECT image FROM product WHERE id = 4711",
)
KEYS = "SELECT sku, sku_key, (SELECT count(*) FROM product_image WHERE product_id = product.id) FROM product"


class Reading(NamedTuple):
    """How long each read took, in seconds, and how many failed."""

    times: list[float]
    failed: int


def read_sqlite(url: str, migrating: Callable[[], bool]) -> tuple[Reading, list[Any]]:
    """Read for as long as the migration runs; then the keys."""
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
        return Reading(times, failed), connection.execute(KEYS).fetchall()


async def read_postgresql(url: str, migrating: Callable[[], bool]) -> tuple[Reading, list[Any]]:
    """Read for as long as the migration runs; then the keys."""
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
    keys = [tuple(row) for row in await connection.fetch(KEYS)]
    await connection.close()
    return Reading(times, failed), keys


def upgrade(databases: Databases, engine: Engine) -> tuple[float, Reading, bool]:
    """The seconds of a migration, what was read meanwhile, and whether every product has its key and its image."""
    url = databases.create(engine, empty=True)
    migrate(url, BEFORE)
    catalogues.fill(url, PRODUCTS, variants=False)
    catalogues.illustrate(url)
    begun = time.perf_counter()
    with ThreadPoolExecutor(1) as pool:
        done: Future[Any] = pool.submit(processes.run, url, "migrate")

        def migrating() -> bool:
            return not done.done()

        reading, keys = (
            read_sqlite(url, migrating) if engine == "sqlite" else asyncio.run(read_postgresql(url, migrating))
        )
    taken = time.perf_counter() - begun
    keyed = done.result().returncode == 0 and len(keys) == PRODUCTS
    keyed = keyed and all(key == identity.key(sku) and images == 1 for sku, key, images in keys)
    databases.drop(url)
    return taken, reading, keyed


def prove(databases: Databases) -> bool:
    """Upgrade both engines and print the table; whether every read was answered and every product has key and image."""
    told, held = [], True
    for engine in ENGINES:
        taken, reading, keyed = upgrade(databases, engine)
        slowest, median = max(reading.times) * 1000, statistics.median(reading.times) * 1000
        told.append(
            (engine, f"{taken:.1f}", f"{len(reading.times):,}", f"{median:.2f}", f"{slowest:.0f}", str(reading.failed))
        )
        held = held and keyed and not reading.failed
    proofs.table(
        f"A database of {PRODUCTS:,} products is migrated from revision {BEFORE} while it is read",
        ("engine", "seconds", "reads meanwhile", "median, ms", "slowest, ms", "failed reads"),
        told,
    )
    return held


if __name__ == "__main__":
    with proofs.databases() as (made, _):
        sys.exit(0 if prove(made) else "A read failed, or a product has no key or lost its image.")
