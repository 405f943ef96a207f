"""The surface of REST, in each version."""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import httpx2

from rest.versions import Version
from tests.behaviour.surfaces.results import Address, Page, Put, Ran, Refused, Result, Thing, path_of
from tests.service import Service


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

    async def list_orders(self, **asked: Any) -> Page:
        """A page of the caller's orders."""
        return await self.list("/orders", **asked)

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
