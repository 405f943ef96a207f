"""The fixtures of the GraphQL suite: an application over an empty catalogue, and one over a small stock."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import pytest

from app.domain.unit_of_work import Engine
from tests.databases import Databases
from tests.service import Service


class Shop(NamedTuple):
    """A service with 150 products, each in some of 8 categories under one root; ids are plain."""

    service: Service
    products: list[int]
    categories: list[int]


@pytest.fixture(scope="session")
def shop_url(databases: Databases, engine: Engine) -> Iterator[str]:
    """The URL of the database that the shop is in."""
    yield from databases.lend(engine)


@pytest.fixture(scope="session")
async def shop(shop_url: str, anyio_backend: str) -> AsyncIterator[Shop]:
    """A small stock that tests only read."""
    async with Service(shop_url) as service:
        root = await _made(service, "categories", {"name": "Root"})
        categories = [await _made(service, "categories", {"name": f"C{n}", "parentId": root}) for n in range(8)]
        products = [
            await _made(
                service,
                "products",
                {"name": f"P{n:03}", "price": 1 + n % 5, "sku": f"S{n}", "categoryIds": categories[n % 3 : n % 3 + 6]},
            )
            for n in range(150)
        ]
        yield Shop(service, products, [root, *categories])


async def _made(service: Service, noun: str, members: dict[str, object]) -> int:
    return int((await service.send("POST", f"/v2/{noun}", members)).json()["id"])


@pytest.fixture
async def collected() -> None:
    """Collect what earlier tests left: the loop would report the errors of lost futures in this test."""
    loop = asyncio.get_running_loop()
    handler = loop.get_exception_handler()
    loop.set_exception_handler(lambda *_: None)
    gc.collect()
    loop.set_exception_handler(handler)
