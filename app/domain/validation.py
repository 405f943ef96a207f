"""Reading input: every fault of a set of members is found at once, in the same words for every protocol."""

import re
from collections.abc import Mapping
from decimal import Decimal

from app.domain import money
from app.domain.errors import MAX_FAULTS, Code, FieldError, Invalid
from app.domain.models import MAX_ID
from app.domain.unicode import identity

Path = tuple[str | int, ...]
GTIN = re.compile("[0-9]{8}|[0-9]{12,14}")
_HUGE = 30
"""Decimal digits beyond which a number is out of every range, and is not even converted."""
_NUMBERS = (int, Decimal)
_MAX_PRICE = Decimal(money.MAX_PRICE) / money.SCALE


def whole(value: object) -> int | None:
    """A JSON number as an integer, or None where it is none: booleans, fractions and strings are not."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < _HUGE and value == value.to_integral():
        return int(value)
    return None


def amount(value: object) -> Decimal | None:
    """A JSON number as a decimal, or None where it is none."""
    if isinstance(value, bool) or not isinstance(value, _NUMBERS):
        return None
    number = Decimal(value)
    return number if number.is_finite() else None


def is_gtin(text: str) -> bool:
    """Whether a text is a Global Trade Item Number, whose last digit is a check digit (GS1, section 7.9)."""
    if not GTIN.fullmatch(text):
        return False
    return not sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text))) % 10


def unstorable(text: str) -> str | None:
    """Why a text cannot be stored, or None: NUL and lone surrogates are no text (RFC 8259, section 8.2)."""
    if "\0" in text:
        return "must not contain NUL"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "must be well-formed Unicode"
    return None


def text_problem(text: str, low: int, high: int) -> str | None:
    """What is wrong with a text in a filter, or None: it cannot be stored, or its length is out of bounds."""
    if problem := unstorable(text):
        return problem
    return None if low <= len(text) <= high else f"must have {low} to {high} characters"


class Reader:
    """The members of an input, and the faults found in them so far. A faulty member reads as a harmless value."""

    def __init__(self, members: Mapping[str, object], path: Path = ()) -> None:
        self.members = members
        self.path = path
        self.field_errors: list[FieldError] = []

    def fault(self, name: str, message: str, *rest: str | int, code: Code = Code.VALIDATION_FAILED) -> None:
        """Record an error of a member."""
        self._note(FieldError((*self.path, name, *rest), f"`{name}` {message}.", code))

    def _note(self, fault: FieldError) -> None:
        if len(self.field_errors) < MAX_FAULTS:
            self.field_errors.append(fault)

    def done(self) -> None:
        """Raise `Invalid` with all that was found, if anything was."""
        if self.field_errors:
            raise Invalid(self.field_errors)

    def only(self, writable: frozenset[str], read_only: frozenset[str]) -> None:
        """Refuse members that cannot be set here."""
        if writable.issuperset(self.members):
            return
        for name in self.members:
            if name in writable:
                continue
            if name in read_only:
                self.fault(name, "is read-only", code=Code.READ_ONLY)
            else:
                self._note(FieldError((*self.path, safe(name)), f"`{safe(name)}` is not a known member."))
            if len(self.field_errors) == MAX_FAULTS:
                break

    def require(self, *names: str) -> None:
        """Refuse the absence of members."""
        for name in names:
            if name not in self.members:
                self.fault(name, "is required")

    def text(self, name: str, low: int, high: int, *, trim: bool = False, line: bool = True) -> str:
        """A text of `low` to `high` characters (code points); a `line` has no control characters (Unicode Cc)."""
        value = self.members[name]
        if not isinstance(value, str):
            self.fault(name, "must be a string")
            return ""
        if problem := unstorable(value):
            self.fault(name, problem)
            return ""
        value = value.strip() if trim else value
        return self._line(name, value, low, high) if line else self._sized(name, value, low, high)

    def sku(self, name: str, high: int) -> str:
        """A sku of at most `high` characters, without white space and invisible characters around it."""
        value = self.members[name]
        if not isinstance(value, str) or unstorable(value):
            return self.text(name, 1, high)
        return self._line(name, identity.trim(value), 1, high)

    def gtin(self, name: str) -> str:
        """A Global Trade Item Number of 8, 12, 13 or 14 digits (GS1 General Specifications, section 7.9)."""
        value = self.members[name]
        if isinstance(value, str) and is_gtin(value):
            return value
        digits = isinstance(value, str) and GTIN.fullmatch(value)
        self.fault(name, "must have a valid check digit" if digits else "must be a string of 8, 12, 13 or 14 digits")
        return ""

    def slug(self, name: str, high: int) -> str:
        """A slug of at most `high` characters, such as names make."""
        value = self.text(name, 1, high)
        if value and identity.slug(value) != value:
            self.fault(name, "must be words of lower-case letters and digits with hyphens between them")
        return value

    def choice(self, name: str, words: tuple[str, ...]) -> str:
        """One of some words."""
        value = self.members[name]
        if value not in words:
            self.fault(name, f"must be one of {', '.join(words)}")
            return words[0]
        return str(value)

    def line(self, name: str, value: object, high: int, *rest: str | int) -> str:
        """A line of 1 to `high` characters within a member, without white space and invisible characters around it."""
        problem = unstorable(value) if isinstance(value, str) else "must be a string"
        if problem or not isinstance(value, str):
            self.fault(name, str(problem), *rest)
            return ""
        return self._line(name, identity.trim(value), 1, high, *rest)

    def lines(self, name: str, value: object, most: int, high: int) -> list[str]:
        """A list of at most `most` such lines."""
        if not isinstance(value, list):
            self.fault(name, "must be a list of strings")
            return []
        if len(value) > most:
            self.fault(name, f"must have at most {most} items")
        return [self.line(name, item, high, index) for index, item in enumerate(value[:most])]

    def _line(self, name: str, value: str, low: int, high: int, *rest: str | int) -> str:
        if not (value.isascii() and value.isprintable() and value.strip()):
            self._visible(name, value, low, *rest)
        return self._sized(name, value, low, high, *rest)

    def _visible(self, name: str, value: str, low: int, *rest: str | int) -> None:
        if identity.CONTROLS.search(value):
            self.fault(name, "must not contain control characters, such as tabs and line breaks", *rest)
        elif low and value and not identity.key(value):
            self.fault(name, "must have a visible character", *rest)

    def _sized(self, name: str, value: str, low: int, high: int, *rest: str | int) -> str:
        if not low <= len(value) <= high:
            bounds = f"must have {low} to {high} characters" if low else f"must have at most {high} characters"
            self.fault(name, bounds, *rest)
        return value

    def integer(self, name: str, low: int, high: int) -> int:
        """An integer from `low` to `high`."""
        value = whole(self.members[name])
        if value is None:
            self.fault(name, "must be an integer")
        elif not low <= value <= high:
            self.fault(name, f"must be from {low} to {high}")
        return value or 0

    def identity(self, name: str) -> int:
        """An id; one that is out of range reads as 0, which is never an id."""
        value = whole(self.members[name])
        if value is None:
            self.fault(name, "must be an id")
        return value if value and 0 < value <= MAX_ID else 0

    def currency(self, name: str) -> str | None:
        """An ISO 4217 code."""
        value = self.members[name]
        if isinstance(value, str) and value in money.DECIMALS:
            return value
        self.fault(name, "must be an ISO 4217 currency code, such as USD")
        return None

    def price(self, name: str) -> int | None:
        """A price above 0, in units."""
        value = amount(self.members[name])
        units = None
        if value is None:
            self.fault(name, "must be a number")
        elif value.adjusted() > _HUGE or not 0 < value <= _MAX_PRICE:
            self.fault(name, "must be above 0 and at most 999999999.99")
        elif not (units := money.units(value)):
            self.fault(name, "has more decimals than any currency allows")
        return units

    def decimals(self, name: str, units: int, currency: str) -> None:
        """Refuse an amount with more decimals than its currency has."""
        if units % money.step(currency):
            self.fault(name, f"must have at most {money.DECIMALS[currency]} decimals in {currency}")

    def ids(self, name: str, high: int) -> tuple[int, ...]:
        """At most `high` ids, in the order of the list."""
        value = self.members[name]
        if not isinstance(value, list):
            self.fault(name, "must be a list of ids")
            return ()
        found: list[int] = []
        for index, item in enumerate(value[: high + 1]):
            identity = whole(item)
            if identity is None:
                self.fault(name, "must be a list of ids", index)
            else:
                found.append(identity)
        if len(value) > high:
            self.fault(name, f"must have at most {high} ids")
        return tuple(found)


def safe(name: str) -> str:
    """A name that a client made up, as an error may show it."""
    return name[:100].encode(errors="replace").decode()
