"""Batches at work: as their operations alone, beside other batches, and what they cost."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import pytest

from app.domain.unit_of_work import Engine
from tests.behaviour.batches import LAMP, timeless, upserts
from tests.behaviour.surfaces import Graphql, Ran, Refused, Rest, Result, Surface, surfaces
from tests.behaviour.test_conditional import code_of
from tests.databases import Databases
from tests.service import Service


def _random_operations(rng: random.Random, count: int) -> Iterator[dict[str, Any]]:
    """Operations on few skus, so that they meet; some of them are faulty."""
    for _ in range(count):
        kind = rng.choice(["create", "upsert", "update", "update", "delete", "adjustStock", "adjustStock"])
        sku = f"{rng.choice('sS')}{rng.randrange(6)}"
        product: dict[str, Any] = {"name": rng.choice(["Lamp", "Urn"]), "price": rng.choice([2, Decimal("2.50"), 0])}
        if rng.random() < 0.4:
            product["stock"] = rng.randrange(4)
        if rng.random() < 0.3 and kind != "upsert":
            product["sku"] = f"s{rng.randrange(6)}"
        if rng.random() < 0.2:
            product["categoryIds"] = rng.sample([1, 2, 9], k=rng.randrange(3))
        if kind == "update" and rng.random() < 0.7:
            product = {name: value for name, value in product.items() if rng.random() < 0.5}
        operation: dict[str, Any] = {"op": kind}
        operation |= {} if kind == "create" else {"sku": sku}
        operation |= {"delta": rng.choice([-2, -1, 1])} if kind == "adjustStock" else {}
        operation |= {"product": product} if kind in ("create", "upsert", "update") else {}
        if kind in ("upsert", "update", "delete") and rng.random() < 0.3:
            operation["ifMatch"] = f'"{rng.randrange(1, 4)}.{rng.choice(["-", 1, 2])}"'
        yield operation


async def _alone(rest: Rest, operation: dict[str, Any]) -> Result:
    """What an operation comes to as a request of its own."""
    service, if_match = rest.service, operation.get("ifMatch")
    headers = {"if_match": if_match} if if_match else {}
    sku, product, kind = operation.get("sku"), operation.get("product"), operation["op"]
    path = f"/v2/products/sku:{sku}"
    method = {"create": "POST", "upsert": "PUT", "update": "PATCH", "delete": "DELETE", "adjustStock": "POST"}[kind]
    if kind == "create":
        path = "/v2/products"
    if kind == "adjustStock":
        path, product = f"{path}/stock-adjustments", {"delta": operation["delta"]}
    response = await service.send(method, path, product, **headers)
    if response.status_code >= 400:
        return Result(response.status_code, None, response.json()["code"], [])
    return Result(response.status_code, response.json() if response.content else None, None, [])


@pytest.fixture
def twin_url(databases: Databases, engine: Engine) -> Iterator[str]:
    """The URL of a second database."""
    yield from databases.lend(engine)


@pytest.fixture
async def twin(twin_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """A second service, over the second database."""
    async with Service(twin_url, checked=False) as made:
        yield made


async def _whole(service: Service) -> list[dict[str, Any]]:
    found = (await service.send("GET", "/v2/products?limit=100&sort=name")).json()["items"]
    return sorted(
        ({name: one[name] for name in one if name not in ("id", "createdAt", "updatedAt")} for one in found),
        key=lambda one: str(one["sku"]),
    )


@pytest.mark.slow
async def test_as_alone(service: Service, twin: Service) -> None:
    """Random operations come to the same in a batch as one after the other, and a dry run of them foretells it."""
    rest, other = surfaces(service)["v2"], surfaces(twin)["v2"]
    assert isinstance(rest, Rest)
    assert isinstance(other, Rest)
    for one in (rest, other):
        for name in ("Light", "Heat"):
            await one.create_category(name=name)
    rng, seen = random.Random(5), set()
    for _ in range(25):
        operations = list(_random_operations(rng, 24))
        dry = await rest.batch(operations, dryRun=True)
        ran = await rest.batch(operations)
        assert [timeless(one, rest) for one in dry.results] == [timeless(one, rest) for one in ran.results]
        alone = [await _alone(other, operation) for operation in operations]
        for operation, here, there in zip(operations, ran.results, alone, strict=True):
            assert (here.status, here.code) == (there.status, there.code), operation
            assert timeless(here._replace(fields=[]), rest).product == timeless(there, rest).product, operation
            seen.add((here.status, here.code))
        assert await _whole(service) == await _whole(twin)
    assert len(seen) >= 7, seen


async def test_opposite_orders(keyed: Surface) -> None:
    """Batches that touch the same products in opposite orders, at once: each takes effect once, and none is lost."""
    count, rounds = 200, 8
    await keyed.batch(upserts(count, stock=0))
    forth = [{"op": "adjustStock", "sku": f"S{n}", "delta": 1} for n in range(count)]

    async def run(operations: list[Any], key: str) -> Ran:
        while True:
            try:
                return await keyed.batch(operations, "all", key)
            except Refused as refused:
                if refused.code not in ("unavailable", "idempotency_key_in_use"):
                    raise

    batches = [forth if n % 2 else forth[::-1] for n in range(rounds)]
    await asyncio.gather(*(run(operations, f"k{n}") for n, operations in enumerate(batches)))
    stocks = {(await keyed.get(f"S{n}")).members["stock"] for n in range(0, count, 17)}
    assert stocks == {rounds}


async def test_makers_at_once(keyed: Surface) -> None:
    """Batches that make the same products at once, in opposite orders: each product is made once."""
    operations = upserts(100)
    ran = await asyncio.gather(*(keyed.batch(operations[:: 1 if n % 2 else -1]) for n in range(6)))
    assert sum(one.counts["created"] for one in ran) == 100
    assert sum(one.counts["updated"] for one in ran) == 500
    assert (await keyed.list(total=True)).total == 100


async def test_statements(service: Service, keyed: Surface) -> None:
    """The number of statements does not grow with the operations, but for the log of changes, which has long rows."""
    counts = []
    for size in (10, 500):
        before = service.database.statements
        names = [f"Lamp {size} {n}" for n in range(size)]
        await keyed.batch([{"op": "upsert", "sku": name, "product": {**LAMP, "name": name}} for name in names])
        counts.append(service.database.statements - before)
    assert counts[1] <= counts[0] + 2 <= 15


@pytest.mark.parametrize("name", ["v2", "graphql"])
async def test_price(database_url: str, name: str) -> None:
    """A batch costs a point for each 10 operations, over both protocols alike, and is charged before it is run."""
    async with Service(database_url, lambda: 1_700_000_000_000_000, rate_limit="75/minute") as limited:
        keyed = surfaces(limited)[name]
        assert isinstance(keyed, Rest | Graphql)
        left = []
        for size in (1, 10, 11, 500):
            await _run_briefly(keyed, upserts(size))
            left.append((await limited.send("GET", "/v2/rate-limit")).json()["remaining"])
        assert [before - after for before, after in zip([75, *left], left, strict=False)] == [1, 1, 2, 50]
        assert await code_of(keyed.batch([{"op": "delete", "sku": f"S{n}"} for n in range(400)])) == "rate_limited"
        assert (await keyed.list(size=1, total=True)).total == 500


async def _run_briefly(keyed: Surface, operations: list[dict[str, Any]]) -> None:
    """Run a batch of upserts whose answer shows little."""
    if isinstance(keyed, Rest):
        await keyed.batch(operations)
        return
    document = """mutation($of: [BatchOperationInput!]!) {
        batchProducts(input: {mode: EACH, operations: $of}) { results { product { sku } } } }"""
    answer = await keyed.service.graphql(document, {"of": [{**one, "op": "UPSERT"} for one in operations]})
    assert answer["extensions"]["cost"] == max(1, -(-len(operations) // 10))
