"""The models of batches: operations on products, and their results."""

from typing import Annotated, Any

from pydantic import Field

from app.domain import models
from app.domain.bulk import batches
from rest.models import Id, Input, Integer, Model, Partial, Sku, Words, example, optional, string
from rest.openapi.models import OperationProblem
from rest.products.models import Delta, Product, ProductPatch
from rest.variants.models import Variant

_OPERATION: dict[str, Any] = {
    "op": "upsert",
    "sku": "WH-30",
    "product": {"name": "Wireless headphones", "price": 129.99},
}
_FAILED: dict[str, Any] = {
    "index": 1,
    "status": 404,
    "problem": {
        "type": "/errors/not_found",
        "title": "It does not exist",
        "status": 404,
        "detail": "There is no such product.",
        "code": "not_found",
        "message": "There is no such product.",
        "details": [{"field": "operations.1.id", "code": "not_found", "message": "There is no such product."}],
    },
}
_RESULT = {"index": 0, "status": 201, "product": {"id": 41, "sku": "WH-30"}}
Count = Annotated[int, Integer(0, batches.MAX_OPERATIONS)]
Place = Annotated[int, Integer(0, batches.MAX_OPERATIONS - 1)]


class BatchOperation(Input):
    """An operation on one product, named by `id` or `sku`; `create` takes neither."""

    model_config = example(_OPERATION)
    op: Annotated[str, Words("BatchOperationKind", batches.KINDS, "A kind of operation.")] = Field(
        description="`create` and `upsert` take a whole `product`, `update` a merge patch, `delete` no"
        " members, `adjustStock` a `delta`. An `upsert` works like PUT at `sku:`."
    )
    id: Id = optional("The product's id.")
    sku: Sku = optional("The product's sku, instead of its id.")
    if_match: Annotated[str, string(0, 1_000)] = optional(
        "An ETag of the product: the operation takes effect only if nothing was edited since."
    )
    product: ProductPatch = optional(
        "The members of the product. To create or replace one, send all that `ProductInput` requires."
    )
    delta: Delta = optional("The number to add to the stock; not 0.")


class BatchInput(Input):
    """Operations on products, in their order."""

    model_config = example({"mode": "each", "operations": [_OPERATION]})
    mode: Annotated[
        str, Words("BatchMode", batches.MODES, "What an error in one operation does to the rest of a batch.")
    ] = Field(description="`all`: one error rolls back the batch. `each`: every valid operation takes effect.")
    dry_run: bool = Field(False, description="Report what would happen; nothing is stored, not even the key.")
    operations: Annotated[list[BatchOperation], Field(min_length=1, max_length=batches.MAX_OPERATIONS)] = Field(
        description="The operations, run in this order."
    )


class BatchVariant(Variant):
    """A variant after an operation."""

    id: Id | None = Field(  # type: ignore[assignment] # a dry run has none
        description="The variant's id; null if a dry run would create it."
    )


class BatchProduct(Partial, Product):
    """A product after an operation, or the members of it that `fields` names."""

    id: Id | None = Field(description="The product's id; null if a dry run would create it.")
    variants: Annotated[list[BatchVariant], Field(max_length=models.MAX_VARIANTS)] = Field(
        description="Its variants, in order."
    )


class BatchResult(Model):
    """The result of an operation."""

    model_config = example(_RESULT)
    index: Place = Field(description="The place of the operation in the batch, from 0.")
    status: Annotated[int, Integer(200, 599)] = Field(
        description="The HTTP status that the operation would get as a request of its own."
    )
    product: BatchProduct = optional("The product; absent if it is deleted or the operation failed.")
    problem: OperationProblem = optional("Why the operation failed; absent on success.")


class BatchResults(Model):
    """The results of the operations of a batch."""

    model_config = example(
        {"results": [_RESULT, _FAILED], "created": 1, "updated": 0, "deleted": 0, "failed": 1, "dryRun": False}
    )
    results: Annotated[list[BatchResult], Field(max_length=batches.MAX_OPERATIONS)] = Field(
        description="One result for each operation, in the same order."
    )
    created: Count = Field(description="The operations that created a product.")
    updated: Count = Field(description="The operations that changed a product, or found it with the same values.")
    deleted: Count = Field(description="The operations that deleted a product.")
    failed: Count = Field(description="The operations that failed.")
    dry_run: bool = Field(description="Whether this is a dry run, which stores nothing.")
