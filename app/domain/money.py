"""Money: an integer count of ten-thousandths of a currency's major unit.

Every ISO 4217 exponent fits, sums are exact, and prices of different currencies sort by their printed number.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, Inexact, localcontext
from functools import lru_cache

SCALE = 10_000
"""Units in one major unit: 19.99 USD is 199,900."""

MAX_PRICE = 9_999_999_999_900
"""999,999,999.99, the highest price, in units."""

MAX_TOTAL = 9_999_999_999_999_900
"""999,999,999,999.99, the highest total of an order, in units: what fits a JSON number of any client."""

# ISO 4217, list one (active codes that have a minor unit), by number of decimals.
NO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
FOUR_DECIMALS = frozenset("CLF UYW".split())
TWO_DECIMALS = frozenset(
    """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
    COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR
    IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD
    NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
    SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG""".split()
)
DECIMALS: dict[str, int] = {
    **dict.fromkeys(NO_DECIMALS, 0),
    **dict.fromkeys(TWO_DECIMALS, 2),
    **dict.fromkeys(THREE_DECIMALS, 3),
    **dict.fromkeys(FOUR_DECIMALS, 4),
}
"""The decimals of every known currency by code."""


_STEPS: dict[str, int] = {currency: SCALE // 10**decimals for currency, decimals in DECIMALS.items()}
_EXACT = Context(prec=60, traps=[Inexact])


def step(currency: str) -> int:
    """The units in the smallest amount of a currency: 100 for USD, 10,000 for JPY."""
    return _STEPS[currency]


def units(amount: Decimal) -> int | None:
    """The amount in units, or None if it has more decimals than any currency allows."""
    try:
        return int(_EXACT.to_integral_exact(_EXACT.multiply(amount, SCALE)))
    except Inexact:
        return None


def bound(amount: Decimal, *, upper: bool) -> int:
    """A bound of a filter in units: rounded inwards, and limited to the range of prices."""
    if abs(amount) > MAX_PRICE:
        return MAX_PRICE + 1 if amount > 0 else -1
    with localcontext(prec=60):
        return int((amount * SCALE).to_integral_value(ROUND_FLOOR if upper else ROUND_CEILING))


def number(amount: int) -> int | float | Decimal:
    """Units as the JSON number that prints exactly: 19.99, 1980; floats carry it up to 15 digits, decimals beyond."""
    whole, rest = divmod(amount, SCALE)
    if not rest:
        return whole
    return amount / SCALE if amount < 10**15 else Decimal(amount).scaleb(-4).normalize()


def number_if_any(amount: int | None) -> int | float | Decimal | None:
    """The `number` of an amount; None if there is no amount."""
    return None if amount is None else number(amount)


@lru_cache(maxsize=4096)
def text(amount: int, currency: str) -> str:
    """Units as text with exactly the currency's decimals: "12.50", "1980"."""
    decimals = DECIMALS[currency]
    whole, rest = divmod(amount, SCALE)
    return f"{whole}.{rest:04d}"[: len(str(whole)) + 1 + decimals] if decimals else str(whole)


def text_if_any(amount: int | None, currency: str) -> str | None:
    """The `text` of an amount; None if there is no amount."""
    return None if amount is None else text(amount, currency)
