"""Every request about secret products: each operation of REST and field of GraphQL, with every parameter and filter."""

from collections.abc import Iterator
from typing import Any, NamedTuple

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

from schema.root import sdl
from schema.types import nodes
from tests.contract.rest_contract import ROOT

ROOT_ID = 987_654_320
"""The ids of the secret products, and of their variants, follow on this, so that no others look like them."""
WORD = "xyzzy"
SECRET: dict[str, Any] = {
    "name": f"{WORD} kettle",
    "description": WORD,
    "price": 7,
    "brand": WORD,
    "tags": [WORD],
    "options": [{"name": WORD, "values": ["small", "large"]}],
}
GTINS = "4006381333931", "96385074"
STATUSES = ("draft", "archived")
SKUS = [f"{WORD}-{n}{suffix}" for n, _ in enumerate(STATUSES) for suffix in ("", "-large")]
"""The skus of the variants of the secret products, in the order of their ids."""
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
    "sku": SKUS,
    "gtin": [*GTINS],
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
    "sku": SKUS,
    "gtin": [*GTINS],
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
SCHEMA = build_schema(sdl())
DEPTH = 5


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
    """The pages for people, and the shop's about the secret products."""
    yield from (Asked("GET", path) for path in ("/", "/shop", "/imports"))
    yield from (Asked("GET", f"/shop?product={secret}") for secret in secrets)


def _paths(path: str, secrets: list[int]) -> Iterator[str]:
    if "{" not in path:
        yield path
    elif path.startswith("/variants"):
        for n, sku in enumerate(SKUS):
            yield from (path.replace("{id}", address) for address in (str(ROOT_ID + 1 + n), f"sku:{sku}"))
    elif path.startswith("/products"):
        for n, secret in enumerate(secrets):
            for address in (str(secret), f"sku:{WORD}-{n}", f"sku:{WORD.upper()}-{n}", f"slug:{WORD}-{n}"):
                yield path.replace("{id}", address)
    else:
        yield path.replace("{id}", "1")


def _of_operation(document: Any, path: str, method: str, operation: Any, secrets: list[int]) -> Iterator[Asked]:
    if method != "GET":
        orders = [{"items": [{**one, "quantity": 1}]} for one in _ordered(secrets)]
        yield from (Asked(method, path, body) for body in ({}, {**SECRET}, {"delta": 1}, *orders))
        return
    yield Asked("HEAD", path)
    yield Asked("GET", path)
    for parameter in operation.get("parameters", ()):
        if "$ref" in parameter:
            parameter = document["components"]["parameters"][parameter["$ref"].split("/")[-1]]  # noqa: PLW2901
        if parameter["in"] == "query":
            yield from (Asked("GET", f"{path}?{parameter['name']}={one}") for one in PARAMETERS[parameter["name"]])


def _ordered(secrets: list[int]) -> Iterator[dict[str, Any]]:
    """What an item of an order may call the secret products and their variants."""
    yield from ({"productId": secret} for secret in secrets)
    yield from ({"variantId": ROOT_ID + 1 + n} for n, _ in enumerate(SKUS))
    yield from ({"sku": sku} for sku in SKUS)


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
    global_ids = [nodes.encode("Product", secret) for secret in secrets]
    global_ids += [nodes.encode("Variant", ROOT_ID + 1 + n) for n, _ in enumerate(SKUS)]
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
        ids = [one["id"] for one in addresses if "id" in one]
        called = [{name: one} for name in ("productId", "variantId") for one in ids] + [{"sku": sku} for sku in SKUS]
        yield from ({"items": [{**one, "quantity": 1}]} for one in called)
    elif "id" in kind.fields:
        yield from (one | given for one in addresses if one.keys() <= kind.fields.keys())
    else:
        yield given
