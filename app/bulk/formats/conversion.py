"""Converts cells of a shop's file to members of import lines, and counts changed and omitted values."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import NamedTuple, TypeAlias

from app.bulk import amounts
from app.bulk.formats import cells, html_text
from app.bulk.formats.file_summary import FileSummary
from app.bulk.formats.made_up_skus import GeneratedSkus
from app.bulk.formats.row import Row
from app.bulk.import_options import ImageUrl
from app.domain import file_models, models, money
from app.domain.catalogue import image_sources
from app.domain.fields import attributes, weights
from app.domain.unicode import identity
from app.domain.validation import is_gtin

_GRAMS = {"g": Decimal(1), "kg": Decimal(1000), "oz": Decimal("28.349523125"), "lb": Decimal("453.59237")}
_UNITS = {"g": "g", "kg": "kg", "oz": "oz", "lb": "lb", "lbs": "lb"}
_HTTPS = re.compile(r"https://[^\s\x00-\x1f\x7f]+")
_WEIGHT = re.compile(r"([\d.,]+)\s*([a-z]*)", re.IGNORECASE)
_MAX_MONEY = Decimal(money.MAX_PRICE) / money.SCALE
_MAX_DECIMALS = weights.MAX_DECIMALS
_MAX_DIGITS = 20
"""The maximum characters of an amount; longer cells are not amounts."""


Attribute: TypeAlias = str | list[str] | Decimal | None
"""A value of an attribute; empty values are omitted."""


class Money(NamedTuple):
    """An amount, or the unparsed cell, and its currency."""

    number: Decimal | str
    currency: str


class Conversion:
    """Converts the cells of one file.

    `currency` is that of amounts that name none, `mark` gives the decimal mark of a column.
    """

    def __init__(
        self, summary: FileSummary, skus: GeneratedSkus, currency: str | None, mark: Callable[[str], str | None]
    ) -> None:
        self.summary, self._skus, self._currency, self._mark = summary, skus, currency, mark

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

        A sale makes the regular price the former one, unless it has `dates`: nothing would end it here. The price of a
        row with a price that can mean several is the reason.
        """
        try:
            price, former, lowered = (self._price(row, name, currency) for name in (regular, compare_at, sale))
        except amounts.Ambiguous as problem:
            return {"price": problem}
        if price and lowered and any(map(row.__getitem__, dates)):
            self.summary.not_held["sale prices with dates"] += 1
        elif price and lowered and lowered.number != price.number:
            price, former = lowered, price
        if price is None:
            return {}
        found: dict[str, object] = {"price": price.number, "currency": price.currency}
        if sale in row.columns or compare_at in row.columns:
            found["compareAtPrice"] = self._former(former)
        return found

    def _former(self, price: Money | None) -> Decimal | None:
        """A former price; an invalid one is omitted, and the row is imported."""
        if price is None or price.number == 0:
            return None
        if isinstance(price.number, Decimal) and 0 < price.number <= _MAX_MONEY:
            return price.number
        self.summary.not_held["former prices that are no prices"] += 1
        return None

    def _price(self, row: Row, column: str, stated: str | None) -> Money | None:
        """A price, rounded half up to the decimals of its currency; None if the cell is empty."""
        found = self._amount(row[column], column)
        if found is None:
            return Money(row[column], stated or self._currency or "") if row[column] else None
        currency = _currency(found.currencies, stated or self._currency)
        number = Decimal(found.number)
        rounded = number.quantize(Decimal(1).scaleb(-money.DECIMALS.get(currency, 2)), ROUND_HALF_UP)
        if rounded != number:
            self.summary.changed["prices rounded"] += 1
        return Money(rounded, currency)

    def stock(self, row: Row, column: str) -> dict[str, object]:
        """The stock of a row, rounded down and at least 0; `None` (not counted) if the cell is empty."""
        if column not in row.columns:
            return {}
        found = self._amount(row[column], column)
        if found is None:
            return {"stock": row[column] or None}
        number = Decimal(found.number)
        whole = int(number.to_integral_value(ROUND_FLOOR))
        if whole < 0:
            self.summary.changed["stocks below 0 set to 0"] += 1
        elif whole != number:
            self.summary.changed["stocks rounded down"] += 1
        return {"stock": max(0, whole)}

    def number(self, cell: str, column: str) -> Decimal | None:
        """The number in a cell, if it is above 0."""
        found = self._amount(cell, column)
        number = Decimal(found.number) if found else Decimal(0)
        return number if number > 0 else None

    def weight(self, row: Row, column: str, unit: str = "", shown: str = "") -> dict[str, object] | None:
        """A weight in `unit`, or in the unit in its cell; converted to `shown` if that is exact.

        `None` if it is 0 or its unit is unknown.
        """
        parts = _WEIGHT.fullmatch(row[column])
        if parts is None:
            return None
        number, unit = self.number(parts[1], column), _UNITS.get((parts[2] or unit).casefold(), "")
        if not number or not unit:
            return None
        if number > models.MAX_WEIGHT:
            self.summary.not_held["weights beyond the bounds of a product"] += 1
            return None
        shown = _UNITS.get(shown.casefold(), unit)
        value = round(number * _GRAMS[unit] / _GRAMS[shown], _MAX_DECIMALS)
        exact = value * _GRAMS[shown] == number * _GRAMS[unit]
        return {"value": value, "unit": shown} if exact else {"value": round(number, _MAX_DECIMALS), "unit": unit}

    def gtin(self, *numbers: str) -> str | None:
        """The first valid GTIN of some cells."""
        digits = [re.sub(r"[\s'-]", "", number) for number in numbers if number]
        valid = next(filter(is_gtin, digits), None)
        if digits and valid is None:
            self.summary.not_held["barcodes without a valid check digit"] += 1
        return valid

    def sku(self, own: str, base: str, values: Iterable[str] = ()) -> str:
        """The sku of a row; a missing or shared one is generated from the product's `base` and the options."""
        if own and not self._skus.is_shared(own):
            return own
        self.summary.changed[f"skus generated where {'several share one' if own else 'there is none'}"] += 1
        return self._skus.make(base, values)

    def images(self, urls: Iterable[tuple[str, str]]) -> list[ImageUrl]:
        """Images with URLs and alternative texts, up to a product's maximum."""
        named: dict[str, str] = {}
        for url, alt in urls:
            if len(url) > image_sources.MAX_SOURCE or not _HTTPS.fullmatch(url):
                self.summary.not_held["images without an https address"] += 1
            elif url in named or len(named) < file_models.MAX_IMAGES:
                named[url] = named.get(url) or cells.line(alt)[: file_models.MAX_ALT]
            else:
                self.summary.not_held[f"images beyond the {file_models.MAX_IMAGES} of a product"] += 1
        self.summary.images += len(named)
        return list(map(ImageUrl._make, named.items()))

    def description(self, cell: str, *, breaks: bool = False) -> str:
        """A description as plain text."""
        return html_text.text(cell, breaks=breaks)

    def slug(self, handle: str) -> str | None:
        """A slug; `None` if it is not valid here, so that the name makes one."""
        return handle if handle and identity.slug(handle) == handle and len(handle) <= models.MAX_SLUG else None

    def tags(self, names: Sequence[str]) -> list[str]:
        """Tags, up to a product's maximum."""
        kept = [name for name in map(cells.line, names) if len(name) <= models.MAX_TAG][: models.MAX_TAGS]
        if len(kept) < len(names):
            self.summary.not_held["tags beyond a product's limits"] += len(names) - len(kept)
        return kept

    def attributes(self, values: Mapping[str, Attribute]) -> dict[str, object]:
        """Attributes by name, without empty ones and those that a product cannot store."""
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
            if room < 0 or not fits or len(kept) == attributes.MAX_ATTRIBUTES:
                self.summary.not_held["attributes beyond a product's limits"] += 1
            else:
                keys.add(identity.key(name))
                kept[name] = value if isinstance(value, Decimal) else texts if isinstance(value, list) else texts[0]
        return kept

    def _amount(self, cell: str, column: str) -> amounts.Amount | None:
        return amounts.amount(cell.removeprefix("'"), self._mark(column)) if len(cell) <= _MAX_DIGITS else None


def _currency(possible: frozenset[str], stated: str | None) -> str:
    if len(possible) == 1:
        return next(iter(possible))
    if stated is None:
        raise amounts.Ambiguous("the file does not name its currency: use --currency")
    if possible and stated not in possible:
        raise amounts.Ambiguous(f"its currency is not {stated}")
    return stated
