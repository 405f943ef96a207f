"""Batches of operations on products: what each comes to is what it comes to alone, over both protocols."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import TextClause, UpdateBase

from app.domain.unit_of_work import Engine
from app.stores.postgres.unit import PostgresUnit
from app.stores.sqlite.unit import SqliteUnit
from tests.behaviour.surfaces import Graphql, Ran, Refused, Rest, Result, surfaces
from tests.behaviour.test_conditional import code_of
from tests.databases import Databases
from tests.service import Service

Keyed = Rest | Graphql
LAMP = {"name": "Lamp", "price": 2}


@pytest.fixture(params=["v2", "graphql"])
def keyed(service: Service, request: pytest.FixtureRequest) -> Keyed:
    """Each surface that runs batches."""
    return surfaces(service)[request.param]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of all statements that write or lock, as they are run."""
    texts: list[str] = []
    for unit in (SqliteUnit, PostgresUnit):
        original = unit.all

        async def noted(self: Any, statement: Any, /, *, _original: Any = original, **values: Any) -> Any:
            if _writes(statement.clause):
                texts.append(type(statement.clause).__name__)
            return await _original(self, statement, **values)

        monkeypatch.setattr(unit, "all", noted)
    return texts


def _writes(clause: Any) -> bool:
    if isinstance(clause, TextClause):
        return not clause.text.lstrip().startswith(("SELECT", "WITH"))
    return isinstance(clause, UpdateBase) or clause._for_update_arg is not None  # noqa: SLF001 - it has no public name


def _upserts(count: int, **members: Any) -> list[dict[str, Any]]:
    return [{"op": "upsert", "sku": f"S{n}", "product": {**LAMP, **members}} for n in range(count)]


async def test_each_kind(keyed: Keyed) -> None:
    """A product is made, replaced, changed, sold and deleted; a later operation sees what earlier ones have done."""
    category = (await keyed.create_category(name="Light")).id
    ran = await keyed.batch(
        [
            {"op": "create", "product": {**LAMP, "sku": "A", "stock": 5, "categoryIds": [category]}},
            {"op": "upsert", "sku": "a", "ifMatch": '"1.5"', "product": {"name": "Urn", "price": 3, "stock": 4}},
            {"op": "upsert", "sku": "B", "product": LAMP},
            {"op": "adjustStock", "sku": "A", "delta": -3},
            {"op": "update", "sku": "A", "ifMatch": '"2.1"', "product": {"sku": "C"}},
            {"op": "create", "product": {**LAMP, "sku": "A"}},
            {"op": "delete", "sku": "B"},
            {"op": "update", "sku": "C", "product": {"name": "Urn"}},
        ]
    )
    assert [one.status for one in ran.results] == [201, 200, 201, 200, 200, 201, 204, 200]
    assert ran.counts == {"created": 3, "updated": 4, "deleted": 1, "failed": 0, "dryRun": False}
    shown = [one.product and (one.product["sku"], one.product["stock"], one.product["version"]) for one in ran.results]
    assert shown == [
        ("A", 5, 1),
        ("A", 4, 2),
        ("B", None, 1),
        ("A", 1, 2),
        ("C", 1, 3),
        ("A", None, 1),
        None,
        ("C", 1, 3),
    ]
    if isinstance(keyed, Rest):
        assert ran.results[0].product["categories"] == [{"id": category, "name": "Light"}]  # type: ignore[index]
    urn = await keyed.get("C")
    assert urn.members == ran.results[-1].product
    assert (urn.members["name"], urn.members["categories"]) == ("Urn", [])


