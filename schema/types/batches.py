"""Batches of operations on products in GraphQL: the input, and the results."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from app.domain.bulk import batches
from app.domain.catalogue.product_fields import WRITABLE
from schema.errors import UserError
from schema.types import nodes, product_inputs
from schema.types.inputs import BY, ID, IF_MATCH
from schema.types.product_addresses import ProductBy
from schema.types.product_members import input_fields
from schema.types.products import Product

Members = Mapping[str, Any]


@strawberry.enum(description="The effect of a fault on the rest of a batch.")
class BatchMode(Enum):
    ALL = strawberry.enum_value("all", description="One fault undoes the batch.")
    EACH = strawberry.enum_value("each", description="The operations without a fault take effect.")


@strawberry.enum(description="A kind of operation on a product.")
class BatchOperationKind(Enum):
    CREATE = strawberry.enum_value("create", description="Create `product`.")
    UPSERT = strawberry.enum_value("upsert", description="Create the product of a sku, or replace the one that has it.")
    UPDATE = strawberry.enum_value("update", description="Change the members that `product` has.")
    DELETE = strawberry.enum_value("delete", description="Delete the product.")
    ADJUST_STOCK = strawberry.enum_value("adjustStock", description="Add `delta` to the stock.")


@strawberry.input(description="The members of a product; what is required depends on the operation.")
@input_fields(WRITABLE, patch=True)
class BatchProductInput: ...


@strawberry.input(description="An operation on one product, which one of `id`, `sku` and `by` addresses.")
class BatchOperationInput:
    op: BatchOperationKind = strawberry.field(description="The kind of operation.")
    id: strawberry.ID | None = strawberry.field(default=UNSET, description=ID)
    sku: str | None = strawberry.field(default=UNSET, description="A sku of the product, in place of `id`.")
    by: ProductBy | None = strawberry.field(default=UNSET, description=BY)
    if_match: str | None = strawberry.field(default=UNSET, description=IF_MATCH)
    product: BatchProductInput | None = strawberry.field(default=UNSET, description="The members of the product.")
    delta: int | None = strawberry.field(
        default=UNSET, description="The number to add to the stock; negative to take from it; not 0."
    )


@strawberry.input(description="Operations on products, in their order.")
class BatchProductsInput:
    mode: BatchMode = strawberry.field(description="The effect of a fault on the rest of the batch.")
    dry_run: bool | None = strawberry.field(default=UNSET, description="Report what would happen; store nothing.")
    operations: list[BatchOperationInput] = strawberry.field(
        description=f"1 to {batches.MAX_OPERATIONS} operations; each 10 of them cost a point."
    )


@strawberry.type(description="The result of an operation.")
class BatchResult:
    index: int = strawberry.field(description="The place of the operation in the batch, from 0.")
    status: int = strawberry.field(description="The HTTP status of the same operation alone.")
    product: Product | None = strawberry.field(
        description="The product after it; null if it is deleted or the operation failed. One that a dry run would"
        " create has the id 0; what stands below a product is read as it is stored."
    )
    user_errors: list[UserError] = strawberry.field(description="Why it had no effect; empty if it had.")


def _operation(members: Members) -> Members:
    """An operation as REST has it."""
    given = {name: value for name, value in members.items() if value is not None}
    given["op"] = kind = getattr(given["op"], "value", given["op"])
    if by := given.pop("by", None):
        twice = given.keys() & {"id", "sku"}
        given |= {"id": "", "sku": ""} if twice else by  # which is refused as two addresses
    if "id" in given:
        given["id"] = nodes.local(given["id"], "Product")
    if "product" in given:
        given["product"] = _MEMBERS.get(kind, product_inputs.plain)(given["product"])
    return given


_MEMBERS = {"create": product_inputs.creating, "upsert": product_inputs.replacing}


def parse(members: Members) -> batches.Batch:
    """The batch that an input describes; raises `Invalid`."""
    mode = members["mode"]
    operations = [_operation(one) for one in members["operations"]]
    return batches.parse(
        {"mode": getattr(mode, "value", mode), "dryRun": members.get("dryRun"), "operations": operations}
    )
