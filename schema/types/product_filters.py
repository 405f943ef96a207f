"""The filters of products by ids, skus, brands, tags and attributes, in GraphQL."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import strawberry
from strawberry import UNSET

from app.domain import models
from app.domain.catalogue import attributes
from app.domain.catalogue.product_conditions import MAX_ATTRIBUTES, MOST, Attribute, in_order
from app.domain.validation import unstorable
from schema.types import nodes

_TEXTS = {"skus": models.MAX_SKU, "brand": models.MAX_BRAND, "tag": models.MAX_TAG}
"""The most characters of each text in a list."""


@strawberry.input(description="A filter of products by an attribute: all that is given must match.")
class AttributeFilter:
    name: str = strawberry.field(description="The name of the attribute; case is ignored.")
    values: list[str] | None = strawberry.field(
        default=UNSET, description=f"Is any of these values ({MOST} at most); case is ignored."
    )
    min: float | None = strawberry.field(default=UNSET, description="Is at least this number.")
    max: float | None = strawberry.field(default=UNSET, description="Is at most this number.")


def also(given: Mapping[str, Any]) -> dict[str, Any]:
    """The members of the domain's filter that a filter without faults gives."""
    ids, found = given.get("ids"), given.get("attributes")
    return {
        "subtree": given.get("subtree") or None,
        "ids": None if ids is None else in_order({nodes.local(one, "Product") for one in ids} - {0}),
        "skus": in_order(given.get("skus")),
        "brands": in_order(given.get("brand")),
        "tags": in_order(given.get("tag")),
        "attributes": tuple(sorted(map(_attribute, found), key=lambda one: one.name)) if found else None,
    }


def also_field_errors(given: Mapping[str, Any], *, placed: bool) -> Iterator[tuple[str, str | None]]:
    """The faults of these members: their names, and the problems."""
    if given.get("subtree") and "categories" not in given and not placed:
        yield "subtree", "needs `categories`"
    if len(given.get("ids", ())) > MOST:
        yield "ids", f"must have at most {MOST} ids"
    for name, most in _TEXTS.items():
        if name in given:
            yield name, _texts(given[name], most)
    asked = given.get("attributes", ())
    if len(asked) > MAX_ATTRIBUTES:
        yield "attributes", f"must have at most {MAX_ATTRIBUTES} attributes"
    for one in asked:
        yield "attributes", _texts([one["name"]], attributes.MAX_NAME)
        yield "attributes", _texts(one.get("values") or (), attributes.MAX_TEXT)
        if not all(math.isfinite(one.get(bound) or 0) for bound in ("min", "max")):
            yield "attributes", "must have finite numbers"


def _texts(texts: Any, most: int) -> str | None:
    if len(texts) > MOST:
        return f"must have at most {MOST} values"
    if any(not 0 < len(text) <= most for text in texts):
        return f"must have values of 1 to {most} characters"
    return next(filter(None, map(unstorable, texts)), None)


def _attribute(given: Mapping[str, Any]) -> Attribute:
    values, low, high = (given.get(name) for name in ("values", "min", "max"))
    return Attribute(given["name"], in_order(values) or (), low, high)
