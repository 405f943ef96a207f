"""PostgreSQL: whose request a transaction is, as its operators see it."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from tests.databases import Databases
from tests.locks import held, until_waiting
from tests.service import Service

pytestmark = pytest.mark.postgresql
_NAMES = "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """A migrated PostgreSQL database."""
    yield from databases.lend("postgresql")


def test_transactions_bear_the_id_of_their_request(url: str) -> None:
    """While one that writes waits, `pg_stat_activity` tells whose it is; an API key sent as the id is not told."""

    async def scene() -> set[str]:
        service = Service(url)
        category = {"name": "Cups"}
        await service.send("POST", "/v2/categories", category)
        names: set[str] = set()
        for one in ("request-1", "tdm_0123456789abcdef_secret", "r" * 128):
            async with held(url, "LOCK TABLE category IN EXCLUSIVE MODE"):
                writing = asyncio.create_task(
                    service.http.patch("/v2/categories/1", json={"name": one[:9]}, headers={"x-request-id": one})
                )
                await until_waiting(url, 1)
                watcher = await asyncpg.connect(url)
                names |= {row[0] for row in await watcher.fetch(_NAMES)}
                await watcher.close()
            await writing
        await service.close()
        return names

    names = asyncio.run(scene())
    assert {"tandem request-1", f"tandem {'r' * 56}"} < names
    assert len(names) == 3
    assert not [name for name in names if "secret" in name]


def test_an_order_bears_the_id_of_its_request(url: str) -> None:
    """So does an order, which is one statement; it waits for the stock."""

    async def scene() -> list[str]:
        service = Service(url)
        made = await service.send("POST", "/v2/products", {"name": "Tea", "price": 1, "stock": 5})
        tea = made.json()["id"]
        async with held(url, f"SELECT FROM product_variant WHERE product_id = {tea} FOR UPDATE"):
            headers = {"x-request-id": "request-7", "idempotency-key": "K"}
            body = {"items": [{"productId": tea, "quantity": 1}]}
            ordering = asyncio.create_task(service.http.post("/v2/orders", json=body, headers=headers))
            await until_waiting(url, 1)
            watcher = await asyncpg.connect(url)
            names = [row[0] for row in await watcher.fetch(_NAMES)]
            await watcher.close()
        assert (await ordering).status_code == 201
        await service.close()
        return names

    assert asyncio.run(scene()) == ["tandem request-7"]
