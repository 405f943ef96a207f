"""The three surfaces of the catalogue behind one face, so that one suite runs over all of them.

A product is a dict of REST's members; `shows` names those that a surface can show, `takes` those that it can set. It is
addressed by its id, or by its sku where an address is a text.
"""

import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx2

from rest.versions import V1, V2, Version
from schema.types.product_members import leaves
from tests.service import Service


class Page(NamedTuple):
    """A page of a list: the ids in order, the cursors that lead on, the total where it was asked for, a correction."""

    ids: list[int]
    next: str | None
    previous: str | None
    total: int | None = None
    corrected: str | None = None


class Thing(NamedTuple):
    """A product or category as a surface shows it, and its entity tag."""

    members: dict[str, Any]
    etag: str

    @property
    def id(self) -> int:
        """The plain id."""
        return int(self.members["id"])


Address = int | str


class Put(NamedTuple):
    """What became of a product that was put at its sku, and whether it is new."""

    thing: Thing
    created: bool


def path_of(address: Address) -> str:
    """The path of a product."""
    return f"/products/{address}" if isinstance(address, int) else f"/products/sku:{quote(address, safe='')}"


class Result(NamedTuple):
    """What became of an operation of a batch: the product's members, or the code and the fields of its refusal."""

    status: int
    product: dict[str, Any] | None
    code: str | None
    fields: list[str]


class Ran(NamedTuple):
    """What became of a batch, and whether that is a replay."""

    results: list[Result]
    counts: dict[str, Any]
    replayed: bool


class Refused(Exception):
    """A refusal, by its code in REST's spelling, and the fields that are at fault."""

    def __init__(self, code: str, fields: Sequence[str] = ()) -> None:
        super().__init__(code, *fields)
        self.code, self.fields = code, list(fields)


class Rest:
    """REST in one version."""

    def __init__(self, service: Service, version: Version) -> None:
        self.service, self.version, self.name = service, version, version.name
        self.shows, self.takes = frozenset(version.shown), version.writable

    async def list(self, path: str = "/products", **asked: Any) -> Page:
        """A page: `sort`, `size`, `after` or `before` a cursor, `total`; all else narrows it."""
        answer = (await self._send("GET", path, params=list(_parameters(asked)))).json()
        ids = [item["id"] for item in answer["items"]]
        return Page(
            ids, answer["nextCursor"], answer["prevCursor"], answer.get("totalCount"), answer.get("correctedQuery")
        )

    async def list_categories(self, **asked: Any) -> Page:
        """A page of categories."""
        return await self.list("/categories", **asked)

    async def list_in_category(self, category: int, **asked: Any) -> Page:
        """A page of the products of a category, by its own address."""
        return await self.list(f"/categories/{category}/products", **asked)

    async def facets(
        self, names: Sequence[str], most: int, within: int | None = None, **asked: Any
    ) -> Sequence[dict[str, Any]]:
        """The facets of a list, or of that of a category; a facet without numbers has None for its bounds."""
        path = "/products" if within is None else f"/categories/{within}/products"
        params = [*_parameters(asked), ("facets", ",".join(names)), ("facetLimit", str(most))]
        answer = (await self._send("GET", path, params=params)).json()
        return [{"min": None, "max": None} | facet for facet in answer["facets"]]

    async def get(self, address: Address) -> Thing:
        """One product."""
        return _thing(await self._send("GET", path_of(address)))

    async def create(self, **members: Any) -> Thing:
        """Make a product."""
        return _thing(await self._send("POST", "/products", members))

    async def update(self, address: Address, if_match: str | None = None, **members: Any) -> Thing:
        """Change some members of a product."""
        return _thing(await self._send("PATCH", path_of(address), members, if_match))

    async def put(
        self, at: str, /, if_match: str | None = None, if_none_match: str | None = None, **members: Any
    ) -> Put:
        """Make the product of a sku, or replace it."""
        response = await self._send("PUT", path_of(at), members, if_match, if_none_match=if_none_match)
        return Put(_thing(response), response.status_code == 201)

    async def batch(self, operations: Sequence[Any], mode: str = "each", key: str | None = None, **members: Any) -> Ran:
        """Run a batch."""
        body = {"mode": mode, "operations": operations, **members}
        headers = {"idempotency_key": key} if key else {}
        response = await self.service.send("POST", f"{self.version.prefix}/products/batch", body, **headers)
        if response.status_code >= 400:
            raise Refused(response.json()["code"])
        answer = json.loads(response.text, parse_float=Decimal)
        results = [_result_of(result) for result in answer.pop("results")]
        return Ran(results, answer, "idempotent-replayed" in response.headers)

    async def delete(self, address: Address, if_match: str | None = None) -> None:
        """Delete a product."""
        await self._send("DELETE", path_of(address), if_match=if_match)

    async def adjust_stock(self, address: Address, delta: int, **variant: int) -> None:
        """Add to a product's stock, or take from it."""
        await self._send("POST", f"{path_of(address)}/stock-adjustments", {"delta": delta, **variant})

    async def set_images(self, product_id: int, images: Any, if_match: str | None = None) -> Any:
        """Put a product's images in order; the images."""
        answer = await self._send("PUT", f"/products/{product_id}/images", {"images": images}, if_match)
        return answer.json()["images"]

    async def create_category(self, **members: Any) -> Thing:
        """Make a category."""
        return _thing(await self._send("POST", "/categories", members))

    async def get_category(self, category_id: int) -> Thing:
        """One category."""
        return _thing(await self._send("GET", f"/categories/{category_id}"))

    async def update_category(self, category_id: int, if_match: str | None = None, **members: Any) -> Thing:
        """Rename or move a category."""
        return _thing(await self._send("PATCH", f"/categories/{category_id}", members, if_match))

    async def delete_category(self, category_id: int, if_match: str | None = None) -> None:
        """Delete a category."""
        await self._send("DELETE", f"/categories/{category_id}", if_match=if_match)

    async def _send(
        self,
        method: str,
        path: str,
        value: Any = None,
        if_match: str | None = None,
        params: Any = (),
        if_none_match: str | None = None,
    ) -> httpx2.Response:
        target = str(httpx2.URL(self.version.prefix + path, params=params)) if params else self.version.prefix + path
        conditions = {"if_match": if_match, "if_none_match": if_none_match}
        headers = {name: condition for name, condition in conditions.items() if condition}
        response = await self.service.send(method, target, value, **headers)
        if response.status_code >= 400:
            assert response.headers["content-type"] == "application/problem+json"
            raise Refused(response.json()["code"])
        return response


