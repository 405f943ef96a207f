"""Batches of operations on products: what each comes to is what it comes to alone, over both protocols."""

from typing import Any

import pytest
from sqlalchemy import TextClause, UpdateBase

from app.stores.postgres.unit import PostgresUnit
from app.stores.sqlite.unit import SqliteUnit
from tests.behaviour.batches import LAMP, LARGE, SIZES, SMALL, timeless, upserts
from tests.behaviour.surfaces import Rest, Surface, surfaces
from tests.behaviour.test_conditional import code_of
from tests.service import Service


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
    if clause is None:  # a list leaves its clause once it is compiled
        return False
    if isinstance(clause, TextClause):
        return not clause.text.lstrip().startswith(("SELECT", "WITH"))
    return isinstance(clause, UpdateBase) or clause._for_update_arg is not None  # noqa: SLF001 - it has no public name


async def test_each_kind(keyed: Surface) -> None:
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
    "no sku": ({"op": "upsert", "sku": "k" * 65, "product": LAMP}, 422, "validation_failed", "sku"),
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
async def test_one_fault(keyed: Surface, fault: str) -> None:
    """In the mode `each` one fault costs one operation and says where it is; in the mode `all` it costs the batch."""
    await keyed.batch([*upserts(2, price=2.5, stock=5), {"op": "upsert", "sku": "S2", "product": LAMP}])
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


async def test_sku_of_a_variant(keyed: Surface) -> None:
    """An upsert at the sku of another product's variant is refused at the member that has the sku."""
    sold = [{"sku": "S", "options": {"Size": "S"}}, {"sku": "L", "options": {"Size": "L"}}]
    await keyed.batch([{"op": "upsert", "sku": "S", "product": {**LAMP, "options": SIZES, "variants": sold}}])
    ran = await keyed.batch([{"op": "upsert", "sku": "L", "product": LAMP}, {"op": "delete", "sku": "L"}])
    assert [(one.status, one.code, one.fields) for one in ran.results] == [
        (409, "conflict", ["operations.0.sku"]),
        (404, "not_found", ["operations.1.sku"]),
    ]


async def test_one_of_500(service: Service, keyed: Surface) -> None:
    """One bad operation of 500: `all` changes nothing, `each` lands 499; both replay as they were."""
    operations = upserts(500)
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
    body = {"mode": "each", "operations": [*upserts(3), {"op": "delete", "sku": "gone"}]}
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
    operations = [*upserts(2), {"op": "adjustStock", "sku": "S0", "delta": 1}, {"op": "delete", "sku": "S1"}]
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
    body = {"mode": "each", "operations": upserts(1)}
    answer = await service.send("POST", "/v2/products/batch?fields=sku,stock", body)
    assert answer.json()["results"] == [{"index": 0, "status": 201, "product": {"sku": "S0", "stock": None}}]


async def test_addresses(service: Service) -> None:
    """GraphQL takes a global id, a plain one, a sku, or `by`."""
    made = (await surfaces(service)["v2"].create(name="Lamp", price=2, sku="A", stock=9)).id
    document = """mutation($it: [BatchOperationInput!]!) { batchProducts(input: {mode: EACH, operations: $it}) {
        results { __typename index status product { __typename productId stock } userErrors { field } } } }"""
    addresses = [{"id": made}, {"id": str(made)}, {"sku": "a"}, {"by": {"sku": "A"}}, {"by": {"id": made}}]
    bad = [{}, {"id": 1, "by": {"sku": "A"}}, {"id": 1, "sku": "A"}]
    sent = [{"op": "ADJUST_STOCK", "delta": -1, **address} for address in addresses + bad]
    results = (await service.graphql(document, {"it": sent}))["data"]["batchProducts"]["results"]
    assert [one["status"] for one in results] == [200] * 5 + [422] * 3
    assert results[4] == {
        "__typename": "BatchResult",
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
        (
            {
                "mode": "all",
                "operations": [
                    {"op": "delete", "sku": "a", "ifMatch": 5},
                    {"op": "create", "product": []},
                    {"op": "create", "product": {"name": "A", "price": 1, "variants": [{"options": []}]}},
                    {"op": "create", "product": {"name": "A", "price": 1, "options": [{"values": []}, {"name": "A"}]}},
                ],
            },
            [
                "operations.0.ifMatch",
                "operations.1.product",
                "operations.2.product.variants.0.options",
                "operations.3.product.options.0.name",
                "operations.3.product.options.0.values",
                "operations.3.product.options.1.values",
            ],
        ),
    ],
)
async def test_frame(service: Service, body: dict[str, Any], fields: list[str]) -> None:
    """What is wrong with a batch is told at once, with its places."""
    answer = await service.send("POST", "/v2/products/batch", body)
    assert (answer.status_code, [one["field"] for one in answer.json()["details"]]) == (422, fields)


