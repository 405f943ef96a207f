"""Proof: of 1,000,000 products, page 10,000 costs at most 1.5 times what page 1 costs, on both engines."""

import asyncio
import sys
import time
from statistics import median

from app.domain.catalogue import products
from app.domain.catalogue.products import Filter
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.unit_of_work import Database, Engine
from app.stores.database import open_database
from tests import plans, proofs
from tests.catalogues import LARGE, fill
from tests.databases import Databases

PRODUCTS, SIZE, PAGE, RUNS, MOST = 1_000_000, 20, 10_000, 300, 1.5
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
LISTS = {
    "by id": (Filter(), Sort("id")),
    "by price": (Filter(), Sort("price")),
    "by name": (Filter(), Sort("name")),
    "by price in a category of 300,000": (Filter(categories=(LARGE,)), Sort("price")),
}


async def milliseconds(database: Database, narrowed: Filter, sort: Sort, windows: list[Window]) -> list[float]:
    """The median time of each window's page; they take turns, so that what disturbs one disturbs all."""
    times: list[list[float]] = [[] for _ in windows]
    for _ in range(RUNS):
        for window, its_times in zip(windows, times, strict=True):
            begun = time.perf_counter()
            await database.read(lambda u: paging.page(u, products.LISTING, narrowed, sort, window, plans.COLUMNS))  # noqa: B023
            its_times.append((time.perf_counter() - begun) * 1000)
    return [median(its_times) for its_times in times]


async def measured(url: str, engine: Engine) -> list[tuple[str, str, float, float]]:
    """For each list: the engine, its name, and the medians of page 1 and page 10,000."""
    database, unit = open_database(url), await plans.explained(url)
    rows = []
    for name, (narrowed, sort) in LISTS.items():
        deep = Window(SIZE, after=await plans.at(unit, narrowed, sort, (PAGE - 1) * SIZE))
        first, last = await milliseconds(database, narrowed, sort, [Window(SIZE), deep])
        rows.append((engine, name, first, last))
    await unit.close()
    await database.close()
    return rows


def prove(databases: Databases) -> bool:
    """Measure both engines, print the table, and say whether it holds."""
    rows = []
    for engine in ENGINES:
        url = databases.create(engine)
        fill(url, PRODUCTS)
        rows += asyncio.run(measured(url, engine))
        databases.drop(url)
    proofs.table(
        f"{PRODUCTS:,} products: page {PAGE:,} of {SIZE} beside page 1, whole products, median of {RUNS}",
        ("engine", "list", "page 1", f"page {PAGE:,}", "ratio"),
        [
            (engine, name, f"{first:.3f} ms", f"{last:.3f} ms", f"{last / first:.2f}")
            for engine, name, first, last in rows
        ],
    )
    return all(last <= MOST * first for _, _, first, last in rows)


if __name__ == "__main__":
    with proofs.databases() as (made, _):
        sys.exit(0 if prove(made) else f"A page {PAGE:,} costs more than {MOST} times page 1.")
