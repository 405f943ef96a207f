"""The three surfaces of the catalogue behind one face, so that one suite runs over all of them.

A product is a dict of REST's members; `shows` names those that a surface can show, `takes` those that it can set.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import httpx2

from rest.versions import V1, V2, Version
from tests.service import Service


class Page(NamedTuple):
    """A page of a list: the ids in order, the cursors that lead on, and the total where it was asked for."""

    ids: list[int]
    next: str | None
    previous: str | None
    total: int | None = None


class Thing(NamedTuple):
    """A product or category as a surface shows it, and its entity tag."""

    members: dict[str, Any]
    etag: str

    @property
    def id(self) -> int:
        """The plain id."""
        return int(self.members["id"])


class Refused(Exception):
    """A refusal, by its code in REST's spelling."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Rest:
    """REST in one version."""

    def __init__(self, service: Service, version: Version) -> None:
        self.service, self.version, self.name = service, version, version.name
        self.shows, self.takes = frozenset(version.shown), version.writable

    async def list(self, path: str = "/products", **asked: Any) -> Page:
        """A page: `sort`, `size`, `after` or `before` a cursor, `total`; all else narrows it."""
        answer = (await self._send("GET", path, params=list(_parameters(asked)))).json()
        ids = [item["id"] for item in answer["items"]]
        return Page(ids, answer["nextCursor"], answer["prevCursor"], answer.get("totalCount"))

    async def list_categories(self, **asked: Any) -> Page:
        """A page of categories."""
        return await self.list("/categories", **asked)

    async def list_in_category(self, category: int, **asked: Any) -> Page:
        """A page of the products of a category, by its own address."""
        return await self.list(f"/categories/{category}/products", **asked)

    async def get(self, product_id: int) -> Thing:
        """One product."""
        return _thing(await self._send("GET", f"/products/{product_id}"))

    async def create(self, **members: Any) -> Thing:
        """Make a product."""
        return _thing(await self._send("POST", "/products", members))

    async def update(self, product_id: int, if_match: str | None = None, **members: Any) -> Thing:
        """Change some members of a product."""
        return _thing(await self._send("PATCH", f"/products/{product_id}", members, if_match))

    async def delete(self, product_id: int, if_match: str | None = None) -> None:
        """Delete a product."""
        await self._send("DELETE", f"/products/{product_id}", if_match=if_match)

    async def adjust_stock(self, product_id: int, delta: int) -> None:
        """Add to a product's stock, or take from it."""
        await self._send("POST", f"/products/{product_id}/stock-adjustments", {"delta": delta})

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
        self, method: str, path: str, value: Any = None, if_match: str | None = None, params: Any = ()
    ) -> httpx2.Response:
        target = str(httpx2.URL(self.version.prefix + path, params=params)) if params else self.version.prefix + path
        response = await self.service.send(method, target, value, **({"if_match": if_match} if if_match else {}))
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
        elif value is not None:
            for one in value if isinstance(value, list) else [value]:
                text = str(one).lower() if isinstance(one, bool) else format(one, "f" if _is_decimal(one) else "")
                yield renamed.get(name, name), text


def _is_decimal(value: object) -> bool:
    return isinstance(value, Decimal)


def _thing(response: httpx2.Response) -> Thing:
    return Thing(json.loads(response.text, parse_float=Decimal), response.headers["etag"])


_PRODUCT = """{ id: productId name price currency description sku stock version createdAt updatedAt etag
    image { url contentType width height bytes }
    categories(first: 50) { edges { node { id: categoryId name } } } }"""
_CATEGORY = "{ id: categoryId name slug etag parent { id: categoryId } }"
_PAGE = """(first: $first, after: $after, last: $last, before: $before, filter: $filter, sort: $sort) {
    edges { node { id: %s } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount @include(if: $total) }"""
