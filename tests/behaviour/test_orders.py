"""Orders happen exactly once, whichever surface they come through, and however often."""

import asyncio
import random
import string
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any

import pytest

from app.domain.callers import Scope
from app.domain.catalogue.product_rows import insert_all
from app.domain.unit_of_work import Engine
from app.stores import keys
from schema.types import nodes
from tests.behaviour.surfaces import surfaces
from tests.behaviour.tills import SURFACES, Answer, Till, tills, without_variants
from tests.catalogues import goods
from tests.locks import PATIENTLY, held, until_waiting
from tests.service import Service

ORDERS = frozenset({Scope.ORDERS_READ, Scope.ORDERS_WRITE})


@pytest.fixture
def till(service: Service, surface_name: str) -> Till:
    """A till on each surface in turn."""
    return Till(service, surface_name)


@pytest.fixture
async def guarded(database_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """A service that asks for API keys."""
    made = Service(database_url, auth="keys")
    yield made
    await made.close()


async def stocked(service: Service, *stocks: int | None, price: int = 12_3400) -> list[int]:
    """Products with so much stock; their ids."""
    drafts = [goods(f"Tea {n}", price, stock=stock) for n, stock in enumerate(stocks)]
    ids: list[int] = await service.database.write(lambda unit: insert_all(unit, drafts))
    return ids


async def stock(service: Service, product_id: int) -> int | None:
    """What is left of a product."""
    return (await service.send("GET", f"/v2/products/{product_id}")).json()["stock"]


async def caller(service: Service, name: str, *scopes: Scope) -> str:
    """The secret of a new API key."""
    return await keys.create(service.database, name, scopes or sorted(ORDERS))


async def orders_of(till: Till) -> list[int]:
    """The ids of all orders, as REST lists them."""
    listed = await till.service.send("GET", "/v2/orders?limit=100&fields=id", **till.headers)
    assert listed.json()["nextCursor"] is None
    return [one["id"] for one in listed.json()["items"]]


async def test_an_order(service: Service, till: Till) -> None:
    """An order shows what was ordered at the prices of the moment, the same on every surface that reads it."""
    tea, mug = await stocked(service, 5, None)
    placed = await till.place((mug, 3), (tea, 2), key="K", reference="4711")
    assert placed.order is not None
    whole = {
        "id": 0,
        "status": "placed",
        "reference": "4711",
        "currency": "USD",
        "total": Decimal("61.70"),
        "lines": [
            {
                "productId": i,
                "name": name,
                "quantity": n,
                "unitPrice": Decimal("12.34"),
                "lineTotal": n * Decimal("12.34"),
                "variantId": i,
                "sku": None,
                "options": {},
            }
            for i, name, n in ((mug, "Tea 1", 3), (tea, "Tea 0", 2))
        ],
        "createdAt": "",
    }
    assert placed.order | {"createdAt": "", "id": 0} == (without_variants(whole) if till.surface == "v1" else whole)
    for other in tills(service):
        shown = (await other.get(placed.id)).order
        assert shown is not None
        assert without_variants(shown) == without_variants(placed.order)
    assert await stock(service, tea) == 3


async def test_a_hundred_with_one_key(service: Service) -> None:
    """Of 50 requests over REST and 50 over GraphQL, all at once with one key, one makes an order: all 2xx name it.

    The others are told that it is still running; stock moves once.
    """
    (tea,) = await stocked(service, 1000)
    v1, v2, graphql = tills(service)
    turns = [v1, v2] * 25 + [graphql] * 50
    answers = await asyncio.gather(*(till.place((tea, 3), key="K") for till in turns))
    assert {one.code for one in answers} <= {None, "idempotency_key_in_use"}
    named = [one for one in answers if one.order]
    assert len({one.id for one in named}) == 1
    assert sum(not one.replayed for one in named) == 1
    assert await orders_of(v2) == [named[0].id]
    assert await stock(service, tea) == 997


async def test_across_protocols(service: Service) -> None:
    """A key first used over GraphQL is one order over v2 and v1 too; in each version replays are equal to the byte."""
    (tea,) = await stocked(service, 10)
    v1, v2, graphql = tills(service)
    first = await graphql.place((tea, 2), key="K", reference="r")
    answers = [await till.place((tea, 2), key="K", reference="r") for till in (v2, v1, v2, v1, graphql)]
    assert [(one.in_every_version, one.replayed) for one in answers] == [(first.in_every_version, True)] * 5
    assert answers[0].order == answers[4].order == first.order
    for one, again in ((answers[0], answers[2]), (answers[1], answers[3])):
        assert told(one) == told(again)
        assert one.response.status_code == 201
    assert await stock(service, tea) == 8


def told(answer: Answer) -> tuple[int, bytes, str | None, str | None]:
    """What a replay has in common with its first answer."""
    response = answer.response
    return response.status_code, response.content, response.headers.get("location"), response.headers.get("etag")


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_replays_in_rest(service: Service, version: str) -> None:
    """A replay has the first answer's status, body, Location and ETag, whatever became of product and order since."""
    (tea,) = await stocked(service, 10)
    till = Till(service, version)
    first = await till.place((tea, 2), key='"K"')
    shown = await service.send("GET", first.response.headers["location"])
    assert (shown.content, shown.headers["etag"]) == (first.response.content, first.response.headers["etag"])
    await service.send("PATCH", f"/v2/products/{tea}", {"name": "Green tea", "price": 99, "currency": "EUR"})
    await till.cancel(first.id)
    await service.send("DELETE", f"/v2/products/{tea}")
    again = await till.place((tea, 2), key="K")
    assert told(again) == told(first)
    assert (first.replayed, again.replayed) == (False, True)
    assert set(again.response.headers) - set(first.response.headers) == {"idempotent-replayed"}


async def test_two_hundred_for_ten(service: Service) -> None:
    """Of 200 orders for one each of a stock of 10, all at once over both protocols, 10 succeed.

    190 are out of stock, and nothing else is said; nobody's answer is a fault.
    """
    (tea,) = await stocked(service, 10)
    turns = (tills(service) * 67)[:200]
    answers = await asyncio.gather(*(till.place((tea, 1), key=f"K{n}") for n, till in enumerate(turns)))
    assert Counter(one.code for one in answers) == {None: 10, "out_of_stock": 190}
    assert len({one.id for one in answers if one.order}) == 10
    assert await stock(service, tea) == 0


async def test_another_payload(service: Service, till: Till) -> None:
    """A key with another payload is refused on whichever surface; the first payload is still replayed."""
    (tea,) = await stocked(service, 10)
    first = await till.place((tea, 1), key="K")
    for other in tills(service):
        for refused in (await other.place((tea, 2), key="K"), await other.place((tea, 1), key="K", reference="r")):
            assert (refused.code, refused.replayed) == ("idempotency_key_reused", False)
            assert refused.response.status_code == (200 if other.surface == "graphql" else 422)
    assert (await till.place((tea, 1), key="K")).id == first.id
    assert await stock(service, tea) == 9


async def test_still_running(service: Service, till: Till, engine: Engine, database_url: str) -> None:
    """While a first request waits for a product that others hold, a second one is told so, with Retry-After.

    On SQLite nobody can see a request that still runs: the one writer takes units of work in turn, each of which ends
    before the next is begun. There the second waits with the first, and is its replay.
    """
    (tea,) = await stocked(service, 10)
    if engine == "sqlite":
        first, second = await asyncio.gather(*(till.place((tea, 1), key="K") for _ in range(2)))
        assert (first.id, first.replayed, second.replayed) == (second.id, False, True)
        return
    async with held(database_url, f"SELECT FROM product_variant WHERE product_id = {tea} FOR UPDATE"):
        first_sent = asyncio.create_task(till.place((tea, 1), key="K"))
        await until_waiting(database_url, 1, PATIENTLY)
        for other in tills(service):
            refused = await other.place((tea, 1), key="K")
            assert refused.code == "idempotency_key_in_use"
            assert refused.response.status_code == (200 if other.surface == "graphql" else 409)
            assert refused.response.headers["retry-after"] == "1"
            assert not refused.replayed
        assert not first_sent.done()
    first = await first_sent
    again = await till.place((tea, 1), key="K")
    assert (again.id, first.replayed, again.replayed) == (first.id, False, True)
    assert await stock(service, tea) == 9


BAD_KEYS = {
    "empty": "",
    "spaces": "a b",
    "too long": "k" * 256,
    "half a quote": '"',
    "empty quotes": '""',
    "latin": "\xe9",
}


@pytest.mark.parametrize("which", BAD_KEYS)
async def test_malformed_keys(service: Service, till: Till, which: str) -> None:
    """A key that is none is refused before anything is looked at, also over GraphQL by its status."""
    response = await till.service.http.request(
        "POST",
        "/graphql" if till.surface == "graphql" else f"/{till.surface}/orders",
        headers=[("content-type", "application/json"), ("idempotency-key", BAD_KEYS[which].encode("latin-1"))],
        content=b'{"query": "{ __typename }"}',
    )
    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_invalid")
    assert response.headers["content-type"] == "application/problem+json"


async def test_missing_key(service: Service, till: Till) -> None:
    """An order without a key is refused: 400 over REST, a user error over GraphQL."""
    (tea,) = await stocked(service, 10)
    refused = await till.place((tea, 1))
    assert refused.code == "idempotency_key_required"
    assert refused.response.status_code == (200 if till.surface == "graphql" else 400)
    assert await stock(service, tea) == 10


async def test_invalid_orders_leave_the_key_free(service: Service, till: Till) -> None:
    """What was refused for its shape, an unknown product or mixed currencies can be mended under the same key."""
    (tea,) = await stocked(service, 10)
    sake = (await surfaces(service)["v2"].create(name="Sake", price=1980, currency="JPY")).id
    attempts: list[tuple[Sequence[tuple[int, int]], str]] = [
        ([(tea, 0)], "validation_failed"),
        ([(999_999, 1)], "validation_failed"),
        ([(tea, 1), (sake, 1)], "mixed_currencies"),
    ]
    for items, code in attempts:
        refused = await till.place(*items, key="K")
        assert (refused.code, refused.replayed) == (code, False)
    placed = await till.place((tea, 1), key="K")
    assert not placed.replayed
    assert await orders_of(till) == [placed.id]


async def test_out_of_stock_stays_so(service: Service, till: Till) -> None:
    """A refusal is the outcome of its key even after restocking, on every surface, in the same words."""
    (tea,) = await stocked(service, 1)
    first = await till.place((tea, 2), key="K")
    assert (first.code, first.replayed) == ("out_of_stock", False)
    await surfaces(service)["v2"].adjust_stock(tea, 9)
    again = [await other.place((tea, 2), key="K") for other in tills(service)]
    assert [(one.code, one.replayed) for one in again] == [("out_of_stock", True)] * 3
    same = again[SURFACES.index(till.surface)]
    assert _words(same) == _words(first)
    assert (await till.place((tea, 2), key="another")).order
    assert await stock(service, tea) == 8


def _words(answer: Answer) -> dict[str, Any]:
    """A refusal without what belongs to its request alone."""
    body = answer.response.json()
    return {name: body[name] for name in body if name not in {"requestId", "extensions"}} | {
        "status": answer.response.status_code
    }


async def test_order_after_cancellation(service: Service, till: Till) -> None:
    """A key whose order was cancelled is still that order: it orders nothing anew."""
    (tea,) = await stocked(service, 10)
    first = await till.place((tea, 2), key="K")
    cancelled = await till.cancel(first.id, "C")
    assert cancelled.order == {**first.order, "status": "cancelled"} if first.order else False
    for other in tills(service):
        again = await other.place((tea, 2), key="K")
        assert (again.in_every_version, again.replayed) == (first.in_every_version, True)
        recalled = await other.cancel(first.id, "C")
        assert (recalled.in_every_version, recalled.replayed) == (cancelled.in_every_version, True)
        refused = await other.cancel(first.id)
        assert (refused.code, refused.replayed) == ("conflict", False)
    assert await stock(service, tea) == 10


LONG = "".join(random.Random(1).choices(string.ascii_letters, k=4_000))


@pytest.mark.parametrize("before", ["", LONG], ids=["short", "long"])
async def test_two_fields_under_one_header(service: Service, before: str) -> None:
    """Two orders of one document are two orders; the document sent again replays each as its own, in any order.

    So it is with aliases of any length, though no index of PostgreSQL would hold them.
    """
    (tea,) = await stocked(service, 10)
    fields = {
        name: f"{before}{name}: placeOrder(input: $input) {{ order {{ orderId }} userErrors {{ code }} }}"
        for name in "ab"
    }
    variables = {"input": {"items": [{"productId": str(tea), "quantity": 2}]}}

    async def send(names: str) -> dict[str, Any]:
        document = f"mutation($input: PlaceOrderInput!) {{ {' '.join(fields[name] for name in names)} }}"
        answer = await service.graphql(document, variables, idempotency_key="K")
        return {name: answer["data"][before + name]["order"]["orderId"] for name in names} | {
            "replayed": answer["extensions"].get("idempotency", {}).get("replayed", False)
        }

    first = await send("ab")
    assert first["a"] != first["b"]
    assert not first["replayed"]
    assert await send("ab") == await send("ba") == {**first, "replayed": True}
    assert await stock(service, tea) == 6
    alone = await send("a")  # the one field of a document has the bare key
    assert alone["a"] not in {first["a"], first["b"]}
    assert (await Till(service, "v2").place((tea, 2), key="K")).id == alone["a"]


async def test_own_keys_and_orders(guarded: Service, surface_name: str) -> None:
    """Two callers with the same key have an order each, which the other neither sees nor lists nor cancels."""
    (tea,) = await stocked(guarded, 10)
    anne, boris = [Till(guarded, surface_name, await caller(guarded, name)) for name in ("anne", "boris")]
    hers, his = await anne.place((tea, 1), key="K"), await boris.place((tea, 2), key="K")
    assert hers.id != his.id
    assert [hers.replayed, his.replayed] == [False, False]
    assert (await anne.place((tea, 1), key="K")).id == hers.id
    assert await orders_of(anne) == [hers.id]
    assert await orders_of(boris) == [his.id]
    assert (await anne.get(hers.id)).order == hers.order
    assert (await boris.get(hers.id)).code == "not_found"
    assert (await boris.cancel(hers.id, "C")).code == "not_found"
    assert await stock(guarded, tea) == 7


async def test_nodes_are_ones_own(guarded: Service) -> None:
    """Another caller's order is null by its global id too, and in the list of nodes."""
    (tea,) = await stocked(guarded, 10)
    hers, his = await caller(guarded, "anne"), await caller(guarded, "boris")
    placed = await Till(guarded, "graphql", hers).place((tea, 1), key="K")
    document = "query($id: ID!) { order(id: $id) { id } orders { totalCount edges { node { id } } } }"

    async def seen(secret: str, query: str, identity: Any) -> Any:
        return await guarded.graphql(query, {"id": identity}, authorization=f"Bearer {secret}")

    global_id = (await seen(hers, document, placed.id))["data"]["order"]["id"]
    document = "query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } orders { totalCount } }"
    assert (await seen(hers, document, global_id))["data"] == {
        "node": {"id": global_id},
        "nodes": [{"id": global_id}],
        "orders": {"totalCount": 1},
    }
    assert (await seen(his, document, global_id))["data"] == {
        "node": None,
        "nodes": [None],
        "orders": {"totalCount": 0},
    }


async def test_nodes_beside_orders(guarded: Service) -> None:
    """An order that may not be read is null among nodes, with its error and path, and the other nodes stay."""
    (tea,) = await stocked(guarded, 10)
    placed = await Till(guarded, "graphql", await caller(guarded, "anne")).place((tea, 1), key="K")
    ids = [nodes.encode("Product", tea), nodes.encode("Order", placed.id), nodes.encode("Order", 10**6)]
    answer = await guarded.graphql("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
    assert answer["data"] == {"nodes": [{"id": ids[0]}, None, None]}
    assert [(e["path"], e["extensions"]["code"]) for e in answer["errors"]] == [
        (["nodes", 1], "UNAUTHENTICATED"),
        (["nodes", 2], "UNAUTHENTICATED"),
    ]
    answer = await guarded.graphql("query($id: ID!) { node(id: $id) { id } }", {"id": ids[1]})
    assert (answer["data"], answer["errors"][0]["path"]) == ({"node": None}, ["node"])


async def test_scopes(guarded: Service, surface_name: str) -> None:
    """Nobody orders without a key (401) or without its scope (403), and the refusal leaves the Idempotency-Key free."""
    (tea,) = await stocked(guarded, 10)
    reader = await caller(guarded, "reader", Scope.ORDERS_READ)
    for secret, code, status in (
        (None, "unauthenticated", 401),
        (reader, "forbidden", 403),
        ("tdm_x", "unauthenticated", 401),
    ):
        refused = await Till(guarded, surface_name, secret).place((tea, 1), key="K")
        assert refused.code == code
        in_data = surface_name == "graphql" and secret != "tdm_x"
        assert refused.response.status_code == (200 if in_data else status)
        assert ("www-authenticate" in refused.response.headers) is (refused.response.status_code == 401)
    writer = await caller(guarded, "reader", Scope.ORDERS_WRITE)
    placed = await Till(guarded, surface_name, writer).place((tea, 1), key="K")
    assert not placed.replayed
    assert await stock(guarded, tea) == 9


@pytest.mark.parametrize("secret_of", ["nobody", "a writer"])
async def test_reading_needs_a_scope(guarded: Service, secret_of: str) -> None:
    """Orders are read with `orders:read` alone, over both protocols."""
    headers = {}
    if secret_of == "a writer":
        headers["authorization"] = f"Bearer {await caller(guarded, 'writer', Scope.ORDERS_WRITE)}"
    code = "FORBIDDEN" if headers else "UNAUTHENTICATED"
    for path in ("/v1/orders", "/v2/orders", "/v1/orders/1", "/v2/orders/1"):
        response = await guarded.send("GET", path, **headers)
        assert (response.status_code, response.json()["code"]) == (403 if headers else 401, code.lower())
    answer = await guarded.graphql('{ order(id: "1") { id } products { totalCount } }', **headers)
    assert answer["data"]["order"] is None
    assert answer["data"]["products"] == {"totalCount": 0}
    assert answer["errors"][0]["extensions"]["code"] == code