def _parameters(asked: dict[str, Any]) -> Iterator[tuple[str, str]]:
    renamed = {"size": "limit", "after": "cursor"}
    yield "fields", "id"
    for name, value in asked.items():
        if name == "total":
            yield "count", "exact" if value else "none"
        elif name == "attributes":
            for attribute, wanted in value.items():
                yield from ((f"attributes.{attribute}", one) for one in wanted.get("values", ()))
                bounds = ((bound, wanted[bound]) for bound in ("min", "max") if bound in wanted)
                yield from ((f"attributes.{attribute}.{bound}", format(number, "f")) for bound, number in bounds)
        elif value is not None:
            for one in value if isinstance(value, list) else [value]:
                text = str(one).lower() if isinstance(one, bool) else format(one, "f" if _is_decimal(one) else "")
                yield renamed.get(name, name), text


def _is_decimal(value: object) -> bool:
    return isinstance(value, Decimal)


def _thing(response: httpx2.Response) -> Thing:
    return Thing(json.loads(response.text, parse_float=Decimal), response.headers["etag"])


def _result_of(result: dict[str, Any]) -> Result:
    problem = result.get("problem", {"code": None, "details": []})
    return Result(
        result["status"], result.get("product"), problem["code"], [one["field"] for one in problem["details"]]
    )


_PRODUCT = """{ id: productId etag MEMBERS attributes { name value number } weight { value unit }
    image { url contentType width height bytes }
    images { id: imageId url alt contentType width height bytes }
    options { name values }
    variants(first: 100) { edges { node {
        id: variantId sku gtin price compareAtPrice stock weight { value unit } options { name value } imageId } } }
    categories(first: 50) { edges { node { id: categoryId name } } } }""".replace("MEMBERS", " ".join(leaves()))