async def test_dry_run(service: Service, keyed: Surface, written: list[str]) -> None:
    """A dry run writes nothing, locks nothing and uses no key; its answer is the real one's, but for ids and times."""
    category = (await keyed.create_category(name="Light")).id
    await keyed.batch(upserts(3, stock=5))
    operations = [
        {"op": "create", "product": {**LAMP, "sku": "N", "stock": 1, "categoryIds": [category]}},
        {"op": "adjustStock", "sku": "N", "delta": 4},
        {"op": "upsert", "sku": "S0", "product": {"name": "Urn", "price": 2.5, "currency": "EUR"}},
        {"op": "update", "sku": "S1", "product": {"description": "Tall"}},
        {"op": "update", "sku": "S1", "product": {"description": "Tall"}},
        {"op": "delete", "sku": "S2"},
        {"op": "delete", "sku": "S2"},
        {"op": "adjustStock", "sku": "S1", "delta": -6},
        {"op": "create", "product": {**LAMP, "options": SIZES, "variants": [LARGE, SMALL]}},
        {"op": "update", "sku": "S1", "product": {"options": SIZES, "variants": [{**LARGE, "sku": "S1"}, SMALL]}},
    ]
    written.clear()
    dry = await keyed.batch(operations, "each", "k", dryRun=True)
    assert written == []
    real = await keyed.batch(operations, "each", "k")
    assert written
    assert real.counts == {**dry.counts, "dryRun": False}
    assert [timeless(one, keyed) for one in dry.results] == [timeless(one, keyed) for one in real.results]
    assert dry.results[0].product["id"] == (None if isinstance(keyed, Rest) else 0)  # type: ignore[index]


async def test_pages_of_variants_in_a_dry_run(service: Service) -> None:
    """A connection of variants that are not stored is cut as any other."""
    document = """mutation($it: [BatchOperationInput!]!) {
        batchProducts(input: {mode: EACH, dryRun: true, operations: $it}) { results { product {
            head: variants(first: 1) { totalCount pageInfo { hasNextPage endCursor } edges { node { sku } } }
            tail: variants(last: 1) { pageInfo { hasPreviousPage } edges { node { variantId stock price } } }
            rest: variants { edges { cursor node { options { value } } } } } } } }"""
    sizes = [[{"name": "Size", "value": value}] for value in "LS"]
    sold = [{"sku": "L", "options": sizes[0]}, {"price": 3, "stock": 0, "options": sizes[1]}]
    operation = {"op": "CREATE", "product": {**LAMP, "options": SIZES, "variants": sold}}
    answer = await service.graphql(document, {"it": [operation]})
    (result,) = answer["data"]["batchProducts"]["results"]
    head, tail, rest = result["product"].values()
    assert (head["totalCount"], head["pageInfo"]["hasNextPage"]) == (2, True)
    assert head["edges"] == [{"node": {"sku": "L"}}]
    assert tail == {
        "pageInfo": {"hasPreviousPage": True},
        "edges": [{"node": {"variantId": 0, "stock": 0, "price": "3.00"}}],
    }
    assert [edge["node"]["options"][0]["value"] for edge in rest["edges"]] == ["L", "S"]
