"""Products that are not active leave no trace: whoever may not see them gets the answers that their absence would give.

Every operation and parameter of both REST contracts and every root field of GraphQL is asked about a draft and an
archived product, by its id, its keys, its words and its category; then both are deleted, and everything is asked again.
"""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
import yaml
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_list_type,
)
from sqlalchemy import text

from app.domain.callers import Scope
from app.domain.unit_of_work import Statement
from app.stores import keys
from schema.contract import sdl
from schema.types import nodes
from tests.behaviour.test_members import TOLD
from tests.contract.rest_contract import ROOT
from tests.images import drawn, encoded
from tests.service import Service

ROOT_ID = 987_654_320
"""The ids of the secret products, and of their variants, follow on this, so that no others look like them."""
WORD = "xyzzy"
SECRET: dict[str, Any] = {
    "name": f"{WORD} kettle",
    "description": WORD,
    "price": 7,
    "stock": 5,
    "brand": WORD,
    "tags": [WORD],
    "gtin": "4006381333931",
}
STATUSES = ("draft", "archived")
PARAMETERS: dict[str, list[str]] = {
    "limit": ["100"],
    "cursor": [],
    "before": [],
    "sort": [f"relevance&q={WORD}", "-price", "name", "createdAt", "-updatedAt", "-id"],
    "fields": ["id"],
    "count": ["exact"],
    "q": [WORD, "kettle", WORD[:3], f"kettle {WORD[:3]}", f"{WORD} ket"],
    "typos": [f"auto&q={WORD[:-1]}i", f"off&q={WORD[:-1]}i"],
    "minPrice": ["7"],
    "maxPrice": ["7"],
    "currency": ["USD"],
    "inStock": ["true", "false"],
    "sku": [f"{WORD}-0", f"{WORD}-1"],
    "gtin": [SECRET["gtin"]],
    "ids": [f"{ROOT_ID + 1},{ROOT_ID + 2}"],
    "skus": [f"{WORD}-0", f"{WORD}-0&skus={WORD}-1"],
    "brand": [WORD],
    "tag": [WORD],
    "attributes.NAME": ["x"],
    "attributes.NAME.min": ["0"],
    "attributes.NAME.max": ["9"],
    "subtree": ["true&category=1"],
    "facets": ["category,brand,price,tag,inStock,attributes.Material"],
    "facetLimit": ["100&facets=brand,tag"],
    "createdSince": ["2000-01-01T00:00:00Z"],
    "updatedSince": ["2000-01-01T00:00:00Z"],
    "status": ["active", "draft", "archived", "any", "draft,active", "placed", "cancelled"],
    "include": ["attributes"],
    "category": ["1"],
    "parentId": ["1"],
    "reference": ["r"],
    "width": ["320"],
    "v": ["0123456789abcdef"],
    "after": [],
    "types": [f"product.{one}" for one in ("created", "updated", "deleted", "stock_changed")],
    "subject": [f"product:{ROOT_ID + 1}"],
    "wait": ["1"],
}
"""Values of each parameter of a query that could bring a secret product to light."""
FILTERS: dict[str, list[Any]] = {
    "typos": ["AUTO"],
    "q": [WORD, "kettle"],
    "categories": [["1"]],
    "minPrice": [7],
    "maxPrice": [7],
    "currency": ["USD"],
    "inStock": [True],
    "sku": [f"{WORD}-0", f"{WORD}-1"],
    "gtin": [SECRET["gtin"]],
    "ids": [[str(ROOT_ID + 1), str(ROOT_ID + 2)]],
    "skus": [[f"{WORD}-0", f"{WORD}-1"]],
    "brand": [[WORD]],
    "tag": [[WORD]],
    "attributes": [[{"name": "Seats", "min": 0}]],
    "subtree": [False],
    "createdSince": ["2000-01-01T00:00:00Z"],
    "updatedSince": ["2000-01-01T00:00:00Z"],
    "status": [["ACTIVE"], ["DRAFT"], ["ARCHIVED"], ["ANY"], "PLACED"],
    "parentId": ["1"],
    "reference": ["r"],
    "types": [[f"product.{one}" for one in ("created", "updated", "deleted", "stock_changed")]],
    "subject": [nodes.encode("Product", ROOT_ID + 1)],
}
"""Filters of GraphQL, the same."""
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
SCHEMA = build_schema(sdl())
DEPTH = 5


