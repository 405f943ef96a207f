"""What the contract's schemas are made of: bounded types, and how they are put together."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.domain import models, money, text

Schema = dict[str, Any]

_HUMP = re.compile("(?<=[a-z])(?=[A-Z])")
_MAX_INT32 = 2**31 - 1
_MAX_SLUG = 4_000
_MAX_CURSOR = 4_096
_MAX_SAID = 2_000
_MAX_ADDRESS = 200_000
"""Characters of an address at most: that of a request, as far as its header fits, with all of it percent-encoded."""

STORABLE = r"^[^\u0000]*$"
"""Any text but NUL."""

ANY = r"^[\s\S]*$"
"""Any text: what quotes a client may hold whatever that sent."""


def reference(name: str) -> Schema:
    """A component schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: Schema) -> Schema:
    """The schema, or null."""
    return {"anyOf": [schema, {"type": "null"}]} if "$ref" in schema else schema | {"type": [schema["type"], "null"]}


def said(schema: Schema, description: str) -> Schema:
    """The schema with a description."""
    return schema | {"description": description}


def integer(low: int, high: int = _MAX_INT32) -> Schema:
    """An integer from `low` to `high`."""
    return {
        "type": "integer",
        "format": "int32" if high <= _MAX_INT32 else "int64",
        "minimum": low,
        "maximum": high,
    }


def string(low: int, high: int, pattern: str = STORABLE) -> Schema:
    """A string of `low` to `high` characters."""
    least = {"minLength": low} if low else {}
    return {"type": "string"} | least | {"maxLength": high, "pattern": pattern}


def words(values: Iterable[str], description: str) -> Schema:
    """One of a few words; their names in clients are upper case, `-price` being PRICE_DESCENDING."""
    known = list(values)
    names = [_HUMP.sub("_", word.lstrip("-")).upper() + "_DESCENDING" * word.startswith("-") for word in known]
    return {"type": "string", "description": description, "enum": known, "x-enum-varnames": names}


def array(items: Schema, high: int, low: int = 0) -> Schema:
    """An array of `low` to `high` items."""
    least = {"minItems": low} if low else {}
    return {"type": "array", "items": items} | least | {"maxItems": high}


def structure(members: Mapping[str, Schema], required: Iterable[str] = (), **rest: object) -> Schema:
    """An object."""
    needed = {"required": list(required)} if required else {}
    return {"type": "object"} | rest | {"properties": dict(members)} | needed


def picked(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Some members, in the order in which `values` has them."""
    wanted = frozenset(names)
    return {name: value for name, value in values.items() if name in wanted}


ID = integer(1, models.MAX_ID)
STOCK = integer(0, models.MAX_STOCK)
POINTS = integer(0)
QUANTITY = integer(1, models.MAX_QUANTITY)
TOTAL_COUNT = integer(0, models.MAX_ID)
NAME = string(1, models.MAX_NAME, r"^[^\u0000]*[^\s\u0000][^\u0000]*$")
DESCRIPTION = string(0, models.MAX_DESCRIPTION)
SKU = string(1, models.MAX_SKU)
SLUG = string(1, _MAX_SLUG, r"^\S+$")
CURRENCY = string(3, 3, "^[A-Z]{3}$")
PRICE: Schema = {"type": "number", "exclusiveMinimum": 0, "maximum": money.MAX_PRICE / money.SCALE}
PATH_OF_CATEGORIES = string(1, 100_000)
AMOUNT: Schema = {"type": "number", "exclusiveMinimum": 0}
TIME: Schema = {"type": "string", "format": "date-time", "maxLength": 27}
REFERENCE = string(0, models.MAX_REFERENCE)
SEARCH = string(0, text.MAX_QUERY)
CURSOR = string(1, _MAX_CURSOR, "^[A-Za-z0-9_-]+$")
ADDRESS: Schema = {"type": "string", "format": "uri-reference", "maxLength": _MAX_ADDRESS}
CODE = string(1, 64, "^[a-z][a-z0-9_]*$")
SENTENCE = string(1, _MAX_SAID, ANY)
MEDIA_TYPE = string(3, 100, "^[a-z]+/[a-z0-9.+-]+$")
IDENTIFICATION = string(1, 128, "^[A-Za-z0-9._:/+=@-]+$")
