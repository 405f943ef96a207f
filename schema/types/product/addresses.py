"""Addresses of products in GraphQL: an id, or exactly one of the keys of `ProductBy`."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from app.domain.addresses import Address, OwnKey
from app.domain.errors import FieldError, Invalid
from schema.execution.type_mapping import Arguments
from schema.types import nodes


@strawberry.input(one_of=True, description="The address of a product: exactly one of these.")
class ProductBy:
    id: strawberry.ID | None = strawberry.field(default=UNSET, description="A global id or a plain integer.")
    sku: str | None = strawberry.field(default=UNSET, description="The sku; case is ignored.")
    slug: str | None = strawberry.field(default=UNSET, description="The slug.")


ById = Annotated[strawberry.ID | None, strawberry.argument(description="A global id, or the integer id of REST.")]
By = Annotated[ProductBy | None, strawberry.argument(description="Another address of the product, instead of `id`.")]


def parse_address(args: Arguments) -> Address:
    """The address in the members `id` and `by` of arguments or of an input; raises `Invalid` unless it is one."""
    product_id, by = args.get("id"), args.get("by")
    if (product_id is None) == (by is None):
        raise Invalid([FieldError((name,), "Send one of `id` and `by`.") for name in ("id", "by")])
    ((kind, key),) = (by or {"id": product_id}).items()
    return nodes.local_id(key, "Product") if kind == "id" else OwnKey(kind, key)
