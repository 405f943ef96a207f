"""The members of products as GraphQL fields, from the domain's table (`product_fields`)."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, TypeVar

import strawberry
from strawberry import UNSET

from app.domain import models, money
from app.domain.fields import attributes
from app.domain.fields.member_types import (
    Attributes,
    Choice,
    Currency,
    Gtin,
    Ids,
    Integer,
    Names,
    Options,
    Price,
    Shown,
    Sku,
    Slug,
    Text,
    Type,
    Variants,
    Weight,
)
from app.domain.fields.product_fields import BY_NAME, SHOWN, Member
from schema.execution.type_mapping import Leaf, LeafList
from schema.types.attributes import AttributeInput
from schema.types.scalars import Amount, Time, rfc3339
from schema.types.variants import ProductOptionInput, VariantInput
from schema.types.weights import WeightInput

C = TypeVar("C", bound=type[Any])


@strawberry.enum(description="Whether a product is for sale.")
class ProductStatus(Enum):
    ACTIVE = strawberry.enum_value(models.ACTIVE, description="For sale; everyone sees it.")
    DRAFT = strawberry.enum_value(models.DRAFT, description="Not for sale yet; callers with `catalog:write` see it.")
    ARCHIVED = strawberry.enum_value(
        models.ARCHIVED, description="No longer for sale; callers with `catalog:write` see it."
    )


def graphql_type(of: Type) -> Any:
    """The type of a field; None if the table does not decide it, as for an image."""
    match of:
        case Text() | Sku() | Gtin() | Currency() | Slug():
            return str
        case Names():
            return list[str]
        case Choice():
            return ProductStatus
        case Integer():
            return int
        case Price():
            return Amount
        case Ids():
            return list[strawberry.ID]
        case Shown(kind="time"):
            return Time
        case Shown(kind="version"):
            return int
        case Shown() | Weight() | Attributes() | Options() | Variants():
            return None
    raise TypeError(of)


def output_fields() -> Callable[[C], C]:
    """Add a field to the type of products for each shown scalar member; the type declares objects and connections."""

    def decorate(cls: C) -> C:
        for member in _LEAVES:
            kind = graphql_type(member.type)
            cls.__annotations__[member.attribute] = kind | None if member.nullable else kind
            setattr(cls, member.attribute, strawberry.field(description=member.description))
        return cls

    return decorate


def leaves() -> Mapping[str, Leaf | LeafList]:
    """The columns and conversions of those fields."""
    return {member.name: _leaf(member) for member in _LEAVES}


def _leaf(member: Member) -> Leaf | LeafList:
    match member.type:
        case Price():
            return Leaf((member.name, "currency"), money.text_if_any if member.nullable else money.text)
        case Shown(kind="time"):
            return Leaf((member.name,), rfc3339)
        case Choice():
            return Leaf((member.name,), str.upper)
        case Text(high=high) | Slug(high=high):
            return Leaf((member.name,), size=6 * high)
        case Names(most=most, high=high):
            return LeafList(member.name, most * 6 * high)
    return Leaf((member.name,))


_LEAVES = [member for member in map(BY_NAME.__getitem__, SHOWN) if graphql_type(member.type) is not None]


def description(member: Member) -> str:  # noqa: C901 - a table
    """The member's description with its bounds, which the schema cannot state otherwise."""
    match member.type:
        case Text(low=low, high=high):
            bounds = f"{low} to {high:,} characters." if low else f"At most {high:,} characters."
        case Sku(high=high):
            bounds = f"1 to {high} characters."
        case Integer(low=low, high=high):
            bounds = f"From {low} to {high:,}."
        case Ids(high=high):
            bounds = f"At most {high}; global ids or plain integers."
        case Slug(high=high):
            bounds = f"Words of lower-case letters and digits with hyphens between them; at most {high} characters."
        case Choice():
            bounds = f"The default is {member.default.upper()}."
        case Names(most=most, high=high):
            bounds = f"At most {most}, each of 1 to {high} characters."
        case Attributes():
            bounds = f"At most {attributes.MAX_ATTRIBUTES}."
        case Options():
            bounds = f"At most {models.MAX_OPTIONS}."
        case Variants():
            bounds = f"The whole list, at most {models.MAX_VARIANTS}: those with an `id` or a known `sku` stay."
        case Currency():
            bounds = f"The default is {member.default}."
        case _:
            return member.description
    return f"{member.description} {bounds}"


_INPUTS: Mapping[type, Any] = {
    Attributes: list[AttributeInput],
    Options: list[ProductOptionInput],
    Variants: list[VariantInput],
    Weight: WeightInput,
}
"""The types of members that differ between inputs and answers."""


def input_fields(names: Iterable[str], *, patch: bool = False) -> Callable[[C], C]:
    """Give an input class a field for each member; those that may be left out, in a `patch` all, are `UNSET` then."""

    def decorate(cls: C) -> C:
        annotations = inspect.get_annotations(cls)
        for member in map(BY_NAME.__getitem__, names):
            kind = _INPUTS.get(type(member.type)) or graphql_type(member.type)
            required = member.required and not patch
            annotations[member.attribute] = kind if required else kind | None
            absent = {} if required else {"default": UNSET}
            setattr(cls, member.attribute, strawberry.field(description=description(member), **absent))
        cls.__annotations__ = annotations
        return cls

    return decorate