_OF_BATCH = _PRODUCT.replace("first: 50", "first: 5").replace("first: 100", "first: 5")
_CATEGORY = "{ id: categoryId name slug etag parent { id: categoryId } }"
_PAGE = """(first: $first, after: $after, last: $last, before: $before, filter: $filter, sort: $sort) {
    edges { node { id: %s } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount @include(if: $total) }"""
_WINDOW = "$first: Int, $after: String, $last: Int, $before: String, $total: Boolean!"
_PRODUCTS = (
    f"query({_WINDOW}, $filter: ProductFilter, $sort: ProductSort)"
    f" {{ list: products{_PAGE[:-1] % 'productId'} correctedQuery }} }}"
)
_CATEGORIES = (
    f"query({_WINDOW}, $filter: CategoryFilter, $sort: CategorySort) {{ list: categories{_PAGE % 'categoryId'} }}"
)
_IN_CATEGORY = (
    f"query($of: ID!, {_WINDOW}, $filter: ProductFilter, $sort: ProductSort)"
    f" {{ category(id: $of) {{ list: products{_PAGE % 'productId'} }} }}"
)
_KEYS = {
    "id": "ID",
    "name": "NAME",
    "price": "PRICE",
    "createdAt": "CREATED_AT",
    "updatedAt": "UPDATED_AT",
    "relevance": "RELEVANCE",
}
_COUNTS = ("created", "updated", "deleted", "failed", "dryRun")
_HUMP = re.compile("(?<=[a-z])(?=[A-Z])")


