"""The feed for Google Merchant Center: tab-separated values, a line for each variant.

The attributes and their bounds are those of https://support.google.com/merchants/answer/7052112.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256

from app.bulk.feeds.addresses import Addresses
from app.domain import money
from app.domain.bulk.listings import Listing, Sold

REQUIRED = ("id", "title", "description", "link", "image_link", "availability", "price")
COLUMNS = (
    *REQUIRED,
    *("sale_price", "additional_image_link", "brand", "gtin", "mpn", "identifier_exists", "condition", "product_type"),
    *("item_group_id", "color", "size", "material", "pattern", "shipping_weight"),
)
_MAX_CHARACTERS = {"title": 150, "description": 5_000, "product_type": 750, "brand": 70, "mpn": 70, "material": 200} | (
    dict.fromkeys(("color", "size", "pattern"), 100)
)
"""The maximum characters of texts; longer texts are cut at a word."""
_MAX_ID, _DIGITS = 50, 10
_MAX_IMAGES = 10
_SAID_BY = {
    "color": ("color", "colour", "farbe", "couleur", "colore"),
    "size": ("size", "größe", "taille", "taglia"),
    "material": ("material", "matière", "materiale"),
    "pattern": ("pattern", "muster"),
    "mpn": ("mpn",),
}
"""The names of options and attributes that fill an attribute of the feed."""
_CONDITIONS = frozenset({"new", "refurbished", "used"})


class GoogleFeed:
    """A feed; `left_out` counts the omitted products by missing member."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses, self.left_out = addresses, Counter[str]()

    def begin(self) -> bytes:
        """The header."""
        return _tsv([COLUMNS])

    def lines(self, listings: Sequence[Listing]) -> bytes:
        """The lines of some products."""
        rows: list[Iterable[str]] = []
        for listing in listings:
            found = [_row(listing, sold, self._addresses) for sold in listing.variants]
            missing = next((name for row in found for name in REQUIRED if not row[name]), None)
            if missing:
                self.left_out[missing] += 1
            else:
                rows += [row.values() for row in found]
        return _tsv(rows)

    def end(self) -> bytes:
        """Nothing ends a table."""
        return b""


def _row(listing: Listing, sold: Sold, addresses: Addresses) -> dict[str, str]:
    image, *others = addresses.images(listing, sold) or [""]
    in_sale = sold.price < sold.regular_price
    said = {name: listing.said(sold, *names) for name, names in _SAID_BY.items()}
    condition = listing.said(sold, "condition").casefold()
    cells = said | {
        "id": _id(sold.sku or str(sold.id)),
        "title": listing.name_of(sold),
        "description": listing.description,
        "link": addresses.page(listing),
        "image_link": image,
        "availability": "in_stock" if sold.in_stock else "out_of_stock",
        "price": _price(sold.regular_price, listing.currency),
        "sale_price": _price(sold.price, listing.currency) if in_sale else "",
        "additional_image_link": ",".join(others[:_MAX_IMAGES]),
        "brand": listing.brand or "",
        "gtin": sold.gtin or "",
        "identifier_exists": "" if sold.gtin or (listing.brand and said["mpn"]) else "no",
        "condition": condition if condition in _CONDITIONS else "",
        "product_type": " > ".join(listing.categories[0]) if listing.categories else "",
        "item_group_id": str(listing.id) if sold.options else "",
        "shipping_weight": f"{sold.weight['value']} {sold.weight['unit']}" if sold.weight else "",
    }
    return {name: _cut(cells[name], _MAX_CHARACTERS.get(name)) for name in COLUMNS}


def _id(sku: str) -> str:
    """The id for a sku: the sku, or its beginning and a hash if it is too long."""
    if len(sku) <= _MAX_ID:
        return sku
    return f"{sku[: _MAX_ID - _DIGITS - 1]}:{sha256(sku.encode()).hexdigest()[:_DIGITS]}"


def _price(units: int, currency: str) -> str:
    return f"{money.text(units, currency)} {currency}"


def _cut(text: str, most: int | None) -> str:
    """A text on one line, cut at a word."""
    text = " ".join(text.split())
    return text if most is None or len(text) <= most else text[: most + 1].rpartition(" ")[0] or text[:most]


def _tsv(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter="\t").writerows(rows)
    return text.getvalue().encode()