FAULTS: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "an unknown product": ({"op": "update", "sku": "gone", "product": {}}, 404, "not_found", "sku"),
    "an unknown id": ({"op": "delete", "id": 999_999}, 404, "not_found", "id"),
    "too little stock": ({"op": "adjustStock", "sku": "S1", "delta": -6}, 409, "out_of_stock", "delta"),
    "stock that is not counted": ({"op": "adjustStock", "sku": "S2", "delta": 1}, 409, "conflict", "delta"),
    "a sku that is taken": ({"op": "update", "sku": "S2", "product": {"sku": "s1"}}, 409, "conflict", "product.sku"),
    "a stale tag": ({"op": "delete", "sku": "S1", "ifMatch": '"7.5"'}, 412, "precondition_failed", "ifMatch"),
    "an empty name": (
        {"op": "update", "sku": "S1", "product": {"name": ""}},
        422,
        "validation_failed",
        "product.name",
    ),
    "another sku": (
        {"op": "upsert", "sku": "S1", "product": {**LAMP, "sku": "X"}},
        422,
        "validation_failed",
        "product.sku",
    ),
    "an unknown category": (
        {"op": "update", "sku": "S1", "product": {"categoryIds": [999]}},
        422,
        "validation_failed",
        "product.categoryIds.0",
    ),
    "no delta": ({"op": "adjustStock", "sku": "S1"}, 422, "validation_failed", "delta"),
    "a delta of nothing": ({"op": "adjustStock", "sku": "S1", "delta": 0}, 422, "validation_failed", "delta"),
    "no address": ({"op": "delete"}, 422, "validation_failed", ""),
    "two addresses": ({"op": "delete", "sku": "S1", "id": 1}, 422, "validation_failed", ""),
    "too many decimals": (
        {"op": "update", "sku": "S1", "product": {"currency": "JPY"}},
        422,
        "validation_failed",
        "product.price",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_one_fault(keyed: Keyed, fault: str) -> None:
    """In the mode `each` one fault costs one operation and says where it is; in the mode `all` it costs the batch."""
    await keyed.batch([*_upserts(2, price=2.5, stock=5), {"op": "upsert", "sku": "S2", "product": LAMP}])
    operation, status, code, field = FAULTS[fault]
    place = f"operations.1.{field}".rstrip(".")
    operations = [{"op": "upsert", "sku": "N1", "product": LAMP}, operation, {"op": "delete", "sku": "S0"}]
    in_all = "validation_failed" if code == "not_found" else code
    before = [(await keyed.get(sku)).members for sku in ("S0", "S1", "S2")]
    assert await code_of(keyed.batch(operations, "all")) == in_all
    assert await code_of(keyed.batch(operations, "all", dryRun=True)) == in_all
    assert [(await keyed.get(sku)).members for sku in ("S0", "S1", "S2")] == before
    assert await code_of(keyed.get("N1")) == "not_found"
    ran = await keyed.batch(operations)
    assert [one.status for one in ran.results] == [201, status, 204]
    assert (ran.results[1].code, ran.results[1].fields) == (code, [place])
    assert (ran.counts["created"], ran.counts["deleted"], ran.counts["failed"]) == (1, 1, 1)
    assert [(await keyed.get(sku)).members for sku in ("S1", "S2")] == before[1:]


async def test_one_of_500(service: Service, keyed: Keyed) -> None:
    """One bad operation of 500: `all` changes nothing, `each` lands 499; both replay as they were."""
    operations = _upserts(500)
    operations[250] = {"op": "upsert", "sku": "S250", "product": {"name": "Lamp", "price": 2, "categoryIds": [7]}}
    assert await code_of(keyed.batch(operations, "all", "a")) == "validation_failed"
    assert (await keyed.list(total=True)).total == 0
    ran = await keyed.batch(operations, "each", "b")
    assert (ran.counts["created"], ran.counts["failed"], ran.results[250].code) == (499, 1, "validation_failed")
    category = (await keyed.create_category(name="Light")).id
    assert category != 7
    again = await keyed.batch(operations, "each", "b")
    assert (again.replayed, again.results, again.counts) == (True, ran.results, ran.counts)
    assert await code_of(keyed.batch(operations[:-1], "each", "b")) == "idempotency_key_reused"
    assert (await keyed.list(total=True)).total == 499


async def test_byte_for_byte(service: Service) -> None:
    """A batch that failed in part replays byte for byte; so does the refusal of a whole one, but for the request id."""
    body = {"mode": "each", "operations": [*_upserts(3), {"op": "delete", "sku": "gone"}]}
    first = await service.send("POST", "/v2/products/batch", body, idempotency_key="k1")
    again = await service.send("POST", "/v2/products/batch", body, idempotency_key="k1")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    taken = {"mode": "all", "operations": [{"op": "create", "product": {**LAMP, "sku": "S1"}}]}
    refused = [await service.send("POST", "/v2/products/batch", taken, idempotency_key="k2") for _ in range(2)]
    assert [one.status_code for one in refused] == [409, 409]
    first_time, replay = ({**one.json(), "requestId": ""} for one in refused)
    assert first_time == replay
    assert refused[1].headers["idempotent-replayed"] == "true"


async def test_both_protocols(service: Service) -> None:
    """REST and GraphQL share the key of a batch, and what it came to."""
    rest, graphql = surfaces(service)["v2"], surfaces(service)["graphql"]
    operations = [*_upserts(2), {"op": "adjustStock", "sku": "S0", "delta": 1}, {"op": "delete", "sku": "S1"}]
    first = await rest.batch(operations, "each", "k")
    again = await graphql.batch(operations, "each", "k")
    assert (first.replayed, again.replayed, again.counts) == (False, True, first.counts)
    assert [(one.status, one.code, one.fields) for one in again.results] == [
        (one.status, one.code, one.fields) for one in first.results
    ]
    assert [one.product and one.product["id"] for one in again.results] == [
        one.product and one.product["id"] for one in first.results
    ]


async def test_fields(service: Service) -> None:
    """`fields` says what the results show of the products."""
    body = {"mode": "each", "operations": _upserts(1)}
    answer = await service.send("POST", "/v2/products/batch?fields=sku,stock", body)
    assert answer.json()["results"] == [{"index": 0, "status": 201, "product": {"sku": "S0", "stock": None}}]


async def test_addresses(service: Service) -> None:
    """GraphQL takes a global id, a plain one, a sku, or `by`."""
    made = (await surfaces(service)["v2"].create(name="Lamp", price=2, sku="A", stock=9)).id
    document = """mutation($it: [BatchOperationInput!]!) { batchProducts(input: {mode: EACH, operations: $it}) {
        results { index status product { __typename productId stock } userErrors { field } } } }"""
    addresses = [{"id": made}, {"id": str(made)}, {"sku": "a"}, {"by": {"sku": "A"}}, {"by": {"id": made}}]
    bad = [{}, {"id": 1, "by": {"sku": "A"}}, {"id": 1, "sku": "A"}]
    sent = [{"op": "ADJUST_STOCK", "delta": -1, **address} for address in addresses + bad]
    results = (await service.graphql(document, {"it": sent}))["data"]["batchProducts"]["results"]
    assert [one["status"] for one in results] == [200] * 5 + [422] * 3
    assert results[4] == {
        "index": 4,
        "status": 200,
        "product": {"__typename": "Product", "productId": made, "stock": 4},
        "userErrors": [],
    }


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["mode", "operations"]),
        ({"mode": "some", "operations": []}, ["mode", "operations"]),
        ({"mode": "each", "operations": [{}] * 501, "dryRun": 1}, ["dryRun", "operations"]),
        ({"mode": "all", "operations": [1, {"op": "x"}, {"op": "delete", "sku": 1, "x": 1}], "y": 1}, ["y"]),
        (
            {"mode": "all", "operations": [1, {"op": "x"}, {"op": "delete", "sku": 1, "x": 1}, {"op": ["a"]}]},
            ["operations.0", "operations.1.op", "operations.2.x", "operations.2.sku", "operations.3.op"],
        ),
    ],
)
async def test_frame(service: Service, body: dict[str, Any], fields: list[str]) -> None:
    """What is wrong with a batch is told at once, with its places."""
    answer = await service.send("POST", "/v2/products/batch", body)
    assert (answer.status_code, [one["field"] for one in answer.json()["details"]]) == (422, fields)


