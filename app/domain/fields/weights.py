"""Weights: `{"value": 1.5, "unit": "kg"}`."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.domain.fields.merge_patches import MergePatch
from app.domain.models import MAX_WEIGHT
from app.domain.validation import Reader, amount

UNITS = ("g", "kg", "oz", "lb")
MAX_DECIMALS = 6


def parse_weight(reader: Reader, member: str) -> str:
    """The weight of a member as JSON; the reader records errors."""
    weight = _parse(reader, member)
    if weight is not None:
        require_both(reader, member, weight)
    return msgspec.json.encode(weight).decode()


def parse_patch(reader: Reader, member: str) -> MergePatch:
    """The patch of a weight, which may have only one of its members; the reader records errors."""
    return MergePatch(msgspec.json.encode(_parse(reader, member)).decode(), require_both)


def require_both(reader: Reader, member: str, weight: Mapping[str, Any]) -> None:
    """Record what a weight lacks."""
    inner = Reader(weight, (*reader.path, member))
    inner.require("value", "unit")
    reader.field_errors += inner.field_errors


def _parse(reader: Reader, member: str) -> dict[str, Any] | None:
    """The members of a weight; `None` if it is no object."""
    raw = reader.members[member]
    if not isinstance(raw, Mapping):
        reader.fault(member, "must be an object with `value` and `unit`")
        return None
    inner = Reader(raw, (*reader.path, member))
    inner.only(frozenset({"value", "unit"}), frozenset())
    weight: dict[str, Any] = {"value": _value(inner)} if "value" in raw else {}
    weight |= {"unit": inner.choice("unit", UNITS)} if "unit" in raw else {}
    reader.field_errors += inner.field_errors
    return weight


def _value(reader: Reader) -> int | float:
    number = amount(reader.members["value"])
    if number is None or not 0 <= number <= MAX_WEIGHT or round(number, MAX_DECIMALS) != number:
        reader.fault("value", f"must be a number from 0 to {MAX_WEIGHT:,} with at most {MAX_DECIMALS} decimals")
        return 0
    return int(number) if number == int(number) else float(number)
