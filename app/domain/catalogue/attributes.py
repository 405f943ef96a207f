"""Attributes of products: values by name, such as `{"Material": "oak", "Seats": 4, "Colours": ["red", "blue"]}`."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from app.domain.unicode import identity
from app.domain.validation import Reader, amount, safe

MOST = 100
MAX_NAME = 100
MAX_TEXT = 1_000
MAX_ITEMS = 50
MAX_CHARACTERS = 20_000
"""Characters of all names and texts of a product's attributes together."""
MAX_DIGITS = 15
"""Decimal digits of a number, which a float carries exactly."""
MAX_NUMBER = 10**MAX_DIGITS - 1

Value: TypeAlias = str | int | float | bool | list[str]


def read(reader: Reader, member: str) -> dict[str, Value]:
    """The attributes that a member holds, their names trimmed; the reader notes what is wrong."""
    given = reader.members[member]
    if not isinstance(given, Mapping):
        reader.fault(member, "must be an object")
        return {}
    if len(given) > MOST:
        reader.fault(member, f"must have at most {MOST} attributes")
        return {}
    inner = Reader({}, (*reader.path, member))
    found: dict[str, Value] = {}
    keys: dict[str, str] = {}
    for name, value in given.items():
        shown = safe(name)
        trimmed = inner.line(shown, name, MAX_NAME)
        key = identity.key(trimmed)
        if key in keys and trimmed:
            inner.fault(shown, f"is the same name as `{keys[key]}`")
        keys[key] = shown
        found[trimmed] = _value(inner, shown, value)
    reader.field_errors += inner.field_errors
    if sum(map(_size, found.items())) > MAX_CHARACTERS:
        reader.fault(member, f"must have at most {MAX_CHARACTERS} characters in all names and texts together")
    return found


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
