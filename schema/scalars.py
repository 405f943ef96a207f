"""The scalars beyond GraphQL's own: Decimal, Long, DateTime."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError

Amount = NewType("Amount", str)
Long = NewType("Long", int)
Time = NewType("Time", str)

_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
_LONG = 2**63


def decimal(value: Any) -> Decimal | str:
    """A string or number as a decimal; text that is no number goes on, for the domain to refuse in its own words."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise GraphQLError("Decimal takes a string or a number.")
    text = str(value)
    return Decimal(text) if _NUMBER.fullmatch(text) else text


def long(value: Any) -> int:
    """A 64-bit integer."""
    if isinstance(value, bool) or not isinstance(value, int) or not -_LONG <= value < _LONG:
        raise GraphQLError("Long takes a 64-bit integer.")
    return value


def rfc3339(microseconds: int) -> Time:
    """A time as text in UTC (RFC 3339), as REST prints it."""
    return Time(datetime.fromtimestamp(microseconds / 1e6, UTC).isoformat().replace("+00:00", "Z"))


def _no_input(_value: Any) -> Any:
    raise GraphQLError("DateTime is not taken as input.")


SCALARS: dict[object, Any] = {
    Amount: strawberry.scalar(
        name="Decimal",
        description="An amount of money: a string with exactly the decimals of its currency (`12.50`, `1980`)."
        " Taken as a string or a number.",
        parse_value=decimal,
    ),
    Long: strawberry.scalar(name="Long", description="A 64-bit integer, as a JSON number.", parse_value=long),
    Time: strawberry.scalar(
        name="DateTime",
        description="A time in UTC: RFC 3339, to the microsecond.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        parse_value=_no_input,
    ),
}
