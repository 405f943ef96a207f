"""The values of `ProductFilter`: their problems, and what the domain takes."""

import math
from collections.abc import Iterator, Mapping, Sequence, Sized
from decimal import Decimal
from typing import Any

import strawberry
from strawberry import UNSET

from app.domain import money
from app.domain.catalogue import product_filters
from app.domain.catalogue.product_conditions import (
    MAX_ATTRIBUTES,
    MAX_FILTER_CATEGORIES,
    MAX_FILTER_VALUES,
    Attribute,
    in_order,
)
from app.domain.fields import attributes
from app.domain.validation import text_problem
from schema.types import nodes
from schema.types.scalars import since_field_errors

_ID_TYPES = {"categories": "Category", "ids": "Product"}
"""The types of global ids."""


@strawberry.input(description="A filter of products by an attribute: all its members must match.")
class AttributeFilter:
    name: str = strawberry.field(description="The name of the attribute; case is ignored.")
    values: list[str] | None = strawberry.field(
        default=UNSET, description=f"One of these values ({MAX_FILTER_VALUES} at most); case is ignored."
    )
    min: float | None = strawberry.field(default=UNSET, description="At least this number.")
    max: float | None = strawberry.field(default=UNSET, description="At most this number.")


def plain(name: str, value: Any) -> Any:
    """A valid value of a filter as the domain takes it: plain ids, and the values of enums."""
    if name in _ID_TYPES:
        return {nodes.local_id(one, _ID_TYPES[name]) for one in value} - {0}
    if name == "status":
        return [one.value for one in value]
    if name == "typos":
        return value.value
    if name == "attributes":
        return tuple(sorted(map(_attribute, value), key=lambda one: one.name)) or None
    return value


def field_errors(filters: Mapping[str, Any], *, placed: bool) -> Iterator[tuple[str, str | None]]:
    """The names of a filter's fields with the problem of each, if it has one."""
    for name in ("minPrice", "maxPrice"):
        if not isinstance(filters.get(name, Decimal()), Decimal):
            yield name, "must be a number"
    yield from since_field_errors(filters)
    for name in filter(filters.__contains__, product_filters.TEXTS):
        yield name, product_filters.problem_of(name, [filters[name]])
    if filters.get("currency", "USD") not in money.DECIMALS:
        yield "currency", "must be an ISO 4217 currency code, such as USD"
    if filters.get("subtree") and "categories" not in filters and not placed:
        yield "subtree", "needs `categories`"
    for name, most in (("categories", MAX_FILTER_CATEGORIES), ("ids", MAX_FILTER_VALUES)):
        if len(filters.get(name, ())) > most:
            yield name, f"must have at most {most} ids"
    for name in filter(filters.__contains__, product_filters.LISTS):
        yield name, _count_problem(filters[name]) or product_filters.problem_of(name, filters[name])
    yield from _attribute_errors(filters.get("attributes", ()))


def _attribute_errors(conditions: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str | None]]:
    if len(conditions) > MAX_ATTRIBUTES:
        yield "attributes", f"must have at most {MAX_ATTRIBUTES} attributes"
    for one in conditions:
        values = one.get("values") or ()
        problems = (text_problem(text, 1, attributes.MAX_TEXT) for text in values)
        yield "attributes", text_problem(one["name"], 1, attributes.MAX_NAME)
        yield "attributes", _count_problem(values) or next(filter(None, problems), None)
        if not all(math.isfinite(one.get(bound) or 0) for bound in ("min", "max")):
            yield "attributes", "must have finite numbers"


def _count_problem(values: Sized) -> str | None:
    return f"must have at most {MAX_FILTER_VALUES} values" if len(values) > MAX_FILTER_VALUES else None


def _attribute(filters: Mapping[str, Any]) -> Attribute:
    values, low, high = (filters.get(name) for name in ("values", "min", "max"))
    return Attribute(filters["name"], in_order(values), low, high)
