"""Currencies by the codes and signs next to prices.

The signs are those of CLDR's root locale, which mean one currency each, and the local signs that no other currency of
today has; signs of several currencies (`$`, `¥`, `kr`) show only which ones are possible.
"""

from app.domain.money import DECIMALS

_ONE = {
    "€": "EUR",
    "£": "GBP",
    "₣": "CHF",
    "sfr": "CHF",
    "us$": "USD",
    "ca$": "CAD",
    "c$": "CAD",
    "a$": "AUD",
    "au$": "AUD",
    "nz$": "NZD",
    "hk$": "HKD",
    "nt$": "TWD",
    "s$": "SGD",
    "mx$": "MXN",
    "r$": "BRL",
    "jp¥": "JPY",
    "cn¥": "CNY",
    "円": "JPY",
    "元": "CNY",
    "₹": "INR",
    "₩": "KRW",
    "원": "KRW",
    "₪": "ILS",
    "₫": "VND",
    "₱": "PHP",
    "₦": "NGN",
    "₵": "GHS",
    "gh₵": "GHS",
    "₡": "CRC",
    "₲": "PYG",
    "₴": "UAH",
    "₸": "KZT",
    "₺": "TRY",
    "₼": "AZN",
    "₽": "RUB",
    "руб": "RUB",
    "₾": "GEL",
    "֏": "AMD",
    "฿": "THB",
    "៛": "KHR",
    "₭": "LAK",
    "₮": "MNT",
    "৳": "BDT",
    "zł": "PLN",
    "kč": "CZK",
    "ft": "HUF",
    "грн": "UAH",
    "rp": "IDR",
    "rm": "MYR",
    "r": "ZAR",
    "s/": "PEN",
    "ksh": "KES",
    "tsh": "TZS",
    "ush": "UGX",
    "tl": "TRY",
    "km": "BAM",
    "дин": "RSD",
    "b/": "PAB",
    "euro": "EUR",
    "yen": "JPY",
    "د.إ": "AED",
    "ر.س": "SAR",
    "د.ك": "KWD",
    "د.ب": "BHD",
    "ر.ق": "QAR",
    "ر.ع": "OMR",
    "د.أ": "JOD",
    "ج.م": "EGP",
    "د.ع": "IQD",
    "د.م": "MAD",
    "د.ت": "TND",
    "د.ج": "DZD",
}
_SEVERAL = {
    "$": """USD ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP CVE DOP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD
    TWD UYU XCD""",
    "¥": "JPY CNY",
    "kr": "SEK NOK DKK ISK",
    "fr": "CHF XAF XOF XPF",
    "rs": "INR PKR LKR NPR MUR SCR",
    "₨": "INR PKR LKR NPR MUR SCR",
    "bs": "BOB VES",
    "lei": "RON MDL",
}
_SIGNS = {sign: frozenset({code}) for sign, code in _ONE.items()} | {
    sign: frozenset(code for code in codes.split() if code in DECIMALS) for sign, codes in _SEVERAL.items()
}


def currencies(text: str) -> frozenset[str]:
    """The currencies of a code or a sign, with or without a full stop after it; empty for other text."""
    sign = text.strip().rstrip(".")
    code = sign.upper()
    return frozenset({code}) if code in DECIMALS else _SIGNS.get(sign.casefold(), frozenset())
