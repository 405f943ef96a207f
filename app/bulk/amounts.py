"""Numbers and amounts as people and spreadsheets write them: `1.299,00`, `€ 12,50`, `1'299.50 CHF`.

The decimal mark is detected per column: unambiguous cells decide for ambiguous ones.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from app.bulk import currency_signs

_AMOUNT = re.compile(
    r"(?P<before>[^0-9+-]*?)\s*(?P<number>[+-]?(?:(?<!\w)[.,])?[0-9](?:[0-9.,'’\s]*[0-9])?)"
    r"(?:(?P<whole>[.,])(?:-{1,2}|[–—])|[.,]|/[-=])?\s*(?P<after>[^0-9]*)"
)
_SPACED = re.compile(r"(?<![0-9.,])([0-9]{1,3})((?:['’\s][0-9]{3})+)(?![0-9])")
_ONE_MARK = re.compile(r"([0-9]*)([.,])([0-9]+)")
_GROUPS = re.compile(r"[1-9][0-9]{0,2}([.,])[0-9]{3}(?:\1[0-9]{3})+")
_LAKHS = re.compile(r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]+)?")
"""Groups as in India: CLDR's pattern `#,##,##0`."""
_BOTH = re.compile(r"[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*(?!\1)([.,])[0-9]+")
_MARKS = {"٫": ".", "٬": "'", "−": "-"} | dict.fromkeys(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069", ""
)
"""Arabic separators and the minus sign become ASCII; the direction marks of Arabic currency signs are dropped."""


class Ambiguous(Exception):
    """A cell that can mean two numbers, or two currencies; the message says which."""


class Amount(NamedTuple):
    """A number with a decimal point, and the currencies that its text can mean; empty without text."""

    number: str
    currencies: frozenset[str]


def decimal_mark(cells: Iterable[str]) -> str | None:
    """The decimal mark of a column; `None` if no cell is unambiguous, or if cells differ."""
    amounts = (_AMOUNT.fullmatch(_western(cell)) for cell in cells)
    marks = {mark for found in amounts if found and (mark := _mark(_joined(found["number"])) or found["whole"])}
    return marks.pop() if len(marks) == 1 else None


def amount(cell: str, mark: str | None = None) -> Amount | None:
    """The amount of a cell in a column with this decimal mark; None if it is no amount. Raises `Ambiguous`."""
    found = _AMOUNT.fullmatch(_western(cell))
    if found is None:
        return None
    signs = [sign.strip() for sign in (found["before"], found["after"]) if sign.strip()]
    currencies = frozenset[str]()
    if signs:
        currencies = frozenset.intersection(*map(currency_signs.currencies, signs))
        if not currencies:
            return None
    return Amount(_number(_joined(found["number"]), found["whole"] or mark), currencies)


def _western(cell: str) -> str:
    """The trimmed cell, with ASCII digits and marks instead of those of other scripts and full-width ones."""
    if not cell.isascii():
        cell = "".join(map(_character, cell))
    return cell.strip()


def _character(character: str) -> str:
    if character in _MARKS:
        return _MARKS[character]
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return unicodedata.normalize("NFKC", character) if unicodedata.east_asian_width(character) == "F" else character


def _joined(number: str) -> str:
    """The number without the blanks and apostrophes between its groups, and without a plus sign."""
    return _SPACED.sub(lambda found: re.sub(r"['’\s]", "", found[0]), number.removeprefix("+"))


def _mark(number: str) -> str | None:
    """The decimal mark of an unambiguous number; `None` if it has none or is ambiguous."""
    number = number.removeprefix("-")
    if found := _ONE_MARK.fullmatch(number):
        whole, mark, fraction = found.groups()
        return None if len(fraction) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0" else mark
    if _LAKHS.fullmatch(number):
        return "."
    if found := _GROUPS.fullmatch(number):
        return "," if found[1] == "." else "."
    found = _BOTH.fullmatch(number)
    return found[2] if found else None


def _number(number: str, mark: str | None) -> str:
    own = _mark(number) or mark
    if own is None and "," in number and _ONE_MARK.fullmatch(number.removeprefix("-")):
        raise Ambiguous(
            f"`{number}` can mean {number.replace(',', '.')} or {number.replace(',', '')}:"
            " import the file with `--decimal ,` or `--decimal .`"
        )
    if own == ",":
        number = number.replace(".", "").replace(",", ".")
    elif own == ".":
        number = number.replace(",", "")
    whole, point, fraction = number.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{digits.lstrip('0') or '0'}{point}{fraction}"
