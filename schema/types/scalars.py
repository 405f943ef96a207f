"""The scalars beyond GraphQL's own: Decimal, Long, DateTime."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, GraphQLFloat

from app.http import timestamps

Amount = NewType("Amount", str)
Long = NewType("Long", int)
Time = NewType("Time", str)

_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
_LONG = 2**63


def parse_decimal(value: Any) -> Decimal | str:
    """A string or number as a decimal; other text stays text, so that the domain reports it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise GraphQLError("Decimal takes a string or a number.")
    text = str(value)
    return Decimal(text) if _NUMBER.fullmatch(text) else text


def parse_long(value: Any) -> int:
    """A 64-bit integer."""
    if isinstance(value, bool) or not isinstance(value, int) or not -_LONG <= value < _LONG:
        raise GraphQLError("Long takes a 64-bit integer.")
    return value


_coerce_float = GraphQLFloat.coerce_input_value


def parse_float(value: Any) -> Any:
    """A number as a float: JSON bodies are parsed to decimals, which graphql-core does not accept."""
    return _coerce_float(float(value) if isinstance(value, Decimal) else value)


def rfc3339(microseconds: int) -> Time:
    """A time as text in UTC (RFC 3339), as REST prints it."""
    return Time(timestamps.rfc3339(microseconds))


def parse_time(value: Any) -> int | str:
    """A time in microseconds since 1970; other text stays text, so that the field reports it."""
    if not isinstance(value, str):
        raise GraphQLError("DateTime takes a string.")
    try:
        return timestamps.microseconds(value)
    except ValueError:
        return value


def since_field_errors(filters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The invalid times of a filter by name, each with its problem."""
    named = [name for name in ("createdSince", "updatedSince") if filters.get(name) is not None]
    return [(name, timestamps.EXPECTED) for name in named if not isinstance(filters[name], int)]


SCALARS: dict[object, Any] = {
    Amount: strawberry.scalar(
        name="Decimal",
        description="An amount of money: a string with exactly the decimals of its currency (`12.50`, `1980`)."
        " Input may be a string or a number.",
        parse_value=parse_decimal,
    ),
    Long: strawberry.scalar(name="Long", description="A 64-bit integer, as a JSON number.", parse_value=parse_long),
    Time: strawberry.scalar(
        name="DateTime",
        description="A time in UTC: RFC 3339, always with six decimals (`2026-01-31T12:00:00.000000Z`)."
        " Input may have any offset and any number of decimals.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        parse_value=parse_time,
    ),
}
