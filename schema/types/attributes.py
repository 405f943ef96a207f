"""Attributes of products in GraphQL: a list of names with values; REST has an object."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import strawberry
from strawberry import UNSET

from app.domain.errors import FieldError, Invalid
from app.domain.fields import attributes
from schema.execution.type_mapping import EmbeddedList, Leaf, ObjectType

_NAME = "The name. A list of texts is one attribute for each text, all under this name."
_BOOLEANS = {"true": True, "false": False}
_decode = msgspec.json.Decoder(dict[str, attributes.Value]).decode


@strawberry.type(description="An attribute of a product.")
class Attribute:
    name: str = strawberry.field(description=_NAME)
    value: str = strawberry.field(description="Its text; `true` or `false` for a boolean.")
    number: float | None = strawberry.field(description="The number; null if the value is a text.")


@strawberry.input(description="An attribute of a product: a name with either a value or a number.")
class AttributeInput:
    name: str = strawberry.field(description=f"{_NAME} At most {attributes.MAX_NAME} characters.")
    value: str | None = strawberry.field(
        default=UNSET,
        description=f"Its text, at most {attributes.MAX_TEXT:,} characters; `true` and `false` are booleans.",
    )
    number: float | None = strawberry.field(
        default=UNSET, description=f"Its number, at most {attributes.MAX_DIGITS} digits."
    )


def members(inputs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The attributes as REST's object; raises `Invalid` unless each has exactly one of value and number."""
    found: dict[str, list[Any]] = {}
    field_errors = []
    for index, one in enumerate(inputs):
        present = [one[name] for name in ("value", "number") if one.get(name) is not None]
        if len(present) != 1:
            field_errors.append(FieldError(("attributes", index), "Send either `value` or `number`."))
            continue
        (value,) = present
        value = _BOOLEANS.get(value, value) if isinstance(value, str) else Decimal(repr(value))
        found.setdefault(one["name"], []).append(value)
    if field_errors:
        raise Invalid(field_errors)
    return {name: values[0] if len(values) == 1 else list(map(_text, values)) for name, values in found.items()}


def _read(text: str) -> list[dict[str, Any]]:
    return [entry for name, value in _decode(text).items() for entry in _entries(name, value)]


def _entries(name: str, value: attributes.Value) -> Iterator[dict[str, Any]]:
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    for one in value if isinstance(value, list) else [value]:
        yield {"name": name, "value": _text(one), "number": number}


def _text(value: attributes.Value | Decimal) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


ATTRIBUTES = EmbeddedList(
    ObjectType(
        "Attribute",
        {
            "name": Leaf(("name",), size=6 * attributes.MAX_NAME),
            "value": Leaf(("value",), size=6 * attributes.MAX_TEXT),
            "number": Leaf(("number",)),
        },
    ),
    ("attributes",),
    _read,
    attributes.MAX_ATTRIBUTES,
)