async def test_dry_run(service: Service, keyed: Keyed, written: list[str]) -> None:
    """A dry run writes nothing, locks nothing and uses no key; its answer is the real one's, but for ids and times."""
    category = (await keyed.create_category(name="Light")).id
    await keyed.batch(_upserts(3, stock=5))
    operations = [
        {"op": "create", "product": {**LAMP, "sku": "N", "stock": 1, "categoryIds": [category]}},
        {"op": "adjustStock", "sku": "N", "delta": 4},
        {"op": "upsert", "sku": "S0", "product": {"name": "Urn", "price": 2.5, "currency": "EUR"}},
        {"op": "update", "sku": "S1", "product": {"description": "Tall"}},
        {"op": "update", "sku": "S1", "product": {"description": "Tall"}},
        {"op": "delete", "sku": "S2"},
        {"op": "delete", "sku": "S2"},
        {"op": "adjustStock", "sku": "S1", "delta": -6},
    ]
    written.clear()
    dry = await keyed.batch(operations, "each", "k", dryRun=True)
    assert written == []
    real = await keyed.batch(operations, "each", "k")
    assert written
    assert real.counts == {**dry.counts, "dryRun": False}
    assert [_timeless(one, keyed) for one in dry.results] == [_timeless(one, keyed) for one in real.results]
    assert dry.results[0].product["id"] == (None if isinstance(keyed, Rest) else 0)  # type: ignore[index]


