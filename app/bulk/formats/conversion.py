"""Cells of a shop's file as members of import lines; what is fitted and what is left out is counted."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import NamedTuple, TypeAlias

from app.bulk import amounts
from app.bulk.formats import cells, html_text
from app.bulk.formats.made_up_skus import MadeUpSkus
from app.bulk.formats.row import Row
from app.bulk.formats.tally import Tally
from app.bulk.import_options import ImageUrl
from app.domain import file_models, models, money
from app.domain.catalogue import attributes, image_sources
from app.domain.unicode import identity

_GRAMS = {"g": Decimal(1), "kg": Decimal(1000), "oz": Decimal("28.349523125"), "lb": Decimal("453.59237")}
_UNITS = {"g": "g", "kg": "kg", "oz": "oz", "lb": "lb", "lbs": "lb"}
_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_HTTPS = re.compile(r"https://[^\s\x00-\x1f\x7f]+")
_WEIGHT = re.compile(r"([\d.,]+)\s*([a-z]*)", re.IGNORECASE)
_MOST_DECIMALS = 6
"""Decimals of a weight."""
_MOST_DIGITS = 20
"""Characters of an amount: longer cells are none."""


Attribute: TypeAlias = str | list[str] | Decimal | None
"""A value of an attribute; an empty one is none."""


class Money(NamedTuple):
    """An amount, or the cell where it is none, and its currency."""

    number: Decimal | str
    currency: str


class Conversion:
    """Converts the cells of one file.

    `currency` is that of amounts that name none, `mark` gives the decimal mark of a column.
    """

    def __init__(self, tally: Tally, skus: MadeUpSkus, currency: str | None, mark: Callable[[str], str | None]) -> None:
        self.tally, self._skus, self._currency, self._mark = tally, skus, currency, mark

    def prices(
        self,
        row: Row,
        regular: str,
        sale: str = "",
        dates: Sequence[str] = (),
        *,
        compare_at: str = "",
        currency: str | None = None,
    ) -> dict[str, object]:
        """The price, currency and former price of a row.

        A sale makes the regular price the former one, unless it has `dates`: nothing would end it here. Raises
        `amounts.Ambiguous`.
        """
        price, former = self._price(row, regular, currency), self._price(row, compare_at, currency)
        lowered = self._price(row, sale, currency)
        if price and lowered and any(map(row.__getitem__, dates)):
            self.tally.not_held["sale prices with dates"] += 1
        elif price and lowered and lowered.number != price.number:
            price, former = lowered, price
        if price is None:
            return {}
        found: dict[str, object] = {"price": price.number, "currency": price.currency}
        if sale in row.columns or compare_at in row.columns:
            found["compareAtPrice"] = former.number if former and former.number != 0 else None
        return found

    def _price(self, row: Row, column: str, stated: str | None) -> Money | None:
        """A price, rounded half up to the decimals of its currency; None if the cell is empty."""
        found = self._amount(row[column], column)
        if found is None:
            return Money(row[column], stated or self._currency or "") if row[column] else None
        currency = _currency(found.currencies, stated or self._currency)
        number = Decimal(found.number)
        rounded = number.quantize(Decimal(1).scaleb(-money.DECIMALS.get(currency, 2)), ROUND_HALF_UP)
        if rounded != number:
            self.tally.changed["prices rounded"] += 1
        return Money(rounded, currency)

    def stock(self, row: Row, column: str) -> dict[str, object]:
        """The stock of a row, rounded down and at least 0; it is not counted if the cell is empty."""
        if column not in row.columns:
            return {}
        found = self._amount(row[column], column)
        if found is None:
            return {"stock": row[column] or None}
        number = Decimal(found.number)
        whole = int(number.to_integral_value(ROUND_FLOOR))
        if whole < 0:
            self.tally.changed["stocks below 0 set to 0"] += 1
        elif whole != number:
            self.tally.changed["stocks rounded down"] += 1
        return {"stock": max(0, whole)}

    def number(self, cell: str, column: str) -> Decimal | None:
        """A number above 0, if a cell of a column is one."""
        found = self._amount(cell, column)
        number = Decimal(found.number) if found else Decimal(0)
        return number if number > 0 else None

    def weight(self, row: Row, column: str, unit: str = "", shown: str = "") -> dict[str, object] | None:
        """A weight in that unit, or in the one of its cell, but `shown` in another one where that is exact.

        It is None if it is 0, or its unit is not known.
        """
        parts = _WEIGHT.fullmatch(row[column])
        if parts is None:
            return None
        number, unit = self.number(parts[1], column), _UNITS.get((parts[2] or unit).casefold(), "")
        if not number or not unit:
            return None
        shown = _UNITS.get(shown.casefold(), unit)
        value = round(number * _GRAMS[unit] / _GRAMS[shown], _MOST_DECIMALS)
        exact = value * _GRAMS[shown] == number * _GRAMS[unit]
        return {"value": value, "unit": shown} if exact else {"value": round(number, _MOST_DECIMALS), "unit": unit}

    def gtin(self, *numbers: str) -> str | None:
        """The first valid GTIN of some cells."""
        digits = [re.sub(r"[\s'-]", "", number) for number in numbers if number]
        valid = next(filter(_is_gtin, digits), None)
        if digits and valid is None:
            self.tally.not_held["barcodes without a right check digit"] += 1
        return valid

    def sku(self, own: str, base: str, values: Iterable[str] = ()) -> str:
        """The sku of a row, made up of its product's `base` and its options where it has none or shares it."""
        if own and not self._skus.is_shared(own):
            return own
        self.tally.changed[f"skus made up where {'several share one' if own else 'there is none'}"] += 1
        return self._skus.make(base, values)

    def images(self, urls: Iterable[tuple[str, str]]) -> list[ImageUrl]:
        """Images by their URLs and alternative texts, as many as a product can have."""
        named: dict[str, str] = {}
        for url, alt in urls:
            if len(url) > image_sources.MAX_SOURCE or not _HTTPS.fullmatch(url):
                self.tally.not_held["images without an https address"] += 1
            elif url in named or len(named) < file_models.MAX_IMAGES:
                named[url] = named.get(url) or cells.line(alt)[: file_models.MAX_ALT]
            else:
                self.tally.not_held[f"images beyond the {file_models.MAX_IMAGES} of a product"] += 1
        self.tally.images += len(named)
        return list(map(ImageUrl._make, named.items()))

    def description(self, cell: str, *, breaks: bool = False) -> str:
        """A description as plain text."""
        return html_text.text(cell, breaks=breaks)

    def slug(self, handle: str) -> str | None:
        """A slug as it stands in addresses; None if it is none here, so that the name makes one."""
        return handle if handle and identity.slug(handle) == handle and len(handle) <= models.MAX_SLUG else None

    def tags(self, names: Sequence[str]) -> list[str]:
        """Tags, as many as a product can have."""
        kept = [name for name in map(cells.line, names) if len(name) <= models.MAX_TAG][: models.MAX_TAGS]
        if len(kept) < len(names):
            self.tally.not_held["tags beyond the bounds of a product"] += len(names) - len(kept)
        return kept

    def attributes(self, values: Mapping[str, Attribute]) -> dict[str, object]:
        """Attributes by their names; empty ones are left out, and those that a product cannot hold."""
        kept: dict[str, object] = {}
        keys = {""}
        room = attributes.MAX_CHARACTERS
        for name, value in values.items():
            texts = list(map(cells.line, value if isinstance(value, list) else [str(value)]))
            if value is None or not any(texts):
                continue
            room -= len(name) + sum(map(len, texts))
            fits = len(texts) <= attributes.MAX_ITEMS and max(map(len, texts)) <= attributes.MAX_TEXT
            fits &= len(name) <= attributes.MAX_NAME and identity.key(name) not in keys
            if room < 0 or not fits or len(kept) == attributes.MOST:
                self.tally.not_held["attributes beyond the bounds of a product"] += 1
            else:
                keys.add(identity.key(name))
                kept[name] = value if isinstance(value, Decimal) else texts if isinstance(value, list) else texts[0]
        return kept

    def _amount(self, cell: str, column: str) -> amounts.Amount | None:
        return amounts.amount(cell.removeprefix("'"), self._mark(column)) if len(cell) <= _MOST_DIGITS else None


def _currency(possible: frozenset[str], stated: str | None) -> str:
    if len(possible) == 1:
        return next(iter(possible))
    if stated is None or (possible and stated not in possible):
        raise amounts.Ambiguous("its currency is not in the file: name it with --currency")
    return stated


def _is_gtin(digits: str) -> bool:
    if not _GTIN.fullmatch(digits):
        return False
    return not sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10
