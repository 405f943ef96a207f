"""REST and GraphQL charge the same for the same question."""

import json
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest

from tests.clock import Clock
from tests.databases import Databases, sqlite_alone
from tests.service import Service

pytestmark = pytest.mark.anyio
_OBJECTS = {
    "categories": "categories(first: 5) { edges { node { id name } } }",
    "image": "image { url contentType width height bytes }",
    "images": "images { id url alt contentType width height bytes }",
    "lines": "lines { productId name quantity unitPrice lineTotal variantId sku options { name value } }",
    "attributes": "attributes { name value }",
    "options": "options { name values }",
    "notHeld": "notHeld { name count }",
    "id": "id",
}
"""How GraphQL selects what a member of REST holds; others have one name."""
_MEMBERS = {
    "products": (
        *("id", "name", "price", "currency", "description", "sku", "stock", "categories", "image", "images"),
        *("version", "slug", "brand", "tags", "attributes", "options"),
    ),
    "categories": ("id", "name", "slug"),
    "orders": ("id", "status", "reference", "currency", "total", "lines", "createdAt"),
    "imports": ("id", "status", "lines", "bad", "notHeld", "ahead", "createdAt"),
}
_FILTERS: dict[str, dict[str, tuple[str, str]]] = {
    "products": {
        "q": ("q=oak", 'q: "oak"'),
        "currency": ("currency=EUR", 'currency: "EUR"'),
        "inStock": ("inStock=true", "inStock: true"),
        "minPrice": ("minPrice=2", "minPrice: 2"),
        "sku": ("sku=S1", 'sku: "S1"'),
        "category": ("category=1", 'categories: ["1"]'),
    },
    "categories": {"q": ("q=oak", 'q: "oak"')},
    "imports": {"status": ("status=done", "status: DONE")},
    "orders": {"status": ("status=placed", "status: PLACED"), "reference": ("reference=r", 'reference: "r"')},
}


engine = sqlite_alone()  # a price does not depend on the engine


@pytest.fixture
async def metered(databases: Databases, anyio_backend: str) -> AsyncIterator[Service]:
    """An application whose budget nothing here uses up, on a clock that stands."""
    async with Service(
        databases.create("sqlite"), Clock(), checked=False, rate_limit="1000000/day", graphql_max_cost=1_000
    ) as made:
        yield made


def question(chance: Random) -> tuple[str, str]:
    """A random question, as a path of REST and as a document."""
    noun = chance.choice(list(_MEMBERS))
    shown = chance.sample(_MEMBERS[noun], chance.randint(1, len(_MEMBERS[noun])))
    filters = chance.sample(list(_FILTERS[noun]), chance.randint(0, len(_FILTERS[noun])))
    size, counted = chance.choice([1, 5, 20, 50, 99, 100]), chance.random() < 0.3
    facets = ["brand", "price", "attributes.x"][: chance.choice([0, 0, 1, 3])] if noun == "products" else []
    parameters = [_FILTERS[noun][name][0] for name in filters] + ["count=exact"] * counted
    parameters += [f"facets={','.join(facets)}&facetLimit=50"] if facets else []
    path = f"/v2/{noun}?{'&'.join([f'limit={size}', 'fields=' + ','.join(shown), *parameters])}"
    narrowed = ", ".join(_FILTERS[noun][name][1] for name in filters)
    arguments = f"first: {size}{f', filter: {{{narrowed}}}' if narrowed else ''}"
    selected = " ".join(name if (noun, name) == ("imports", "lines") else _OBJECTS.get(name, name) for name in shown)
    page = f"edges {{ node {{ {selected} }} }} pageInfo {{ startCursor endCursor }} {'totalCount' if counted else ''}"
    if facets:
        page += f" facets(of: {json.dumps(facets)}, first: 50) {{ name values {{ value label count }} min max }}"
    return path, f"{{ {noun}({arguments}) {{ {page} }} }}"


def left(headers: Any) -> int:
    """The points that an answer says are left."""
    return int(headers["ratelimit"].partition("r=")[2].partition(";")[0])


async def test_equal_prices(metered: Service) -> None:
    """600 random questions: what REST takes from the bucket is what GraphQL quotes, and takes."""
    chance, before = Random(14), 1_000_000
    for _ in range(600):
        path, document = question(chance)
        rest = await metered.http.get(path)
        assert rest.status_code == 200, (path, rest.text)
        between = left(rest.headers)
        graphql = await metered.http.post("/graphql", json={"query": document})
        assert "errors" not in graphql.json(), (document, graphql.text)
        after = left(graphql.headers)
        assert before - between == between - after == graphql.json()["extensions"]["cost"], (path, document)
        before = after


@pytest.mark.parametrize("size", [1, 20, 99, 100])
async def test_equal_prices_of_deliveries(metered: Service, size: int) -> None:
    """A page of the deliveries of a webhook costs the same over both protocols."""
    await metered.send("POST", "/v2/webhooks", {"url": "https://shop.example/hook"})
    before = left((await metered.http.get("/v2/webhooks/1")).headers)
    between = left((await metered.http.get(f"/v2/webhooks/1/deliveries?limit={size}")).headers)
    page = "edges { node { number messageId type status attempts responseStatus error createdAt attemptedAt } }"
    document = f'{{ webhook(id: "1") {{ deliveries(first: {size}) {{ {page} pageInfo {{ endCursor }} }} }} }}'
    graphql = await metered.http.post("/graphql", json={"query": document})
    assert graphql.json()["data"]["webhook"]
    assert before - between == between - left(graphql.headers) == graphql.json()["extensions"]["cost"]