def _timeless(result: Result, keyed: Keyed) -> Any:
    """A result without ids and times; GraphQL reads what stands below a product as it is stored."""
    below = set() if isinstance(keyed, Rest) else {"categories", "variants"}
    left_out = {"id", "createdAt", "updatedAt"} | below
    product = result.product and {
        name: _without_ids(value) if name == "variants" else value
        for name, value in result.product.items()
        if name not in left_out
    }
    return result._replace(product=product)


def _without_ids(variants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Variants without their ids, which a dry run does not know."""
    return [{name: value for name, value in one.items() if name != "id"} for one in variants]


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
    url = databases.create(engine)
    yield url
    databases.drop(url)


@pytest.fixture
async def twin(twin_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """A second service, over the second database."""
    made = Service(twin_url, checked=False)
    yield made
    await made.close()


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
        assert [_timeless(one, rest) for one in dry.results] == [_timeless(one, rest) for one in ran.results]
        alone = [await _alone(other, operation) for operation in operations]
        for operation, here, there in zip(operations, ran.results, alone, strict=True):
            assert (here.status, here.code) == (there.status, there.code), operation
            assert _timeless(here._replace(fields=[]), rest).product == _timeless(there, rest).product, operation
            seen.add((here.status, here.code))
        assert await _whole(service) == await _whole(twin)
    assert len(seen) >= 7, seen


async def test_opposite_orders(keyed: Keyed) -> None:
    """Batches that touch the same products in opposite orders, at once: each takes effect once, and none is lost."""
    count, rounds = 200, 8
    await keyed.batch(_upserts(count, stock=0))
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


async def test_makers_at_once(keyed: Keyed) -> None:
    """Batches that make the same products at once, in opposite orders: each product is made once."""
    operations = _upserts(100)
    ran = await asyncio.gather(*(keyed.batch(operations[:: 1 if n % 2 else -1]) for n in range(6)))
    assert sum(one.counts["created"] for one in ran) == 100
    assert sum(one.counts["updated"] for one in ran) == 500
    assert (await keyed.list(total=True)).total == 100


async def test_statements(service: Service, keyed: Keyed) -> None:
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
    limited = Service(database_url, lambda: 1_700_000_000_000_000, rate_limit="75/minute")
    keyed = surfaces(limited)[name]
    assert isinstance(keyed, Rest | Graphql)
    left = []
    for size in (1, 10, 11, 500):
        await _run_briefly(keyed, _upserts(size))
        left.append((await limited.send("GET", "/v2/rate-limit")).json()["remaining"])
    assert [before - after for before, after in zip([75, *left], left, strict=False)] == [1, 1, 2, 50]
    assert await code_of(keyed.batch([{"op": "delete", "sku": f"S{n}"} for n in range(400)])) == "rate_limited"
    assert (await keyed.list(size=1, total=True)).total == 500
    await limited.close()


async def _run_briefly(keyed: Keyed, operations: list[dict[str, Any]]) -> None:
    """Run a batch of upserts whose answer shows little."""
    if isinstance(keyed, Rest):
        await keyed.batch(operations)
        return
    document = """mutation($of: [BatchOperationInput!]!) {
        batchProducts(input: {mode: EACH, operations: $of}) { results { product { sku } } } }"""
    answer = await keyed.service.graphql(document, {"of": [{**one, "op": "UPSERT"} for one in operations]})
    assert answer["extensions"]["cost"] == max(1, -(-len(operations) // 10))
