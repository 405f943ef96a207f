"""The mutations of the catalogue: what each does with its input, and what its payload shows."""

from typing import Any

import strawberry
from strawberry import Info

from app.domain import categories as category_domain
from app.domain import products as product_domain
from app.domain.unit import Unit
from schema import categories, effects, inputs, nodes, payloads, products
from schema.context import Context
from schema.effects import Members, Result
from schema.queries import NOUNS

_PRODUCT = Result(products.NOUN, "product", "productEdge", product_domain.Filter())
_CATEGORY = Result(categories.NOUN, "category", "categoryEdge", category_domain.Filter())


@strawberry.type(description="What can be changed.")
class Mutation:
    """What can be changed. Each is nullable, so that one failure does not blank the others."""

    @strawberry.mutation(description="Make a product.")
    async def create_product(
        self,
        info: Info[Context, Any],
        input: inputs.CreateProductInput,  # noqa: A002 - the contract's name
    ) -> payloads.CreateProductPayload | None:
        """Make a product."""
        return await effects.run(info, payloads.CreateProductPayload, _PRODUCT, NOUNS, _create_product)

    @strawberry.mutation(description="Change a product.")
    async def update_product(
        self,
        info: Info[Context, Any],
        input: inputs.UpdateProductInput,  # noqa: A002
    ) -> payloads.UpdateProductPayload | None:
        """Change a product."""
        return await effects.run(info, payloads.UpdateProductPayload, _PRODUCT, NOUNS, _update_product)

    @strawberry.mutation(description="Delete a product.")
    async def delete_product(
        self,
        info: Info[Context, Any],
        input: inputs.DeleteProductInput,  # noqa: A002
    ) -> payloads.DeleteProductPayload | None:
        """Delete a product."""
        return await effects.run(info, payloads.DeleteProductPayload, _PRODUCT, NOUNS, _delete_product)

    @strawberry.mutation(description="Add to a product's stock, or take from it; never below 0.")
    async def adjust_stock(
        self,
        info: Info[Context, Any],
        input: inputs.AdjustStockInput,  # noqa: A002
    ) -> payloads.AdjustStockPayload | None:
        """Add to a product's stock, or take from it."""
        return await effects.run(info, payloads.AdjustStockPayload, _PRODUCT, NOUNS, _adjust_stock)

    @strawberry.mutation(description="Make a category.")
    async def create_category(
        self,
        info: Info[Context, Any],
        input: inputs.CreateCategoryInput,  # noqa: A002
    ) -> payloads.CreateCategoryPayload | None:
        """Make a category."""
        return await effects.run(info, payloads.CreateCategoryPayload, _CATEGORY, NOUNS, _create_category)

    @strawberry.mutation(description="Rename or move a category.")
    async def update_category(
        self,
        info: Info[Context, Any],
        input: inputs.UpdateCategoryInput,  # noqa: A002
    ) -> payloads.UpdateCategoryPayload | None:
        """Rename or move a category."""
        return await effects.run(info, payloads.UpdateCategoryPayload, _CATEGORY, NOUNS, _update_category)

    @strawberry.mutation(description="Delete a category that has no children; its products stay.")
    async def delete_category(
        self,
        info: Info[Context, Any],
        input: inputs.DeleteCategoryInput,  # noqa: A002
    ) -> payloads.DeleteCategoryPayload | None:
        """Delete a category."""
        return await effects.run(info, payloads.DeleteCategoryPayload, _CATEGORY, NOUNS, _delete_category)


async def _create_product(unit: Unit, members: Members) -> int:
    given = {name: value for name, value in _product(members).items() if value is not None}
    return await product_domain.create(unit, product_domain.read(given))


async def _update_product(unit: Unit, members: Members) -> int:
    identity, if_match, members = _addressed(members, "Product")
    edit = product_domain.read(_product(members), patch=True)
    await product_domain.change(unit, identity, edit, if_match)
    return identity


async def _delete_product(unit: Unit, members: Members) -> int:
    identity, if_match, _ = _addressed(members, "Product")
    await product_domain.remove(unit, identity, if_match)
    return identity


async def _adjust_stock(unit: Unit, members: Members) -> int:
    identity, _, members = _addressed(members, "Product")
    await product_domain.adjust_stock(unit, identity, product_domain.read_delta(members))
    return identity


async def _create_category(unit: Unit, members: Members) -> int:
    return await category_domain.create(unit, category_domain.Draft(**category_domain.read(_category(members))))


async def _update_category(unit: Unit, members: Members) -> int:
    identity, if_match, members = _addressed(members, "Category")
    await category_domain.change(unit, identity, category_domain.read(_category(members), patch=True), if_match)
    return identity


async def _delete_category(unit: Unit, members: Members) -> int:
    identity, if_match, _ = _addressed(members, "Category")
    await category_domain.remove(unit, identity, if_match)
    return identity


def _addressed(members: Members, type_name: str) -> tuple[int, str | None, Members]:
    """The plain id and the condition of an input, and its other members."""
    rest = {name: value for name, value in members.items() if name not in {"id", "ifMatch"}}
    return nodes.local(members["id"], type_name), members.get("ifMatch"), rest


def _product(members: Members) -> Members:
    """The members with plain ids of categories, as REST has them."""
    ids = members.get("categoryIds")
    return members if ids is None else {**members, "categoryIds": [nodes.local(i, "Category") for i in ids]}


def _category(members: Members) -> Members:
    parent = members.get("parentId")
    return members if parent is None else {**members, "parentId": nodes.local(parent, "Category")}
