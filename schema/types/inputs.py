"""The inputs of the catalogue's mutations: REST's members under the same names. What is left out is `UNSET`."""

from typing import Annotated, TypeVar

import strawberry
from strawberry import UNSET

from app.domain.catalogue.product_fields import WRITABLE
from app.domain.file_models import MAX_ALT, MAX_IMAGES
from schema.types.product_addresses import ProductBy
from schema.types.product_members import input_fields

T = TypeVar("T")
Input = Annotated[T, strawberry.argument(description="The input; `userErrors` name its faults.")]

ID = "A global id or a plain integer."
BY = "Another address, in place of `id`."
IF_MATCH = "The `etag` that you have read; the mutation fails if there was an edit since."


@strawberry.input(description="A product to create; members that are left out get their defaults.")
@input_fields(WRITABLE)
class CreateProductInput: ...


@strawberry.input(description="The changes of a product; null resets a member to its default.")
@input_fields(WRITABLE, patch=True)
class UpdateProductInput:
    id: strawberry.ID | None = strawberry.field(default=UNSET, description=ID)
    by: ProductBy | None = strawberry.field(default=UNSET, description=BY)
    if_match: str | None = strawberry.field(default=UNSET, description=IF_MATCH)


@strawberry.input(description="The product of a sku; members that are left out get their defaults.")
@input_fields([name for name in WRITABLE if name != "sku"])
class UpsertProductInput:
    sku: str = strawberry.field(description="The sku. The product that has it is replaced, else one is created.")
    if_match: str | None = strawberry.field(default=UNSET, description=IF_MATCH)
    if_none_match: str | None = strawberry.field(
        default=UNSET, description="`*`: the mutation fails if a product has the sku."
    )


@strawberry.input(description="A product to delete.")
class DeleteProductInput:
    id: strawberry.ID | None = strawberry.field(default=UNSET, description=ID)
    by: ProductBy | None = strawberry.field(default=UNSET, description=BY)
    if_match: str | None = strawberry.field(default=UNSET, description=IF_MATCH)


@strawberry.input(description="An image of the product.")
class PlacedImageInput:
    id: strawberry.ID = strawberry.field(description=ID)
    alt: str | None = strawberry.field(
        default=UNSET,
        description=f"Another alternative text, at most {MAX_ALT} characters; null removes it, left out it stays.",
    )


@strawberry.input(description="The images that a product is to have. Files go over REST.")
class SetProductImagesInput:
    id: strawberry.ID | None = strawberry.field(default=UNSET, description=ID)
    by: ProductBy | None = strawberry.field(default=UNSET, description=BY)
    if_match: str | None = strawberry.field(default=UNSET, description=IF_MATCH)
    images: list[PlacedImageInput] = strawberry.field(
        description=f"At most {MAX_IMAGES} that it has, in their new order; those that are left out are removed."
    )


@strawberry.input(description="A change of a product's stock.")
class AdjustStockInput:
    id: strawberry.ID | None = strawberry.field(default=UNSET, description=ID)
    by: ProductBy | None = strawberry.field(default=UNSET, description=BY)
    delta: int = strawberry.field(description="The number to add to the stock; negative to take from it; not 0.")
    variant_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description=f"The variant of the product; its first by default. {ID}"
    )


@strawberry.input(description="A variant and its quantity: one of `productId`, `variantId` and `sku` names it.")
class OrderItemInput:
    product_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description=f"The product, which has one variant. {ID}"
    )
    variant_id: strawberry.ID | None = strawberry.field(default=UNSET, description=f"The variant. {ID}")
    sku: str | None = strawberry.field(default=UNSET, description="The sku of the variant; case is ignored.")
    quantity: int = strawberry.field(description="From 1 to 10,000.")


@strawberry.input(description="An order to place.")
class PlaceOrderInput:
    items: list[OrderItemInput] = strawberry.field(description="1 to 100 items, all priced in one currency.")
    reference: str | None = strawberry.field(default=UNSET, description="Your own reference, at most 64 characters.")


@strawberry.input(description="An order to cancel.")
class CancelOrderInput:
    id: strawberry.ID = strawberry.field(description=ID)


@strawberry.input(description="A category to create.")
class CreateCategoryInput:
    name: str = strawberry.field(description="1 to 200 characters after trimming, unique among its siblings.")
    parent_id: strawberry.ID | None = strawberry.field(default=UNSET, description="The category above; null: none.")


@strawberry.input(description="The changes of a category.")
class UpdateCategoryInput:
    id: strawberry.ID = strawberry.field(description=ID)
    if_match: str | None = strawberry.field(default=UNSET, description=IF_MATCH)
    name: str | None = strawberry.field(default=UNSET, description="1 to 200 characters after trimming.")
    parent_id: strawberry.ID | None = strawberry.field(default=UNSET, description="The category above; null: the root.")


@strawberry.input(description="A category to delete.")
class DeleteCategoryInput:
    id: strawberry.ID = strawberry.field(description=ID)
    if_match: str | None = strawberry.field(default=UNSET, description=IF_MATCH)
