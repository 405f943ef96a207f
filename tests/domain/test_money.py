"""Money: amounts are exact, from the text that came to the text that goes."""

import json
from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import money
from app.domain.errors import Invalid
from app.domain.validation import Reader

bounded = settings(derandomize=True, deadline=None, max_examples=300)

currencies = st.sampled_from(sorted(money.DECIMALS))
units = st.integers(1, money.MAX_PRICE)
amounts = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12)


def read(price: object, currency: str = "USD") -> int | None:
    """The units that a price reads as, or None where it is refused."""
    reader = Reader({"price": price})
    found = reader.price("price")
    if found:
        reader.decimals("price", found, currency)
    try:
        reader.done()
    except Invalid:
        return None
    return found


@bounded
@given(units, currencies)
def test_number_is_exact(amount: int, currency: str) -> None:
    """Units print as a JSON number, and as text, of exactly their value; reading either gives the units back."""
    amount -= amount % money.step(currency)
    amount = amount or money.step(currency)
    printed = _json(amount)
    assert Decimal(printed) * money.SCALE == Decimal(money.text(amount, currency)) * money.SCALE == amount
    assert read(json.loads(printed, parse_float=Decimal), currency) == amount


def _json(amount: int) -> str:
    return msgspec.json.Encoder(decimal_format="number").encode(money.number(amount)).decode()


@bounded
@given(units, currencies)
def test_text_has_the_decimals_of_its_currency(amount: int, currency: str) -> None:
    """Text has exactly the currency's decimals: `"12.50"`, `"1980"`."""
    text = money.text(amount - amount % money.step(currency), currency)
    assert len(text.partition(".")[2]) == money.DECIMALS[currency]
    assert ("." in text) == (money.DECIMALS[currency] > 0)


@bounded
@given(amounts, currencies)
def test_what_is_taken(amount: Decimal, currency: str) -> None:
    """A price is taken if it is above 0, at most the highest, and has no more decimals than its currency."""
    exact = amount == round(amount, money.DECIMALS[currency])
    expected = int(amount * money.SCALE) if exact and 0 < amount <= Decimal("999999999.99") else None
    assert read(amount, currency) == expected


@bounded
@given(amounts, units)
def test_bounds_are_inclusive(amount: Decimal, price: int) -> None:
    """A bound of a search is rounded inwards: it holds for units exactly if it holds for the printed number."""
    printed = Decimal(price) / money.SCALE
    assert (price >= money.bound(amount, upper=False)) == (printed >= amount)
    assert (price <= money.bound(amount, upper=True)) == (printed <= amount)


@bounded
@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_any_bound_fits_the_database(amount: Decimal) -> None:
    """However far off a bound is, it is an integer of 64 bits, and on the right side of every price."""
    for upper in (False, True):
        found = money.bound(amount, upper=upper)
        assert abs(found) < 2**63
        if abs(amount) > 10**10:
            assert found > money.MAX_PRICE if amount > 0 else found < 0


def test_the_highest_total() -> None:
    """The highest total of an order prints exactly as well."""
    assert Decimal(_json(money.MAX_TOTAL)) == Decimal("999999999999.99")
    assert Decimal(_json(money.MAX_TOTAL - 1)) == Decimal("999999999999.9899")
