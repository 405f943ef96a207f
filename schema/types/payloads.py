"""The payloads of the catalogue's mutations."""

import strawberry

from schema.errors import UserError
from schema.types.batches import BatchResult
from schema.types.categories import Category, CategoryEdge
from schema.types.imports import Import, ImportEdge
from schema.types.orders import Order, OrderEdge
from schema.types.products import Product, ProductEdge

_USER_ERRORS = "Why nothing changed; empty on success."
_OBJECT = "The object after the mutation; null if nothing changed."
_EDGE = "The edge in the list of all objects by id, for a client's cache."


@strawberry.type(description="The payload of every mutation.")
class Payload:
    user_errors: list[UserError] = strawberry.field(description=_USER_ERRORS)


@strawberry.type(description="The payload of a mutation of one product.")
class ProductPayload(Payload):
    product: Product | None = strawberry.field(description=_OBJECT)


@strawberry.type(description="The payload of `updateProduct`.")
class UpdateProductPayload(ProductPayload): ...


@strawberry.type(description="The payload of `adjustStock`.")
class AdjustStockPayload(ProductPayload): ...


@strawberry.type(description="The payload of `setProductImages`.")
class SetProductImagesPayload(ProductPayload): ...


@strawberry.type(description="The payload of `createProduct`.")
class CreateProductPayload(ProductPayload):
    product_edge: ProductEdge | None = strawberry.field(description=_EDGE)


@strawberry.type(description="The payload of `upsertProduct`.")
class UpsertProductPayload(ProductPayload):
    created: bool | None = strawberry.field(description="Whether the product was created; null if nothing changed.")
    product_edge: ProductEdge | None = strawberry.field(description=f"{_EDGE[:-1]}; null if it was not created.")


@strawberry.type(description="The payload of `batchProducts`.")
class BatchProductsPayload(Payload):
    results: list[BatchResult] | None = strawberry.field(
        description="One result for each operation, in the same order; null if the mode is `ALL` and an operation"
        " failed."
    )
    created: int | None = strawberry.field(description="The operations that created a product.")
    updated: int | None = strawberry.field(
        description="The operations that changed a product, or found it with the same values."
    )
    deleted: int | None = strawberry.field(description="The operations that deleted a product.")
    failed: int | None = strawberry.field(description="The operations that failed.")
    dry_run: bool | None = strawberry.field(description="Whether this is a dry run, which stores nothing.")


@strawberry.type(description="The payload of `updateCategory`.")
class UpdateCategoryPayload(Payload):
    category: Category | None = strawberry.field(description=_OBJECT)


@strawberry.type(description="The payload of `createCategory`.")
class CreateCategoryPayload(Payload):
    category: Category | None = strawberry.field(description=_OBJECT)
    category_edge: CategoryEdge | None = strawberry.field(description=_EDGE)


@strawberry.type(description="The payload of `placeOrder`.")
class PlaceOrderPayload(Payload):
    order: Order | None = strawberry.field(description=_OBJECT)
    order_edge: OrderEdge | None = strawberry.field(description=_EDGE)


@strawberry.type(description="The payload of `cancelOrder`.")
class CancelOrderPayload(Payload):
    order: Order | None = strawberry.field(description=_OBJECT)


@strawberry.type(description="The payload of `startImport`.")
class StartImportPayload(Payload):
    import_: Import | None = strawberry.field(name="import", description=_OBJECT)
    import_edge: ImportEdge | None = strawberry.field(description=_EDGE)


@strawberry.type(description="The payload of `cancelImport`.")
class CancelImportPayload(Payload):
    import_: Import | None = strawberry.field(name="import", description=_OBJECT)


@strawberry.type(description="The payload of a deletion.")
class Deletion(Payload):
    deleted_id: strawberry.ID | None = strawberry.field(
        description="The global id of the deleted object; null if there is none."
    )


@strawberry.type(description="The payload of `deleteProduct`.")
class DeleteProductPayload(Deletion): ...


@strawberry.type(description="The payload of `deleteCategory`.")
class DeleteCategoryPayload(Deletion): ...