class Shop(NamedTuple):
    """A service that asks for keys, whose callers are an operator and one who may write no products."""

    service: Service
    operator: dict[str, str]
    caller: dict[str, str]
    secrets: list[int]


@pytest.fixture
async def shop(database_url: str, anyio_backend: str) -> AsyncIterator[Shop]:
    """A shop of an active product and two secret ones, with images, all in one category."""
    service = Service(database_url, auth="keys", graphql_max_cost=10_000)
    others = sorted(set(Scope) - {Scope.CATALOG_WRITE})
    secrets = [await keys.create(service.database, *one) for one in (("op", sorted(Scope)), ("caller", others))]
    operator, caller = ({"authorization": f"Bearer {secret}"} for secret in secrets)
    await service.send("POST", "/v2/categories", {"name": "All"}, **operator)
    await service.send("POST", "/v2/products", {"name": "Kettle", "price": 7, "categoryIds": [1]}, **operator)
    await service.database.write(lambda unit: unit.all(_NEXT_ID[unit.engine]))
    ids = []
    for n, status in enumerate(STATUSES):
        told = {**TOLD, **SECRET, "slug": f"{WORD}-{n}", "sku": f"{WORD}-{n}", "categoryIds": [1], "status": status}
        made = (await service.send("POST", "/v2/products", told, **operator)).json()
        await service.illustrate(made["id"], encoded(drawn(), "PNG"), **operator)
        ids.append(made["id"])
    assert ids == [ROOT_ID + 1, ROOT_ID + 2]
    yield Shop(service, operator, caller, ids)
    await service.close()


class Asked(NamedTuple):
    """A request."""

    method: str
    path: str
    body: Any = None


def rest(secrets: list[int]) -> Iterator[Asked]:
    """Every operation of both contracts about the secret products, and every parameter of each."""
    for version in ("v1", "v2"):
        document = yaml.safe_load((ROOT / "openapi" / f"{version}.yaml").read_text())
        for path, operations in document["paths"].items():
            for filled in _paths(path, secrets):
                for method, operation in operations.items():
                    yield from _of_operation(document, f"/{version}{filled}", method.upper(), operation, secrets)


def pages(secrets: list[int]) -> Iterator[Asked]:
    """The shop's page about the secret products."""
    yield from (Asked("GET", f"/shop?product={secret}") for secret in secrets)


def _paths(path: str, secrets: list[int]) -> Iterator[str]:
    if "{" not in path:
        yield path
    elif path.startswith("/variants"):
        for n, secret in enumerate(secrets):
            yield from (path.replace("{id}", address) for address in (str(secret), f"sku:{WORD}-{n}"))
    elif path.startswith("/products"):
        for n, secret in enumerate(secrets):
            for address in (str(secret), f"sku:{WORD}-{n}", f"sku:{WORD.upper()}-{n}", f"slug:{WORD}-{n}"):
                yield path.replace("{id}", address)
    else:
        yield path.replace("{id}", "1")


def _of_operation(document: Any, path: str, method: str, operation: Any, secrets: list[int]) -> Iterator[Asked]:
    if method != "GET":
        items = [{"productId": secret, "quantity": 1} for secret in secrets]
        yield from (Asked(method, path, body) for body in ({}, {**SECRET}, {"delta": 1}, {"items": items}))
        return
    yield Asked("HEAD", path)
    yield Asked("GET", path)
    for parameter in operation.get("parameters", ()):
        if "$ref" in parameter:
            parameter = document["components"]["parameters"][parameter["$ref"].split("/")[-1]]  # noqa: PLW2901
        if parameter["in"] == "query":
            yield from (Asked("GET", f"{path}?{parameter['name']}={one}") for one in PARAMETERS[parameter["name"]])


