"""Shopify's exports, and the template of its help centre: a row for each variant, and for each further image.

Every row has the product's handle; the first one has its other members. A row without a price is only an image.
"""

import re
from collections.abc import Iterator, Sequence

from app.bulk.formats import cells
from app.bulk.formats.conversion import Conversion
from app.bulk.formats.format import Format, Product, Variant, folded
from app.bulk.formats.row import Row
from app.bulk.formats.row_file import Place
from app.domain.unicode import identity

_REQUIRED = {"handle", "title", "variant price"}
_NAMES_OF_TEMPLATE = {
    "url handle": "handle",
    "description": "body (html)",
    "product image url": "image src",
    "published on online store": "published",
    "sku": "variant sku",
    "barcode": "variant barcode",
    "price": "variant price",
    "compare-at price": "variant compare at price",
    "inventory tracker": "variant inventory tracker",
    "inventory quantity": "variant inventory qty",
    "weight value (grams)": "variant grams",
    "weight unit for display": "variant weight unit",
    "variant image url": "variant image",
}
_STATUSES = ("active", "draft", "archived")
_METAFIELD = re.compile(r"(.*)\(product\.metafields\.([^.()]+)\.([^()]+)\)", re.IGNORECASE)
_MAX_OPTIONS = 3
_DEFAULTS = {"Default Title", "Default"}
"""The value of the only variant, today and in exports of 2015."""


def _columns(header: Sequence[str]) -> list[str] | None:
    """The names of an export, whichever of the two headers a file has."""
    names = [folded(name) for name in header]
    if set(names) >= _REQUIRED:
        return names
    names = [_NAMES_OF_TEMPLATE.get(name, name) for name in names]
    return names if set(names) >= _REQUIRED else None


def _place(row: Row) -> Place:
    sku = row["variant sku"] if row["variant price"] else ""
    return Place(identity.key(row["handle"]), sku=identity.key(sku))


def _sells(row: Row) -> bool:
    """Whether a row is a variant; one without a price is if it has a sku, or options and no image."""
    options = not row["image src"] and any(row[f"option{number} value"] for number in range(1, _MAX_OPTIONS + 1))
    return bool(row["variant price"] or row["variant sku"] or options)


def _products(rows: Sequence[Row], to: Conversion) -> Iterator[Product]:
    head = next((row for row in rows if row["title"]), rows[0])
    if cells.yes(head["gift card"]):
        to.summary.not_held["gift cards"] += 1
        return
    product = Product(
        head.number,
        {
            "name": cells.line(head["title"]),
            "description": to.description(head["body (html)"]),
            "slug": to.slug(head["handle"]),
            "status": _status(head),
            "brand": cells.line(head["vendor"]) or None,
            "categories": _categories(head),
            "tags": to.tags(cells.split(head["tags"])),
            "attributes": to.attributes(dict(_metafields(head))),
        },
        _options(rows),
        images=to.images(_images(rows)),
    )
    for row in rows:
        if _sells(row):
            product.variants.append(_variant(row, head["handle"], len(product.options), to))
    yield product


def _status(head: Row) -> str:
    """The status; products that are not published in the shop are drafts."""
    status = head["status"].casefold()
    if status == "active" or status not in _STATUSES:
        return "active" if head["published"].casefold() != "false" else "draft"
    return status


def _categories(head: Row) -> list[str]:
    category = cells.unescaped(head["product category"])
    if not category or category.casefold() == "uncategorized":
        return cells.paths([[head["type"]]])
    if head["type"]:
        head.columns.leave("type")
    return cells.paths([category.split(">")])


def _metafields(head: Row) -> Iterator[tuple[str, str | list[str]]]:
    """Metafields by their labels; those of Shopify's own taxonomy are lists."""
    for name, found in head.columns.matching(_METAFIELD):
        label, namespace, key = found.groups()
        cell = head[name]
        yield label.strip() or key, cells.split(cell, ";") if namespace.casefold() == "shopify" else cell


def _images(rows: Sequence[Row]) -> list[tuple[str, str]]:
    ordered = sorted(rows, key=lambda row: cells.position(row["image position"]))
    return [(row["image src"], row["image alt text"]) for row in ordered if row["image src"]]


def _options(rows: Sequence[Row]) -> list[str]:
    """The names of the options that a product has; one without any says `Title`, and a default for its value."""
    names = []
    for number in range(1, _MAX_OPTIONS + 1):
        values = {row[f"option{number} value"] for row in rows} - {""}
        if not values or values <= _DEFAULTS:
            break
        named = (row[f"option{number} name"] for row in rows)
        names.append(cells.line(next(filter(None, named), f"Option {number}")))
    return names


def _variant(row: Row, handle: str, options: int, to: Conversion) -> Variant:
    values = [cells.line(row[f"option{number} value"]) for number in range(1, options + 1)]
    members: dict[str, object] = {
        "sku": to.sku(row["variant sku"], handle, values),
        **to.prices(row, "variant price", compare_at="variant compare at price"),
        "gtin": to.gtin(row["variant barcode"]),
        "weight": to.weight(row, "variant grams", "g", row["variant weight unit"]),
    }
    stock = to.stock(row, "variant inventory qty")
    members |= stock if row["variant inventory tracker"] else dict.fromkeys(stock)
    return Variant(row.number, members, values, row["variant image"])


SHOPIFY = Format("shopify", "a Shopify export", _columns, _place, _products, decimal=".")
