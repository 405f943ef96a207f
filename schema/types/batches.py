"""Batches of operations on products in GraphQL: the input, and the results."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from app.domain.bulk import batches
from app.domain.fields.product_fields import WRITABLE
from schema.errors import UserError
from schema.types import nodes
from schema.types.inputs import BY, ID, IF_MATCH
from schema.types.product import inputs as product_inputs
from schema.types.product.addresses import ProductBy
from schema.types.product.members import input_fields
from schema.types.products import Product

Members = Mapping[str, Any]


@strawberry.enum(description="What an error in one operation does to the rest of a batch.")
class BatchMode(Enum):
    ALL = strawberry.enum_value("all", description="One error rolls back the batch.")
    EACH = strawberry.enum_value("each", description="Every valid operation takes effect.")


@strawberry.enum(description="A kind of operation on a product.")
class BatchOperationKind(Enum):
    CREATE = strawberry.enum_value("create", description="Create `product`.")
    UPSERT = strawberry.enum_value(
        "upsert", description="Create a product with this sku, or replace the product that has it."
    )
    UPDATE = strawberry.enum_value("update", description="Change the members that `product` contains.")
    DELETE = strawberry.enum_value("delete", description="Delete the product.")
    ADJUST_STOCK = strawberry.enum_value("adjustStock", description="Add `delta` to the stock.")


@strawberry.input(description="The members of a product; what is required depends on the operation.")
@input_fields(WRITABLE, patch=True)
class BatchProductInput: ...


@strawberry.input(description="An operation on one product, named by one of `id`, `sku` and `by`.")
class BatchOperationInput:
    op: BatchOperationKind = strawberry.field(description="The kind of operation.")
    id: strawberry.ID | None = strawberry.field(default=UNSET, description=ID)
    sku: str | None = strawberry.field(default=UNSET, description="The product's sku, instead of `id`.")
    by: ProductBy | None = strawberry.field(default=UNSET, description=BY)
    if_match: str | None = strawberry.field(default=UNSET, description=IF_MATCH)
    product: BatchProductInput | None = strawberry.field(default=UNSET, description="The members of the product.")
    delta: int | None = strawberry.field(
        default=UNSET, description="The number to add to the stock; a negative number takes from it. Not 0."
    )


@strawberry.input(description="Operations on products, in their order.")
class BatchProductsInput:
    mode: BatchMode = strawberry.field(description="What an error in one operation does to the rest of the batch.")
    dry_run: bool | None = strawberry.field(default=UNSET, description="Report what would happen; store nothing.")
    operations: list[BatchOperationInput] = strawberry.field(
        description=f"1 to {batches.MAX_OPERATIONS} operations; every 10 of them cost one point, as do"
        " every 500 variants of their products, and every 16 KiB."
    )


@strawberry.type(description="The result of an operation.")
class BatchResult:
    index: int = strawberry.field(description="The place of the operation in the batch, from 0.")
    status: int = strawberry.field(description="The HTTP status that the operation would get as a request of its own.")
    product: Product | None = strawberry.field(
        description="The product after the operation; null if it was deleted or the operation failed. In a dry run new"
        " products and variants have the id 0, and the categories of a product show stored values."
    )
    user_errors: list[UserError] = strawberry.field(description="Why the operation failed; empty on success.")


def _operation(members: Members) -> Members:
    """An operation with REST's members."""
    present = {name: value for name, value in members.items() if value is not None}
    present["op"] = kind = present["op"].value
    if by := present.pop("by", None):
        twice = present.keys() & {"id", "sku"}
        present |= {"id": "", "sku": ""} if twice else by  # which is refused as two addresses
    if "id" in present:
        present["id"] = nodes.local_id(present["id"], "Product")
    if "product" in present:
        present["product"] = _MEMBERS.get(kind, product_inputs.plain)(present["product"])
    return present


_MEMBERS = {"create": product_inputs.creating, "upsert": product_inputs.replacing}


def parse(members: Members) -> batches.Batch:
    """The batch that an input describes; raises `Invalid`."""
    operations = [_operation(one) for one in members["operations"]]
    return batches.parse({"mode": members["mode"].value, "dryRun": members.get("dryRun"), "operations": operations})
