"""Ranges of numbers: a few that hold about as many products each, whose ends are numbers that products have."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

from app.domain import money

MOST = 5
"""Ranges of a facet at most."""
CENTS = Decimal("0.01")


T = TypeVar("T", int, float)


class Range(NamedTuple, Generic[T]):
    """The numbers from `low` to `high`, both inclusive, and how many products have one of them."""

    low: T
    high: T
    products: int


def cut(numbers: Sequence[tuple[T, int]], most: int) -> list[Range[T]]:
    """At most so many ranges of rising numbers, each with how many products have it.

    A range begins where the products before it fill their share; a number is in one range.
    """
    if len(numbers) <= most:
        return [Range(number, number, products) for number, products in numbers]
    whole, before, share = sum(products for _, products in numbers), 0, -1
    found: list[Range[T]] = []
    for number, products in numbers:
        if before * most // whole > share:
            share = before * most // whole
            found.append(Range(number, number, 0))
        found[-1] = Range(found[-1].low, number, found[-1].products + products)
        before += products
    return found


def price(units: int) -> Decimal:
    """A price as it is printed, whatever the currency: 1980, 19.90."""
    amount = (Decimal(units) / money.SCALE).normalize()
    if amount == int(amount):
        return Decimal(int(amount))
    cents = amount.quantize(CENTS)
    return cents if cents == amount else amount


def number(value: float) -> Decimal:
    """A number as it is printed: without decimals that say nothing."""
    return Decimal(int(value)) if value.is_integer() else Decimal(repr(value))
