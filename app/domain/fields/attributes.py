"""Attributes of products: values by name, such as `{"Material": "oak", "Seats": 4, "Colours": ["red", "blue"]}`."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from app.domain.unicode import identity
from app.domain.validation import Reader, amount, safe

MAX_ATTRIBUTES = 100
MAX_IN_PATCH = 2 * MAX_ATTRIBUTES
"""A merge patch may remove all attributes and set as many others."""
MAX_NAME = 100
MAX_TEXT = 1_000
MAX_ITEMS = 50
MAX_CHARACTERS = 20_000
"""The maximum characters of all names and texts of a product's attributes."""
MAX_DIGITS = 15
"""The maximum decimal digits of a number, which a float represents exactly."""
MAX_NUMBER = 10**MAX_DIGITS - 1

Value: TypeAlias = str | int | float | bool | list[str]


def parse_attributes(reader: Reader, member: str, *, patch: bool = False) -> dict[str, Value | None]:
    """The attributes of a member, with trimmed names; null only in a patch. The reader records errors."""
    raw = reader.members[member]
    if not isinstance(raw, Mapping):
        reader.fault(member, "must be an object")
        return {}
    most = MAX_IN_PATCH if patch else MAX_ATTRIBUTES
    if len(raw) > most:
        reader.fault(member, f"must have at most {most} attributes")
        return {}
    inner = Reader({}, (*reader.path, member))
    found: dict[str, Value | None] = {}
    keys: dict[str, str] = {}
    for name, value in raw.items():
        shown = safe(name)
        trimmed = inner.line(shown, name, MAX_NAME)
        key = identity.key(trimmed)
        if key in keys and trimmed:
            inner.fault(shown, f"is the same name as `{keys[key]}`")
        keys[key] = shown
        found[trimmed] = None if patch and value is None else _value(inner, shown, value)
    reader.field_errors += inner.field_errors
    check_bounds(reader, member, found)
    return found


def check_bounds(reader: Reader, member: str, attributes: Mapping[str, Value | None]) -> None:
    """Record an error if there are too many attributes or characters; those that are null do not count."""
    present = [(name, value) for name, value in attributes.items() if value is not None]
    if len(present) > MAX_ATTRIBUTES:
        reader.fault(member, f"must have at most {MAX_ATTRIBUTES} attributes")
    elif sum(map(_size, present)) > MAX_CHARACTERS:
        reader.fault(member, f"must have at most {MAX_CHARACTERS} characters in all names and texts together")


def _value(reader: Reader, name: str, value: object) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return _number(reader, name, value)
    if isinstance(value, list):
        return reader.lines(name, value, MAX_ITEMS, MAX_TEXT)
    if isinstance(value, str):
        return reader.line(name, value, MAX_TEXT)
    reader.fault(name, "must be a string, a number, a boolean or a list of strings")
    return ""


def _number(reader: Reader, name: str, value: int | Decimal) -> int | float:
    number = amount(value)
    digits = (number or Decimal(0)).normalize().as_tuple().digits
    if number is None or len(digits) > MAX_DIGITS or abs(number.adjusted()) >= MAX_DIGITS:
        reader.fault(name, f"must be a number of at most {MAX_DIGITS} digits")
        return 0
    whole = int(number)
    return whole if whole == number else float(number)


def _size(attribute: tuple[str, Value]) -> int:
    name, value = attribute
    return len(name) + (
        sum(map(len, value)) if isinstance(value, list) else len(value) if isinstance(value, str) else 0
    )
