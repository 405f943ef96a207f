"""The surface of GraphQL."""

from collections.abc import Sequence
from typing import Any

from rest.versions import V2
from schema.types.product.members import leaves
from tests.behaviour.surfaces.graphql_values import (
    address_of,
    category_of,
    inputs_of,
    operation_of,
    page_of,
    product_of,
    result_of,
    throw,
    variables_of,
)
from tests.behaviour.surfaces.results import Address, Page, Put, Ran, Refused, Thing
from tests.service import Service

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
_ORDERS = f"query({_WINDOW}, $filter: OrderFilter, $sort: OrderSort) {{ list: orders{_PAGE % 'orderId'} }}"
_IN_CATEGORY = (
    f"query($of: ID!, {_WINDOW}, $filter: ProductFilter, $sort: ProductSort)"
    f" {{ category(id: $of) {{ list: products{_PAGE % 'productId'} }} }}"
)
_COUNTS = ("created", "updated", "deleted", "failed", "dryRun")


class Graphql:
    """GraphQL."""

    name = "graphql"
    shows, takes = frozenset(V2.shown), V2.writable

    def __init__(self, service: Service) -> None:
        self.service = service

    async def list(self, **asked: Any) -> Page:
        """A page: `sort`, `size`, `after` or `before` a cursor, `total`; all else narrows it."""
        return page_of((await self._run(_PRODUCTS, variables_of(asked)))["list"])

    async def list_categories(self, **asked: Any) -> Page:
        """A page of categories."""
        return page_of((await self._run(_CATEGORIES, variables_of(asked)))["list"])

    async def list_orders(self, **asked: Any) -> Page:
        """A page of the caller's orders."""
        return page_of((await self._run(_ORDERS, variables_of(asked)))["list"])

    async def list_in_category(self, category: int, **asked: Any) -> Page:
        """A page of the products of a category, from the category."""
        answer = await self._run(_IN_CATEGORY, {"of": str(category), **variables_of(asked)})
        return page_of(answer["category"]["list"])

    async def facets(
        self, names: Sequence[str], most: int, within: int | None = None, **asked: Any
    ) -> Sequence[dict[str, Any]]:
        """The facets of a list, or of that of a category."""
        variables = {"of": names, "most": most, "filter": variables_of(asked)["filter"]}
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
        found = (await self._run(document, address_of(address)))["product"]
        if found is None:
            raise Refused("not_found")
        return product_of(found)

    async def create(self, **members: Any) -> Thing:
        """Make a product."""
        given = inputs_of(members)
        return product_of((await self._mutate("createProduct", f"product {_PRODUCT}", given))["product"])

    async def update(self, address: Address, if_match: str | None = None, **members: Any) -> Thing:
        """Change some members of a product."""
        given = {**address_of(address), "ifMatch": if_match, **inputs_of(members)}
        return product_of((await self._mutate("updateProduct", f"product {_PRODUCT}", given))["product"])

    async def put(
        self, at: str, /, if_match: str | None = None, if_none_match: str | None = None, **members: Any
    ) -> Put:
        """Make the product of a sku, or replace it."""
        given = {"sku": at, "ifMatch": if_match, "ifNoneMatch": if_none_match, **inputs_of(members)}
        shown = f"created product {_PRODUCT} productEdge {{ node {{ id }} }}"
        payload = await self._mutate("upsertProduct", shown, given)
        assert bool(payload["productEdge"]) is payload["created"]
        return Put(product_of(payload["product"]), payload["created"])

    async def batch(self, operations: Sequence[Any], mode: str = "each", key: str | None = None, **members: Any) -> Ran:
        """Run a batch."""
        wanted = [operation_of(one) for one in operations]
        given = {"mode": mode.upper(), "operations": wanted, **members}
        shown = f"results {{ status product {_OF_BATCH} userErrors {{ code field }} }} {' '.join(_COUNTS)}"
        headers = {"idempotency_key": key} if key else {}
        payload = await self._mutate("batchProducts", shown, given, **headers)
        results = [result_of(result) for result in payload["results"]]
        return Ran(results, {name: payload[name] for name in _COUNTS}, self._replayed)

    async def delete(self, address: Address, if_match: str | None = None) -> None:
        """Delete a product."""
        await self._mutate("deleteProduct", "deletedId", {**address_of(address), "ifMatch": if_match})

    async def adjust_stock(self, address: Address, delta: int, **variant: int) -> None:
        """Add to a product's stock, or take from it."""
        await self._mutate("adjustStock", "product { stock }", {**address_of(address), "delta": delta, **variant})

    async def set_images(self, product_id: int, images: Any, if_match: str | None = None) -> Any:
        """Put a product's images in order; the images."""
        given = {"id": product_id, "images": images, "ifMatch": if_match}
        return (await self._mutate("setProductImages", f"product {_PRODUCT}", given))["product"]["images"]

    async def create_category(self, **members: Any) -> Thing:
        """Make a category."""
        return category_of((await self._mutate("createCategory", f"category {_CATEGORY}", members))["category"])

    async def get_category(self, category_id: int) -> Thing:
        """One category."""
        document = f"query($id: ID!) {{ category(id: $id) {_CATEGORY} }}"
        found = (await self._run(document, {"id": category_id}))["category"]
        if found is None:
            raise Refused("not_found")
        return category_of(found)

    async def update_category(self, category_id: int, if_match: str | None = None, **members: Any) -> Thing:
        """Rename or move a category."""
        given = {"id": category_id, "ifMatch": if_match, **members}
        return category_of((await self._mutate("updateCategory", f"category {_CATEGORY}", given))["category"])

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
        return answer["data"] if "data" in answer else throw(Refused(answer["code"]))