class Graphql:
    """GraphQL."""

    name = "graphql"
    shows, takes = frozenset(V2.shown), V2.writable

    def __init__(self, service: Service) -> None:
        self.service = service

    async def list(self, **asked: Any) -> Page:
        """A page: `sort`, `size`, `after` or `before` a cursor, `total`; all else narrows it."""
        return _page((await self._run(_PRODUCTS, _variables(asked)))["list"])

    async def list_categories(self, **asked: Any) -> Page:
        """A page of categories."""
        return _page((await self._run(_CATEGORIES, _variables(asked)))["list"])

    async def list_in_category(self, category: int, **asked: Any) -> Page:
        """A page of the products of a category, from the category."""
        answer = await self._run(_IN_CATEGORY, {"of": str(category), **_variables(asked)})
        return _page(answer["category"]["list"])

    async def facets(
        self, names: Sequence[str], most: int, within: int | None = None, **asked: Any
    ) -> Sequence[dict[str, Any]]:
        """The facets of a list, or of that of a category."""
        variables = {"of": names, "most": most, "filter": _variables(asked)["filter"]}
        shown = "facets(of: $of, first: $most) { name values { value label count } min max }"
        field = f"products(first: 1, filter: $filter) {{ {shown} }}"
        if within is not None:
            field = f"category(id: {within}) {{ {field} }}"
        declared = "$of: [String!]!, $most: Int!, $filter: ProductFilter"
        answer = await self._run(f"query({declared}) {{ {field} }}", variables)
        found: Sequence[dict[str, Any]] = (answer if within is None else answer["category"])["products"]["facets"]
        return found

    async def get(self, address: Address) -> Thing:
        """One product."""
        document = f"query($id: ID, $by: ProductBy) {{ product(id: $id, by: $by) {_PRODUCT} }}"
        found = (await self._run(document, _address(address)))["product"]
        if found is None:
            raise Refused("not_found")
        return _product(found)

    async def create(self, **members: Any) -> Thing:
        """Make a product."""
        given = _inputs(members)
        return _product((await self._mutate("createProduct", f"product {_PRODUCT}", given))["product"])

    async def update(self, address: Address, if_match: str | None = None, **members: Any) -> Thing:
        """Change some members of a product."""
        given = {**_address(address), "ifMatch": if_match, **_inputs(members)}
        return _product((await self._mutate("updateProduct", f"product {_PRODUCT}", given))["product"])

    async def put(
        self, at: str, /, if_match: str | None = None, if_none_match: str | None = None, **members: Any
    ) -> Put:
        """Make the product of a sku, or replace it."""
        given = {"sku": at, "ifMatch": if_match, "ifNoneMatch": if_none_match, **_inputs(members)}
        shown = f"created product {_PRODUCT} productEdge {{ node {{ id }} }}"
        payload = await self._mutate("upsertProduct", shown, given)
        assert bool(payload["productEdge"]) is payload["created"]
        return Put(_product(payload["product"]), payload["created"])

    async def batch(self, operations: Sequence[Any], mode: str = "each", key: str | None = None, **members: Any) -> Ran:
        """Run a batch."""
        wanted = [{**one, "op": _HUMP.sub("_", one["op"]).upper()} for one in operations]
        given = {"mode": mode.upper(), "operations": wanted, **members}
        shown = f"results {{ status product {_OF_BATCH} userErrors {{ code field }} }} {' '.join(_COUNTS)}"
        headers = {"idempotency_key": key} if key else {}
        payload = await self._mutate("batchProducts", shown, given, **headers)
        results = [_result_in(result) for result in payload["results"]]
        return Ran(results, {name: payload[name] for name in _COUNTS}, self._replayed)

    async def delete(self, address: Address, if_match: str | None = None) -> None:
        """Delete a product."""
        await self._mutate("deleteProduct", "deletedId", {**_address(address), "ifMatch": if_match})

    async def adjust_stock(self, address: Address, delta: int, **variant: int) -> None:
        """Add to a product's stock, or take from it."""
        await self._mutate("adjustStock", "product { stock }", {**_address(address), "delta": delta, **variant})

    async def set_images(self, product_id: int, images: Any, if_match: str | None = None) -> Any:
        """Put a product's images in order; the images."""
        given = {"id": product_id, "images": images, "ifMatch": if_match}
        return (await self._mutate("setProductImages", f"product {_PRODUCT}", given))["product"]["images"]

    async def create_category(self, **members: Any) -> Thing:
        """Make a category."""
        return _category((await self._mutate("createCategory", f"category {_CATEGORY}", members))["category"])

    async def get_category(self, category_id: int) -> Thing:
        """One category."""
        document = f"query($id: ID!) {{ category(id: $id) {_CATEGORY} }}"
        found = (await self._run(document, {"id": category_id}))["category"]
        if found is None:
            raise Refused("not_found")
        return _category(found)

    async def update_category(self, category_id: int, if_match: str | None = None, **members: Any) -> Thing:
        """Rename or move a category."""
        given = {"id": category_id, "ifMatch": if_match, **members}
        return _category((await self._mutate("updateCategory", f"category {_CATEGORY}", given))["category"])

    async def delete_category(self, category_id: int, if_match: str | None = None) -> None:
        """Delete a category."""
        await self._mutate("deleteCategory", "deletedId", {"id": category_id, "ifMatch": if_match})

    async def _mutate(self, field: str, shown: str, members: dict[str, Any], **headers: str) -> dict[str, Any]:
        kind = f"{field[0].upper()}{field[1:]}Input"
        document = f"mutation($input: {kind}!) {{ it: {field}(input: $input) {{ {shown} userErrors {{ code }} }} }}"
        payload: dict[str, Any] = (await self._run(document, {"input": members}, **headers))["it"]
        codes = {error["code"].lower() for error in payload["userErrors"]}
        if codes:
            raise Refused(codes.pop() if len(codes) == 1 else "validation_failed")
        return payload

    async def _run(self, document: str, variables: dict[str, Any], **headers: str) -> Any:
        answer = await self.service.graphql(document, variables, **headers)
        self._replayed = "idempotency" in answer.get("extensions", {})
        if "errors" in answer:
            raise Refused(answer["errors"][0]["extensions"]["code"].lower())
        return answer["data"] if "data" in answer else _raise(Refused(answer["code"]))


def _result_in(result: dict[str, Any]) -> Result:
    errors = result["userErrors"]
    code = (
        (errors[0]["code"].lower() if len({one["code"] for one in errors}) == 1 else "validation_failed")
        if errors
        else None
    )
    product = result["product"] and _product(result["product"]).members
    return Result(result["status"], product, code, [".".join(one["field"]) for one in errors])


def _address(address: Address) -> dict[str, Any]:
    return {"id": address} if isinstance(address, int) else {"by": {"sku": address}}


def _raise(error: Exception) -> Any:
    raise error


