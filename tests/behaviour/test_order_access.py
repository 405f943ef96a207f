"""Who may place and see orders: callers with their own keys and scopes."""

from typing import Any

import pytest

from app.domain.callers import Scope
from schema.types import nodes
from tests.behaviour.tills import (
    Till,
    caller,
    orders_of,
    stock,
    stocked,
)
from tests.service import Service


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