def graphql(secrets: list[int]) -> Iterator[Asked]:
    """Every root field of GraphQL about the secret products, with every filter of each."""
    for kind, word in ((SCHEMA.query_type, "query"), (SCHEMA.mutation_type, "mutation")):
        assert kind
        for name, field in kind.fields.items():
            below = get_named_type(field.type)
            selection = "" if is_leaf_type(below) else _selection(below, DEPTH)
            for arguments in _arguments(field, secrets):
                declared = ", ".join(f"${one}: {field.args[one].type}" for one in arguments)
                passed = ", ".join(f"{one}: ${one}" for one in arguments)
                head = f"{word} ({declared})" if declared else word
                document = f"{head} {{ {name}{f'({passed})' if passed else ''} {selection} }}"
                yield Asked("POST", "/graphql", {"query": document, "variables": arguments})


def _selection(kind: Any, depth: int) -> str:
    if not isinstance(kind, GraphQLObjectType):
        parts = [f"... on {one.name} {_selection(one, depth)}" for one in SCHEMA.get_possible_types(kind)]
        return f"{{ __typename {' '.join(parts)} }}"
    chosen = ["__typename"]
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if is_leaf_type(below):
            chosen.append(name)
        elif depth > 1 and not (kind.name == "Category" and name in ("parent", "children")):
            chosen.append(f"{name}{_passed(field)} {_selection(below, depth - 1)}")
    return f"{{ {' '.join(chosen)} }}"


def _passed(field: GraphQLField) -> str:
    if "of" in field.args:
        return '(of: ["category", "brand", "price", "tag", "inStock", "attributes.Material"])'
    return "(first: 5)" if "first" in field.args else ""


def _arguments(field: GraphQLField, secrets: list[int]) -> Iterator[dict[str, Any]]:
    global_ids = [nodes.encode(kind, secret) for kind in ("Product", "Variant") for secret in secrets]
    addresses = [{"id": one} for one in (*global_ids, *map(str, secrets))]
    keys_ = [{"by": {kind: f"{WORD}-{n}"}} for kind in ("sku", "slug") for n in range(len(secrets))]
    if "input" in field.args:
        yield from ({"input": one} for one in _inputs(get_named_type(field.args["input"].type), addresses + keys_))
        return
    yield from [*addresses, *keys_] if "by" in field.args else addresses if "id" in field.args else ()
    if "q" in field.args:
        yield from ({"q": q} for q in PARAMETERS["q"])
    if "ids" in field.args:
        yield {"ids": [*global_ids, nodes.encode("Product", 1)]}
    if not {"id", "ids"} & field.args.keys():
        yield {}
    if "filter" in field.args:
        kind: Any = get_named_type(field.args["filter"].type)
        for name, member in kind.fields.items():
            values = [one for one in FILTERS[name] if isinstance(one, list) == is_list_type(member.type)]
            yield from ({"filter": {name: value}} for value in values)
        if "typos" in kind.fields:
            yield {"filter": {"q": f"{WORD[:-1]}i", "typos": "AUTO"}}
            yield {"filter": {"q": WORD}, "sort": {"by": "RELEVANCE"}}


def _inputs(kind: Any, addresses: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    assert isinstance(kind, GraphQLInputObjectType)
    values: dict[str, Any] = {"name": "x", "price": 1, "delta": 1, "sku": f"{WORD}-0"}
    given = {name: values[name] for name in values if name in kind.fields}
    if "items" in kind.fields:
        yield from ({"items": [{"productId": one["id"], "quantity": 1}]} for one in addresses if "id" in one)
    elif "id" in kind.fields:
        yield from (one | given for one in addresses if one.keys() <= kind.fields.keys())
    else:
        yield given


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
