"""Writers whose transactions dawdle before they commit, over the same few products.

`python -m tests.changes.writers URL FIRST COUNT EACH` runs some of them in a process of their own.
"""

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable

from app.domain.catalogue import products
from app.domain.catalogue.product_rows import insert_all
from app.domain.errors import Unavailable
from app.domain.unit_of_work import Database, Unit, Work
from app.stores.database import open_database
from tests.catalogues import goods

Dawdle = Callable[[random.Random, Unit], Awaitable[None]]
PRODUCTS = 32
"""Those that writers in processes of their own edit."""
_MEAN, _LONG, _SELDOM = 0.001, 0.05, 0.01


async def step_aside(chance: random.Random, unit: Unit) -> None:
    """Let others go first, a few times; nothing on SQLite suspends."""
    if unit.engine == "postgresql":
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)


async def sleep(chance: random.Random, unit: Unit) -> None:
    """Sleep for some milliseconds in the middle of a transaction, now and then for longer."""
    seconds = _LONG if chance.random() < _SELDOM else chance.expovariate(1 / _MEAN)
    if unit.engine == "postgresql":
        await asyncio.sleep(seconds)
    else:  # it has the only writer's place, so that other processes wait
        time.sleep(seconds / 10)  # noqa: ASYNC251 - nothing on SQLite suspends


class Writers:
    """Writers over some products; each makes so many transactions, which create one and edit another."""

    def __init__(self, database: Database, ids: list[int], each: int, dawdle: Dawdle, seed: int = 7) -> None:
        self._database, self._ids, self._each, self._dawdle = database, ids, each, dawdle
        self._chance = random.Random(seed)

    async def write(self, number: int) -> None:
        """Create and edit, transaction after transaction."""
        for n in range(self._each):
            product, price = self._chance.choice(self._ids), 2 + number * self._each + n
            await self._patiently(lambda unit, product=product, price=price: self._edit(unit, product, price))

    async def _patiently(self, work: Work[None]) -> None:
        """Write once there is room for it on a busy machine."""
        while True:
            try:
                return await self._database.write(work)
            except Unavailable:  # nothing was written
                await asyncio.sleep(0.1)

    async def _edit(self, unit: Unit, product: int, price: int) -> None:
        await products.create(unit, {"name": f"Tea {price}", "price": 100})
        await self._dawdle(self._chance, unit)
        await products.change(unit, product, {"price": price * 100}, None)
        await self._dawdle(self._chance, unit)


async def stock_up(database: Database, count: int = PRODUCTS) -> list[int]:
    """Make the products; their ids."""
    return await database.write(lambda unit: insert_all(unit, [goods("Tea", 100)] * count))


async def _run(url: str, first: int, count: int, each: int) -> None:
    database = open_database(url)
    writers = Writers(database, list(range(1, PRODUCTS + 1)), each, sleep, first)
    await asyncio.gather(*map(writers.write, range(first, first + count)))
    await database.close()


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], *map(int, sys.argv[2:])))
