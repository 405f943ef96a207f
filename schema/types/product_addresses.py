"""Addresses of products in GraphQL: an id, or exactly one of the keys of `ProductBy`."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from app.domain.addresses import Address, OwnKey
from app.domain.errors import FieldError, Invalid
from schema.execution.type_mapping import Arguments
from schema.types import nodes


@strawberry.input(one_of=True, description="What a product is addressed by: exactly one of these.")
class ProductBy:
    id: strawberry.ID | None = strawberry.field(default=UNSET, description="A global id or a plain integer.")
    sku: str | None = strawberry.field(default=UNSET, description="The sku; case is ignored.")
    slug: str | None = strawberry.field(default=UNSET, description="The slug.")


ById = Annotated[strawberry.ID | None, strawberry.argument(description="A global id, or the integer id of REST.")]
By = Annotated[ProductBy | None, strawberry.argument(description="Another address of the product, in place of `id`.")]


def read(args: Arguments) -> Address:
    """The address in the members `id` and `by` of arguments or of an input; raises `Invalid` unless it is one."""
    product_id, by = args.get("id"), args.get("by")
    if (product_id is None) == (by is None):
        raise Invalid([FieldError((name,), "Give one of `id` and `by`.") for name in ("id", "by")])
    for kind, key in (by or {"id": product_id}).items():
        return nodes.local(key, "Product") if kind == "id" else OwnKey(kind, key)
    raise AssertionError("an input of one member has one")
