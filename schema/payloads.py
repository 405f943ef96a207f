"""The payloads of the catalogue's mutations."""

from typing import Any

import strawberry
from strawberry import Info

from schema.categories import Category, CategoryEdge
from schema.context import Context, fetched
from schema.effects import Payload
from schema.orders import Order, OrderEdge
from schema.products import Product, ProductEdge

_THING = "It as it is now; null where nothing was done."
_EDGE = "Its edge in the whole list by id, for a client's store."


@strawberry.type(description="What `updateProduct` answers.")
class UpdateProductPayload(Payload):
    """What `updateProduct` answers."""

    @strawberry.field(description=_THING)
    def product(self, info: Info[Context, Any]) -> Product | None:
        """The product as it is now."""
        return fetched(self.children, info)


@strawberry.type(description="What `adjustStock` answers.")
class AdjustStockPayload(Payload):
    """What `adjustStock` answers."""

    @strawberry.field(description=_THING)
    def product(self, info: Info[Context, Any]) -> Product | None:
        """The product as it is now."""
        return fetched(self.children, info)


@strawberry.type(description="What `createProduct` answers.")
class CreateProductPayload(Payload):
    """What `createProduct` answers."""

    @strawberry.field(description=_THING)
    def product(self, info: Info[Context, Any]) -> Product | None:
        """The new product."""
        return fetched(self.children, info)

    @strawberry.field(description=_EDGE)
    def product_edge(self, info: Info[Context, Any]) -> ProductEdge | None:
        """The new product's edge."""
        return fetched(self.children, info)


@strawberry.type(description="What `updateCategory` answers.")
class UpdateCategoryPayload(Payload):
    """What `updateCategory` answers."""

    @strawberry.field(description=_THING)
    def category(self, info: Info[Context, Any]) -> Category | None:
        """The category as it is now."""
        return fetched(self.children, info)


@strawberry.type(description="What `createCategory` answers.")
class CreateCategoryPayload(Payload):
    """What `createCategory` answers."""

    @strawberry.field(description=_THING)
    def category(self, info: Info[Context, Any]) -> Category | None:
        """The new category."""
        return fetched(self.children, info)

    @strawberry.field(description=_EDGE)
    def category_edge(self, info: Info[Context, Any]) -> CategoryEdge | None:
        """The new category's edge."""
        return fetched(self.children, info)


@strawberry.type(description="What `placeOrder` answers.")
class PlaceOrderPayload(Payload):
    """What `placeOrder` answers."""

    @strawberry.field(description=_THING)
    def order(self, info: Info[Context, Any]) -> Order | None:
        """The new order."""
        return fetched(self.children, info)

    @strawberry.field(description=_EDGE)
    def order_edge(self, info: Info[Context, Any]) -> OrderEdge | None:
        """The new order's edge."""
        return fetched(self.children, info)


@strawberry.type(description="What `cancelOrder` answers.")
class CancelOrderPayload(Payload):
    """What `cancelOrder` answers."""

    @strawberry.field(description=_THING)
    def order(self, info: Info[Context, Any]) -> Order | None:
        """The order as it is now."""
        return fetched(self.children, info)


@strawberry.type(description="What a deletion answers.")
class Deletion(Payload):
    """What a deletion answers."""

    @strawberry.field(description="The global id of what was deleted; null where nothing was.")
    def deleted_id(self, info: Info[Context, Any]) -> strawberry.ID | None:
        """The global id of what was deleted."""
        return fetched(self.children, info)


@strawberry.type(description="What `deleteProduct` answers.")
class DeleteProductPayload(Deletion):
    """What `deleteProduct` answers."""


@strawberry.type(description="What `deleteCategory` answers.")
class DeleteCategoryPayload(Deletion):
    """What `deleteCategory` answers."""
