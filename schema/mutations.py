"""The mutations of the catalogue: which command each input stands for, and what its payload shows."""

from functools import partial
from typing import Any

import strawberry
from strawberry import Info

from app.domain import categories as category_domain
from app.domain import commands, orders
from app.domain import products as product_domain
from app.domain.callers import Scope
from app.domain.idempotency import Command
from schema import categories, effects, inputs, nodes, payloads, products
from schema import orders as order_types
from schema.context import Context
from schema.effects import Members, Result
from schema.inputs import Input
from schema.queries import NOUNS

_PRODUCT = Result(NOUNS, products.NOUN, "product", "productEdge", product_domain.Filter())
_CATEGORY = Result(NOUNS, categories.NOUN, "category", "categoryEdge", category_domain.Filter())
_ORDER = Result(NOUNS, order_types.NOUN, "order", "orderEdge")
_WRITE = Scope.CATALOG_WRITE


@strawberry.type(description="What can be changed.")
class Mutation:
    """What can be changed. Each is nullable, so that one failure does not blank the others."""

    @strawberry.mutation(description="Make a product.")
    async def create_product(
        self,
        info: Info[Context, Any],
        input: Input[inputs.CreateProductInput],  # noqa: A002 - the contract's name
    ) -> payloads.CreateProductPayload | None:
        """Make a product."""
        return await effects.run(info, payloads.CreateProductPayload, _PRODUCT, _WRITE, _create_product)

    @strawberry.mutation(description="Change a product.")
    async def update_product(
        self,
        info: Info[Context, Any],
        input: Input[inputs.UpdateProductInput],  # noqa: A002
    ) -> payloads.UpdateProductPayload | None:
        """Change a product."""
        return await effects.run(info, payloads.UpdateProductPayload, _PRODUCT, _WRITE, _update_product)

    @strawberry.mutation(description="Delete a product.")
    async def delete_product(
        self,
        info: Info[Context, Any],
        input: Input[inputs.DeleteProductInput],  # noqa: A002
    ) -> payloads.DeleteProductPayload | None:
        """Delete a product."""
        return await effects.run(info, payloads.DeleteProductPayload, _PRODUCT, _WRITE, _delete_product)

    @strawberry.mutation(description="Add to a product's stock, or take from it; never below 0.")
    async def adjust_stock(
        self,
        info: Info[Context, Any],
        input: Input[inputs.AdjustStockInput],  # noqa: A002
    ) -> payloads.AdjustStockPayload | None:
        """Add to a product's stock, or take from it."""
        return await effects.run(info, payloads.AdjustStockPayload, _PRODUCT, _WRITE, _adjust_stock)

    @strawberry.mutation(description="Make a category.")
    async def create_category(
        self,
        info: Info[Context, Any],
        input: Input[inputs.CreateCategoryInput],  # noqa: A002
    ) -> payloads.CreateCategoryPayload | None:
        """Make a category."""
        return await effects.run(info, payloads.CreateCategoryPayload, _CATEGORY, _WRITE, _create_category)

    @strawberry.mutation(description="Rename or move a category.")
    async def update_category(
        self,
        info: Info[Context, Any],
        input: Input[inputs.UpdateCategoryInput],  # noqa: A002
    ) -> payloads.UpdateCategoryPayload | None:
        """Rename or move a category."""
        return await effects.run(info, payloads.UpdateCategoryPayload, _CATEGORY, _WRITE, _update_category)

    @strawberry.mutation(description="Delete a category that has no children; its products stay.")
    async def delete_category(
        self,
        info: Info[Context, Any],
        input: Input[inputs.DeleteCategoryInput],  # noqa: A002
    ) -> payloads.DeleteCategoryPayload | None:
        """Delete a category."""
        return await effects.run(info, payloads.DeleteCategoryPayload, _CATEGORY, _WRITE, _delete_category)

    @strawberry.mutation(description="Place an order; needs an Idempotency-Key, so that a retry never orders twice.")
    async def place_order(
        self,
        info: Info[Context, Any],
        input: Input[inputs.PlaceOrderInput],  # noqa: A002
    ) -> payloads.PlaceOrderPayload | None:
        """Place an order."""
        order = partial(_place_order, info.context.caller.name)
        result = _ORDER._replace(everything=orders.Filter(info.context.caller.name))
        return await effects.run(info, payloads.PlaceOrderPayload, result, Scope.ORDERS_WRITE, order, key_required=True)

    @strawberry.mutation(description="Cancel an order and put its stock back; once.")
    async def cancel_order(
        self,
        info: Info[Context, Any],
        input: Input[inputs.CancelOrderInput],  # noqa: A002
    ) -> payloads.CancelOrderPayload | None:
        """Cancel an order."""
        cancel = partial(_cancel_order, info.context.caller.name)
        return await effects.run(info, payloads.CancelOrderPayload, _ORDER, Scope.ORDERS_WRITE, cancel)


def _create_product(members: Members) -> Command:
    given = {name: value for name, value in _product(members).items() if value is not None}
    return commands.create_product(product_domain.read(given))


def _update_product(members: Members) -> Command:
    identity, if_match, members = _addressed(members, "Product")
    return commands.change_product(identity, product_domain.read(_product(members), patch=True), if_match)


def _delete_product(members: Members) -> Command:
    identity, if_match, _ = _addressed(members, "Product")
    return commands.remove_product(identity, if_match)


def _adjust_stock(members: Members) -> Command:
    identity, _, members = _addressed(members, "Product")
    return commands.adjust_stock(identity, product_domain.read_delta(members))


def _create_category(members: Members) -> Command:
    return commands.create_category(category_domain.read(_category(members)))


def _update_category(members: Members) -> Command:
    identity, if_match, members = _addressed(members, "Category")
    return commands.change_category(identity, category_domain.read(_category(members), patch=True), if_match)


def _delete_category(members: Members) -> Command:
    identity, if_match, _ = _addressed(members, "Category")
    return commands.remove_category(identity, if_match)


def _place_order(caller: str, members: Members) -> Command:
    items = [{**item, "productId": nodes.local(item["productId"], "Product")} for item in members["items"]]
    return orders.placing(caller, orders.read({**members, "items": items}))


def _cancel_order(caller: str, members: Members) -> Command:
    return orders.cancelling(caller, nodes.local(members["id"], "Order"))


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