_WINDOW = "$first: Int, $after: String, $last: Int, $before: String, $total: Boolean!"
_PRODUCTS = f"query({_WINDOW}, $filter: ProductFilter, $sort: ProductSort) {{ list: products{_PAGE % 'productId'} }}"
_CATEGORIES = (
    f"query({_WINDOW}, $filter: CategoryFilter, $sort: CategorySort) {{ list: categories{_PAGE % 'categoryId'} }}"
)
_IN_CATEGORY = (
    f"query($of: ID!, {_WINDOW}, $filter: ProductFilter, $sort: ProductSort)"
    f" {{ category(id: $of) {{ list: products{_PAGE % 'productId'} }} }}"
)
_KEYS = {"id": "ID", "name": "NAME", "price": "PRICE", "createdAt": "CREATED_AT", "updatedAt": "UPDATED_AT"}


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

    async def get(self, product_id: int) -> Thing:
        """One product."""
        found = (await self._run(f"query($id: ID!) {{ product(id: $id) {_PRODUCT} }}", {"id": product_id}))["product"]
        if found is None:
            raise Refused("not_found")
        return _product(found)

    async def create(self, **members: Any) -> Thing:
        """Make a product."""
        return _product((await self._mutate("createProduct", f"product {_PRODUCT}", members))["product"])

    async def update(self, product_id: int, if_match: str | None = None, **members: Any) -> Thing:
        """Change some members of a product."""
        given = {"id": product_id, "ifMatch": if_match, **members}
        return _product((await self._mutate("updateProduct", f"product {_PRODUCT}", given))["product"])

    async def delete(self, product_id: int, if_match: str | None = None) -> None:
        """Delete a product."""
        await self._mutate("deleteProduct", "deletedId", {"id": product_id, "ifMatch": if_match})

    async def adjust_stock(self, product_id: int, delta: int) -> None:
        """Add to a product's stock, or take from it."""
        await self._mutate("adjustStock", "product { stock }", {"id": product_id, "delta": delta})

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

    async def _mutate(self, field: str, shown: str, members: dict[str, Any]) -> dict[str, Any]:
        kind = f"{field[0].upper()}{field[1:]}Input"
        document = f"mutation($input: {kind}!) {{ it: {field}(input: $input) {{ {shown} userErrors {{ code }} }} }}"
        payload: dict[str, Any] = (await self._run(document, {"input": members}))["it"]
        codes = {error["code"].lower() for error in payload["userErrors"]}
        if codes:
            raise Refused(codes.pop() if len(codes) == 1 else "validation_failed")
        return payload

    async def _run(self, document: str, variables: dict[str, Any]) -> Any:
        answer = await self.service.graphql(document, variables)
        if "errors" in answer:
            raise Refused(answer["errors"][0]["extensions"]["code"].lower())
        return answer["data"] if "data" in answer else _raise(Refused(answer["code"]))


def _raise(error: Exception) -> Any:
    raise error


def _variables(asked: dict[str, Any]) -> dict[str, Any]:
    narrowed = dict(asked)
    size, after, before = narrowed.pop("size", 20), narrowed.pop("after", None), narrowed.pop("before", None)
    window = {"last": size, "before": before} if before is not None else {"first": size, "after": after}
    total, sort = narrowed.pop("total", False), narrowed.pop("sort", "id")
    if "category" in narrowed:
        given = narrowed.pop("category")
        narrowed["categories"] = given if isinstance(given, list) else [given]
    key = {"by": _KEYS[sort.removeprefix("-")], "direction": "DESC" if sort.startswith("-") else "ASC"}
    return {**window, "total": total, "filter": narrowed or None, "sort": key}


def _page(found: dict[str, Any]) -> Page:
    info = found["pageInfo"]
    return Page(
        [edge["node"]["id"] for edge in found["edges"]],
        info["endCursor"] if info["hasNextPage"] else None,
        info["startCursor"] if info["hasPreviousPage"] else None,
        found.get("totalCount"),
    )


def _product(found: dict[str, Any]) -> Thing:
    etag, price = found.pop("etag"), Decimal(found["price"])
    categories = [edge["node"] for edge in found["categories"]["edges"]]
    return Thing({**found, "price": price, "categories": categories}, etag)


def _category(found: dict[str, Any]) -> Thing:
    etag, parent = found.pop("etag"), found.pop("parent")
    return Thing({**found, "parentId": parent and parent["id"]}, etag)


Surface = Rest | Graphql


def surfaces(service: Service) -> dict[str, Surface]:
    """Every surface of a service, by name."""
    every: tuple[Surface, ...] = (Rest(service, V1), Rest(service, V2), Graphql(service))
    return {one.name: one for one in every}