def _variables(asked: dict[str, Any]) -> dict[str, Any]:
    narrowed = dict(asked)
    size, after, before = narrowed.pop("size", 20), narrowed.pop("after", None), narrowed.pop("before", None)
    window = {"last": size, "before": before} if before is not None else {"first": size, "after": after}
    total, sort = narrowed.pop("total", False), narrowed.pop("sort", "id")
    if "attributes" in narrowed:
        narrowed["attributes"] = [{"name": name, **wanted} for name, wanted in narrowed["attributes"].items()]
    if "typos" in narrowed:
        narrowed["typos"] = narrowed["typos"].upper()
    if "category" in narrowed:
        given = narrowed.pop("category")
        narrowed["categories"] = given if isinstance(given, list) else [given]
    if "status" in narrowed:
        narrowed["status"] = [one.upper() for one in narrowed["status"]]
    key = {"by": _KEYS[sort.removeprefix("-")], "direction": "DESC" if sort.startswith("-") else "ASC"}
    return {**window, "total": total, "filter": narrowed or None, "sort": key}


def _page(found: dict[str, Any]) -> Page:
    info = found["pageInfo"]
    return Page(
        [edge["node"]["id"] for edge in found["edges"]],
        info["endCursor"] if info["hasNextPage"] else None,
        info["startCursor"] if info["hasPreviousPage"] else None,
        found.get("totalCount"),
        found.get("correctedQuery"),
    )


def _product(found: dict[str, Any]) -> Thing:
    etag, price = found.pop("etag"), Decimal(found["price"])
    categories = [edge["node"] for edge in found["categories"]["edges"]]
    attributes: dict[str, list[Any]] = {}
    for one in found["attributes"]:
        value = _BOOLEANS.get(one["value"], one["value"]) if one["number"] is None else Decimal(one["value"])
        attributes.setdefault(one["name"], []).append(value)
    values = {name: one[0] if len(one) == 1 else one for name, one in attributes.items()}
    variants = [_variant(edge["node"]) for edge in found["variants"]["edges"]]
    as_rest = {
        **_sold_by(found),
        "variants": variants,
        "price": price,
        "categories": categories,
        "attributes": values,
        "status": found["status"].lower(),
    }
    return Thing({**found, **as_rest}, etag)


def _variant(found: dict[str, Any]) -> dict[str, Any]:
    options = {one["name"]: one["value"] for one in found["options"]}
    return {**found, **_sold_by(found), "price": Decimal(found["price"]), "options": options}


def _sold_by(found: dict[str, Any]) -> dict[str, Any]:
    """What a product or variant may lack, as REST has it."""
    weight, before = found["weight"], found["compareAtPrice"]
    return {
        "compareAtPrice": before and Decimal(before),
        "weight": weight and {"value": Decimal(str(weight["value"])), "unit": weight["unit"].lower()},
    }


_BOOLEANS = {"true": True, "false": False}


def _inputs(members: dict[str, Any]) -> dict[str, Any]:
    """The members as inputs have them: an attribute for each value, words in capitals."""
    if members.get("status") is not None:
        members = {**members, "status": members["status"].upper()}
    if members.get("variants"):
        members = {**members, "variants": list(map(_variant_input, members["variants"]))}
    if members.get("weight"):
        members = {**members, "weight": _weight(members["weight"])}
    given = members.get("attributes")
    if given is None:
        return members
    entries = [
        {"name": name, "value" if isinstance(one, bool | str) else "number": _text(one)}
        for name, value in given.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    return {**members, "attributes": entries}


def _variant_input(members: dict[str, Any]) -> dict[str, Any]:
    given = {**members, "weight": _weight(members["weight"])} if members.get("weight") else members
    if "options" not in members:
        return given
    return {**given, "options": [{"name": name, "value": value} for name, value in members["options"].items()]}


def _weight(members: dict[str, Any]) -> dict[str, Any]:
    return {**members, "unit": members["unit"].upper()} if "unit" in members else members


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _category(found: dict[str, Any]) -> Thing:
    etag, parent = found.pop("etag"), found.pop("parent")
    return Thing({**found, "parentId": parent and parent["id"]}, etag)


Surface = Rest | Graphql


def surfaces(service: Service) -> dict[str, Surface]:
    """Every surface of a service, by name."""
    every: tuple[Surface, ...] = (Rest(service, V1), Rest(service, V2), Graphql(service))
    return {one.name: one for one in every}
