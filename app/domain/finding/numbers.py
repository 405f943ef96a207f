"""The numbers of facets: their ranges, and how they are printed."""

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

from app.domain import money

CENTS = Decimal("0.01")
N = TypeVar("N", int, float)


def ranges(rising: Sequence[N], most: int) -> list[tuple[N, N, int]]:
    """At most so many ranges of numbers in rising order, each with how many they are; few numbers each by itself.

    A range begins where the numbers before it fill their share.
    """
    whole, found = len(rising), _each(rising, most)
    if found is not None:
        return found
    begin, cut = 0, list[tuple[N, N, int]]()
    while begin < whole:
        share = begin * most // whole
        end = -(-(share + 1) * whole // most)
        if end < whole and rising[end - 1] == rising[end]:
            end = bisect_right(rising, rising[end])
        cut.append((rising[begin], rising[end - 1], end - begin))
        begin = end
    return cut


def _each(rising: Sequence[N], most: int) -> list[tuple[N, N, int]] | None:
    """Each number by itself, where they are no more than `most`."""
    begin, found = 0, list[tuple[N, N, int]]()
    while begin < len(rising) and len(found) <= most:
        end = bisect_right(rising, rising[begin], begin)
        found.append((rising[begin], rising[begin], end - begin))
        begin = end
    return found if len(found) <= most else None


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
