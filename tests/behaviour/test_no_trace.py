"""Products that are not active leave no trace: whoever may not see them gets the answers that their absence would give.

Every operation and parameter of both REST contracts and every root field of GraphQL is asked about a draft and an
archived product, by its id, its keys, its words and its category; then both are deleted, and everything is asked again.
"""

import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.domain.callers import Scope
from app.domain.unit_of_work import Statement
from app.stores import keys
from schema.types import nodes
from tests.behaviour.secret_requests import GTINS, ROOT_ID, SECRET, SKUS, STATUSES, WORD, Asked, graphql, pages, rest
from tests.behaviour.test_members import TOLD
from tests.images import drawn, encoded
from tests.service import Service
from tests.streams import streaming

_NEXT_ID = {
    "sqlite": Statement(
        text(f"UPDATE sqlite_sequence SET seq = {ROOT_ID} WHERE name IN ('product', 'product_variant')")
    ),
    "postgresql": Statement(
        text(
            f"SELECT setval(pg_get_serial_sequence('product', 'id'), {ROOT_ID}),"
            f" setval(pg_get_serial_sequence('product_variant', 'id'), {ROOT_ID})"
        )
    ),
}


class Shop(NamedTuple):
    """A service that asks for keys, whose callers are an operator and one who may write no products."""

    service: Service
    operator: dict[str, str]
    caller: dict[str, str]
    secrets: list[int]


@pytest.fixture
async def shop(database_url: str, anyio_backend: str) -> AsyncIterator[Shop]:
    """A shop of an active product and two secret ones, with images, all in one category."""
    async with Service(database_url, auth="keys", graphql_max_cost=10_000) as service:
        others = sorted(set(Scope) - {Scope.CATALOG_WRITE})
        secrets = [await keys.create(service.database, *one) for one in (("op", sorted(Scope)), ("caller", others))]
        operator, caller = ({"authorization": f"Bearer {secret}"} for secret in secrets)
        await service.send("POST", "/v2/categories", {"name": "All"}, **operator)
        await service.send("POST", "/v2/products", {"name": "Kettle", "price": 7, "categoryIds": [1]}, **operator)
        await service.database.write(lambda unit: unit.all(_NEXT_ID[unit.engine]))
        ids = []
        for n, status in enumerate(STATUSES):
            told = {
                **TOLD,
                **SECRET,
                "slug": f"{WORD}-{n}",
                "categoryIds": [1],
                "status": status,
                "variants": variants(n),
            }
            made = (await service.send("POST", "/v2/products", told, **operator)).json()
            await service.illustrate(made["id"], encoded(drawn(), "PNG"), **operator)
            ids.append(made["id"])
        assert ids == [ROOT_ID + 1, ROOT_ID + 2]
        yield Shop(service, operator, caller, ids)


def variants(n: int) -> list[dict[str, Any]]:
    """The variants of a secret product: one in stock, and a dearer one that is sold out."""
    small, large = (
        {"sku": sku, "gtin": gtin, "options": {WORD: size}}
        for sku, gtin, size in zip(SKUS[2 * n :], GTINS, ("small", "large"), strict=False)
    )
    return [{**small, "price": 7, "stock": 5}, {**large, "price": 8, "compareAtPrice": 9, "stock": 0}]


async def answers(shop: Shop, caller: dict[str, str]) -> list[tuple[Asked, int, Any, dict[str, str]]]:
    """What a caller is answered to everything, without what differs from request to request."""
    found = []
    for asked in (*rest(shop.secrets), *graphql(shop.secrets), *pages(shop.secrets)):
        headers = caller | ({"idempotency_key": uuid4().hex} if asked.method == "POST" else {})
        response = await shop.service.send(asked.method, asked.path, asked.body, **headers)
        json_body = response.text and "json" in response.headers.get("content-type", "")
        body = response.json() if json_body and "ndjson" not in response.headers["content-type"] else response.text
        if isinstance(body, dict):
            body.pop("requestId", None)
            body.pop("nextCursor" if "/changes" in asked.path else "", None)  # where the log ends is no secret
        kept = {name: response.headers.get(name, "") for name in ("etag", "cache-control", "link", "vary")}
        found.append((asked, response.status_code, body, kept))
    return found


@pytest.mark.slow
async def test_no_trace(shop: Shop) -> None:
    """A caller without `catalog:write`, and one without a key, are answered as if the products did not exist."""
    callers = {"one who may not write": shop.caller, "anyone": {}}
    before = {name: await answers(shop, caller) for name, caller in callers.items()}
    for told in before.values():  # else they might all be refusals
        assert len([asked for asked, _, body, _ in told if '"Kettle"' in json.dumps(body)]) > 30
    for secret in shop.secrets:
        assert (await shop.service.send("DELETE", f"/v2/products/{secret}", **shop.operator)).status_code == 204
    for name, caller in callers.items():
        for told, absent in zip(before[name], await answers(shop, caller), strict=True):
            assert told == absent, name
            assert SECRET["name"] not in json.dumps(told[2])


@pytest.mark.slow
async def test_who_may_write_sees_them(shop: Shop) -> None:
    """The same questions do show the products to a caller with `catalog:write`, over all surfaces: they would tell."""
    shown = [one for one in rest(shop.secrets) if one.method == "GET"] + [
        one for one in graphql(shop.secrets) if one.body["query"].startswith("query")
    ]
    telling = set()
    for asked in shown:
        response = await shop.service.send(asked.method, asked.path, asked.body, **shop.operator)
        if SECRET["name"] in response.text:
            telling.add(asked.path.partition("?")[0] if asked.method == "GET" else asked.body["query"].split()[2])
    assert telling >= {
        *("/v2/products", "/v2/categories/1/products", "/v2/products/export"),
        *(f"/{version}/products/{secret}" for version in ("v1", "v2") for secret in shop.secrets),
    }
    for sku in SKUS:
        told = await shop.service.send("GET", f"/v2/variants/sku:{sku}", **shop.operator)
        assert told.json()["options"].keys() == {WORD}


SUBSCRIPTION = "subscription { changes { type subject { id } node { __typename ... on Product { name } } } }"


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/v2/changes", "/graphql"])
async def test_streams(shop: Shop, path: str) -> None:
    """The stream of changes, and the subscription, tell whoever may not write nothing of the products."""
    fields = [f"{name}: {value}" for name, value in shop.caller.items()]
    body = json.dumps({"query": SUBSCRIPTION}).encode() if path == "/graphql" else b""
    async with streaming(shop.service.app, path, *fields, body=body) as stream:
        for secret in shop.secrets:
            await shop.service.send("PATCH", f"/v2/products/{secret}", {"name": f"{WORD} pot"}, **shop.operator)
            adjusted = {"delta": 1, "variantId": ROOT_ID + 1 + 2 * shop.secrets.index(secret)}
            await shop.service.send("POST", f"/v2/products/{secret}/stock-adjustments", adjusted, **shop.operator)
        await shop.service.send("POST", "/v2/categories", {"name": "The end"}, **shop.operator)
        told = ""
        while told.count("category.created") < 2:
            (event,) = await stream.events(1)
            told += json.dumps(event.data)
    assert "product.created" in told  # that of the kettle
    assert not any(str(secret) in told or nodes.encode("Product", secret) in told for secret in shop.secrets)
    assert WORD not in told
