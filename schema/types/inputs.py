"""The inputs of the catalogue's mutations: REST's members under the same names; omitted members are `UNSET`."""

from typing import Annotated, TypeVar

import strawberry
from strawberry import UNSET

from app.domain.fields.product_fields import WRITABLE
from app.domain.file_models import MAX_ALT, MAX_IMAGES
from app.domain.models import MAX_NAME
from app.domain.orders.models import MAX_LINES, MAX_QUANTITY, MAX_REFERENCE
from schema.types.product.addresses import ProductBy
from schema.types.product.members import input_fields

T = TypeVar("T")
Input = Annotated[T, strawberry.argument(description="The input; `userErrors` names its errors.")]

ID = "A global id or a plain integer."
BY = "Another address, instead of `id`."
IF_MATCH = "The `etag` that you read; the mutation fails if the object was edited since."


@strawberry.input(description="An object, named by its id.")
class IdInput:
    id: strawberry.ID = strawberry.field(description=ID)


@strawberry.input(description="A product, named by one of `id` and `by`.")
class ProductAddressInput:
    id: strawberry.ID | None = strawberry.field(default=UNSET, description=ID)
    by: ProductBy | None = strawberry.field(default=UNSET, description=BY)


@strawberry.input(description="An edit of a product.")
class ProductEditInput(ProductAddressInput):
    if_match: str | None = strawberry.field(default=UNSET, description=IF_MATCH)


@strawberry.input(description="A product to create; omitted members get their defaults.")
@input_fields(WRITABLE)
class CreateProductInput: ...


@strawberry.input(
    description="The members of a product to change; null resets a member to its default. A list replaces the whole"
    " stored one, also the list of attributes."
)
@input_fields(WRITABLE, patch=True)
class UpdateProductInput(ProductEditInput): ...


@strawberry.input(description="A product to create or replace, named by its sku; omitted members get their defaults.")
@input_fields([name for name in WRITABLE if name != "sku"])
class UpsertProductInput:
    sku: str = strawberry.field(
        description="The sku. The product that has it is replaced; if there is none, one is created."
    )
    if_match: str | None = strawberry.field(default=UNSET, description=IF_MATCH)
    if_none_match: str | None = strawberry.field(
        default=UNSET, description="`*`: the mutation fails if a product has the sku."
    )


@strawberry.input(description="A product to delete.")
class DeleteProductInput(ProductEditInput): ...


@strawberry.input(description="An image of the product.")
class PlacedImageInput(IdInput):
    alt: str | None = strawberry.field(
        default=UNSET,
        description=f"The new alternative text, at most {MAX_ALT} characters; null removes it, and it stays if"
        f" omitted.",
    )


@strawberry.input(description="The new list of a product's images. Files are uploaded over REST.")
class SetProductImagesInput(ProductEditInput):
    images: list[PlacedImageInput] = strawberry.field(
        description=f"At most {MAX_IMAGES} of its images, in their new order; omitted images are removed."
    )


@strawberry.input(description="A change of a product's stock.")
class AdjustStockInput(ProductAddressInput):
    delta: int = strawberry.field(description="The number to add to the stock; a negative number takes from it. Not 0.")
    variant_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description=f"The variant of the product; its first by default. {ID}"
    )


@strawberry.input(description="A variant, named by one of `productId`, `variantId` and `sku`, and its quantity.")
class OrderItemInput:
    product_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description=f"The product, which has one variant. {ID}"
    )
    variant_id: strawberry.ID | None = strawberry.field(default=UNSET, description=f"The variant. {ID}")
    sku: str | None = strawberry.field(default=UNSET, description="The sku of the variant; case is ignored.")
    quantity: int = strawberry.field(description=f"From 1 to {MAX_QUANTITY:,}.")


@strawberry.input(description="An order to place.")
class PlaceOrderInput:
    items: list[OrderItemInput] = strawberry.field(description=f"1 to {MAX_LINES} items, all priced in one currency.")
    reference: str | None = strawberry.field(
        default=UNSET, description=f"Your reference, at most {MAX_REFERENCE} characters."
    )


@strawberry.input(description="An order to cancel.")
class CancelOrderInput(IdInput): ...


@strawberry.input(description="A category to create.")
class CreateCategoryInput:
    name: str = strawberry.field(description=f"1 to {MAX_NAME} characters after trimming, unique among its siblings.")
    parent_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The parent category; null for a root category."
    )


@strawberry.input(description="The members of a category to change.")
class UpdateCategoryInput(IdInput):
    if_match: str | None = strawberry.field(default=UNSET, description=IF_MATCH)
    name: str | None = strawberry.field(default=UNSET, description=f"1 to {MAX_NAME} characters after trimming.")
    parent_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The parent category; null moves it to the root."
    )


@strawberry.input(description="A category to delete.")
class DeleteCategoryInput(IdInput):
    if_match: str | None = strawberry.field(default=UNSET, description=IF_MATCH)
