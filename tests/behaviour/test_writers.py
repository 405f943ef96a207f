"""A walk through 20,000 products with heavy price ties, while others insert, delete and reprice."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import cycle
from typing import NamedTuple

import pytest

from app.domain.catalogue.product_rows import insert_all
from app.domain.unit_of_work import Engine
from tests.behaviour.surfaces import Page, Surface, surfaces
from tests.catalogues import goods
from tests.databases import Databases
from tests.service import Service

pytestmark = pytest.mark.slow

PRODUCTS, WRITERS, PRICES = 20_000, 4, 5


class Crowd(NamedTuple):
    """Many products: of the untouched ones the price by id, and for each writer the ids that it may change."""

    service: Service
    untouched: dict[int, int]
    touched: Sequence[list[int]]


@pytest.fixture(scope="module")
def crowd_url(databases: Databases, engine: Engine) -> Iterator[str]:
    """The URL of a database for many products."""
    yield from databases.lend(engine)


@pytest.fixture(scope="module")
async def crowd(crowd_url: str, anyio_backend: str) -> AsyncIterator[Crowd]:
    """20,000 products at five prices; every other one may be touched."""
    service, rng, ids = Service(crowd_url, checked=False), random.Random(5), []
    drafts = [goods(f"Product {n % 7}", rng.randint(1, PRICES) * 10_000) for n in range(PRODUCTS)]
    for start in range(0, PRODUCTS, 1000):
        batch = drafts[start : start + 1000]
        ids += await service.database.write(lambda unit, batch=batch: insert_all(unit, batch))
    untouched = {i: draft.first.price for i, draft in zip(ids[::2], drafts[::2], strict=True)}
    touched = ids[1::2]
    rng.shuffle(touched)
    yield Crowd(service, untouched, [touched[n::WRITERS] for n in range(WRITERS)])
    await service.close()


async def write(surface: Surface, mine: list[int], landed: asyncio.Semaphore, over: asyncio.Event, seed: int) -> None:
    """Reprice, delete and insert, in turn, until it is over."""
    rng = random.Random(seed)
    while not over.is_set():
        await surface.update(rng.choice(mine), price=rng.randint(1, PRICES))
        landed.release()
        await surface.delete(mine.pop(rng.randrange(len(mine))))
        landed.release()
        mine.append((await surface.create(name="New", price=rng.randint(1, PRICES))).id)
        landed.release()


async def step(surface: Surface, landed: asyncio.Semaphore, **asked: str) -> Page:
    """A page, after at least four more writes."""
    for _ in range(WRITERS):
        await landed.acquire()
    return await surface.list(size=100, **asked)


async def test_walk_among_writers(crowd: Crowd) -> None:
    """A walk by price, there and back, sees every untouched product exactly once and in order, whatever others do.

    Each page comes from another surface, and each surface has writers.
    """
    every, landed, over = list(surfaces(crowd.service).values()), asyncio.Semaphore(0), asyncio.Event()
    expected = sorted(crowd.untouched, key=lambda i: (crowd.untouched[i], i))
    turns = cycle(every)
    async with asyncio.TaskGroup() as writers:
        for n, mine in enumerate(crowd.touched):
            writers.create_task(write(every[n % len(every)], mine, landed, over, n))
        there = [await step(next(turns), landed, sort="price")]
        while cursor := there[-1].next:
            there.append(await step(next(turns), landed, sort="price", after=cursor))
        back = [there[-1]]
        while cursor := back[0].previous:
            back.insert(0, await step(next(turns), landed, sort="price", before=cursor))
        over.set()
    for pages in (there, back):
        seen = [i for page in pages for i in page.ids if i in crowd.untouched]
        assert seen == expected
