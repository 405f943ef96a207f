"""Etsy's downloads of listings: a row for each, under a header in the language of the account.

Only two names of columns are the same in all languages, so columns are known by their places. Variants have a sku each
at most: the file has neither their prices nor their stocks.
"""

from collections.abc import Iterator, Sequence
from itertools import product as combinations
from math import prod

from app.bulk.formats import cells
from app.bulk.formats.conversion import Conversion
from app.bulk.formats.format import Format, Product, Variant, folded
from app.bulk.formats.row import Row
from app.bulk.formats.row_file import Place
from app.domain import models
from app.domain.unicode import identity

_FIRST = ("title", "description", "price", "currency_code", "quantity", "tags", "materials")
_VARIATIONS = (1, 2, 3)
_MIN_COLUMNS, _MAX_COLUMNS = 23, 27
_IMAGES = 10


def _columns(header: Sequence[str]) -> list[str] | None:
    """Names by position: seven columns, images, three columns for each of two or three variations, and the sku."""
    names = [folded(name) for name in header]
    while names and not names[-1]:
        names.pop()
    if not (_MIN_COLUMNS <= len(names) <= _MAX_COLUMNS and names[3] == "currency_code" and names[-1] == "sku"):
        return None
    variations = _VARIATIONS if len(names) == _MAX_COLUMNS else _VARIATIONS[:2]
    options = [f"{name} {number}" for number in variations for name in ("type", "name", "values")]
    images = [f"image {number}" for number in range(1, len(names) - len(_FIRST) - len(options))]
    return [*_FIRST, *images, *options, "sku"]


def _place(row: Row) -> Place:
    skus = cells.split(row["sku"])
    return Place(sku=identity.key(skus[0]) if len(skus) == 1 else "")


def _products(rows: Sequence[Row], to: Conversion) -> Iterator[Product]:
    (row,) = rows
    options = {cells.line(row[f"name {number}"]) or f"Option {number}": values for number, values in _variations(row)}
    materials = cells.split(row["materials"])
    if (count := prod(map(len, options.values()))) > models.MAX_VARIANTS:
        to.summary.not_held[f"variants of listings with more than {models.MAX_VARIANTS}"] += count
        options = {}
    if options and row["quantity"]:
        to.summary.not_held["stocks that variants share"] += 1
    members: dict[str, object] = {
        "name": cells.line(row["title"]),
        "description": to.description(row["description"]),
        "tags": to.tags(cells.split(row["tags"])),
        "attributes": to.attributes({"Materials": materials if len(materials) > 1 else row["materials"]}),
    }
    chosen = list(combinations(*options.values()))
    skus = cells.split(row["sku"]) if len(chosen) > 1 else [row["sku"]]
    skus = skus if len(skus) == len(chosen) else [""] * len(chosen)
    variants = [_variant(row, sku, values, to) for sku, values in zip(skus, chosen, strict=True)]
    images = to.images((url, "") for number in range(1, _IMAGES + 1) if (url := row[f"image {number}"]))
    yield Product(row.number, members, list(options), variants, images)


def _variations(row: Row) -> Iterator[tuple[int, list[str]]]:
    for number in _VARIATIONS:
        if values := cells.split(row[f"values {number}"]):
            yield number, list(dict.fromkeys(map(cells.line, values)))


def _variant(row: Row, sku: str, values: Sequence[str], to: Conversion) -> Variant:
    members: dict[str, object] = {
        "sku": to.sku(sku, identity.slug(row["title"]), values),
        **to.prices(row, "price", currency=row["currency_code"].upper()),
    }
    return Variant(row.number, members if values else members | to.stock(row, "quantity"), values)


ETSY = Format("etsy", "an Etsy download", _columns, _place, _products, has_currency=True)
