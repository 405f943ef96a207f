"""Weights: `{"value": 1.5, "unit": "kg"}`."""

from collections.abc import Mapping

import msgspec

from app.domain.models import MAX_WEIGHT
from app.domain.validation import Reader, amount

UNITS = ("g", "kg", "oz", "lb")
MAX_DECIMALS = 6


def read(reader: Reader, member: str) -> str:
    """The weight that a member holds, as JSON; the reader notes what is wrong."""
    given = reader.members[member]
    if not isinstance(given, Mapping):
        reader.fault(member, "must be an object with `value` and `unit`")
        return ""
    inner = Reader(given, (*reader.path, member))
    inner.only(frozenset({"value", "unit"}), frozenset())
    inner.require("value", "unit")
    value = _value(inner) if "value" in given else 0
    unit = inner.choice("unit", UNITS) if "unit" in given else ""
    reader.field_errors += inner.field_errors
    return msgspec.json.encode({"value": value, "unit": unit}).decode()


def _value(reader: Reader) -> int | float:
    number = amount(reader.members["value"])
    if number is None or not 0 <= number <= MAX_WEIGHT or round(number, MAX_DECIMALS) != number:
        reader.fault("value", f"must be a number from 0 to {MAX_WEIGHT:,} with at most {MAX_DECIMALS} decimals")
        return 0
    return int(number) if number == int(number) else float(number)
