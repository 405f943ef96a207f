"""The inputs of the catalogue's mutations: REST's members under the same names. What is left out is `UNSET`."""

from typing import Annotated, TypeVar

import strawberry
from strawberry import UNSET

from schema.scalars import Amount

T = TypeVar("T")
Input = Annotated[T, strawberry.argument(description="All that it takes; `userErrors` name what is wrong with it.")]

_ID = "A global id or a plain integer."
_IF_MATCH = "The `etag` that it was read with; it is changed only if it was not edited since."


@strawberry.input(description="A product to make.")
class CreateProductInput:
    """A product to make."""

    name: str = strawberry.field(description="1 to 200 characters after trimming.")
    price: Amount = strawberry.field(description="Above 0, with at most the decimals of the currency.")
    currency: str | None = strawberry.field(default=UNSET, description="ISO 4217; USD where it is left out.")
    description: str | None = strawberry.field(default=UNSET, description="At most 10,000 characters.")
    sku: str | None = strawberry.field(default=UNSET, description="At most 64 characters, and unique.")
    stock: int | None = strawberry.field(default=UNSET, description="From 0; null: not counted.")
    category_ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="At most 50 categories.")


@strawberry.input(description="What to change of a product; null puts a member back to its default.")
class UpdateProductInput:
    """What to change of a product."""

    id: strawberry.ID = strawberry.field(description=_ID)
    if_match: str | None = strawberry.field(default=UNSET, description=_IF_MATCH)
    name: str | None = strawberry.field(default=UNSET, description="1 to 200 characters after trimming.")
    price: Amount | None = strawberry.field(
        default=UNSET, description="Above 0, with at most the decimals of the currency."
    )
    currency: str | None = strawberry.field(default=UNSET, description="ISO 4217.")
    description: str | None = strawberry.field(default=UNSET, description="At most 10,000 characters.")
    sku: str | None = strawberry.field(default=UNSET, description="At most 64 characters, and unique.")
    stock: int | None = strawberry.field(default=UNSET, description="From 0; null: not counted.")
    category_ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="All of its categories.")


@strawberry.input(description="A product to delete.")
class DeleteProductInput:
    """A product to delete."""

    id: strawberry.ID = strawberry.field(description=_ID)
    if_match: str | None = strawberry.field(default=UNSET, description=_IF_MATCH)


@strawberry.input(description="A change of a product's stock.")
class AdjustStockInput:
    """A change of a product's stock."""

    id: strawberry.ID = strawberry.field(description=_ID)
    delta: int = strawberry.field(description="How many to add, or to take where it is negative; not 0.")


@strawberry.input(description="What is ordered of one product.")
class OrderItemInput:
    """What is ordered of one product."""

    product_id: strawberry.ID = strawberry.field(description=_ID)
    quantity: int = strawberry.field(description="From 1 to 10,000.")


@strawberry.input(description="An order to place.")
class PlaceOrderInput:
    """An order to place."""

    items: list[OrderItemInput] = strawberry.field(description="1 to 100 items, all priced in one currency.")
    reference: str | None = strawberry.field(default=UNSET, description="Your own word for it, at most 64 characters.")


@strawberry.input(description="An order to cancel.")
class CancelOrderInput:
    """An order to cancel."""

    id: strawberry.ID = strawberry.field(description=_ID)


@strawberry.input(description="A category to make.")
class CreateCategoryInput:
    """A category to make."""

    name: str = strawberry.field(description="1 to 200 characters after trimming, unique among its siblings.")
    parent_id: strawberry.ID | None = strawberry.field(default=UNSET, description="The category above; null: none.")


@strawberry.input(description="What to change of a category.")
class UpdateCategoryInput:
    """What to change of a category."""

    id: strawberry.ID = strawberry.field(description=_ID)
    if_match: str | None = strawberry.field(default=UNSET, description=_IF_MATCH)
    name: str | None = strawberry.field(default=UNSET, description="1 to 200 characters after trimming.")
    parent_id: strawberry.ID | None = strawberry.field(default=UNSET, description="The category above; null: the root.")


@strawberry.input(description="A category to delete.")
class DeleteCategoryInput:
    """A category to delete."""

    id: strawberry.ID = strawberry.field(description=_ID)
    if_match: str | None = strawberry.field(default=UNSET, description=_IF_MATCH)
