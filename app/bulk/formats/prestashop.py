"""PrestaShop's files of products: a row for each, usually with net prices; their combinations are another file."""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from app.bulk.formats import cells
from app.bulk.formats.conversion import Conversion
from app.bulk.formats.format import Format, Product, Variant, folded
from app.bulk.formats.row import Row
from app.bulk.formats.row_file import Place
from app.domain.unicode import identity

_NAME = re.compile(r"name ?\*")
_PRICE = re.compile(r"price tax (?:excluded|included).*")
_ID = re.compile(r"(?:product )?id")
_FEATURES = re.compile(r"feature ?\(.*", re.IGNORECASE)
_MEASURES = ("width", "height", "depth", "weight")
_DISCOUNTS = ("discount amount", "discount percent")


def _columns(header: Sequence[str]) -> list[str] | None:
    """The names of a header; those that differ between releases become `name`, `price` and `id`."""
    names = [folded(name) for name in header]
    known = {"name": _NAME, "price": _PRICE, "id": _ID}
    named = [next((to for to, pattern in known.items() if pattern.fullmatch(name)), name) for name in names]
    return named if {"name", "price"} <= set(named) and any(map(_PRICE.fullmatch, names)) else None


def _remark(header: Sequence[str]) -> str | None:
    net = any(folded(name) == "price tax excluded" for name in header)
    return "prices are net, as the file has them" if net else None


def _place(row: Row) -> Place:
    return Place(sku=identity.key(row["reference #"]))


def _products(rows: Sequence[Row], to: Conversion) -> Iterator[Product]:
    (row,) = rows
    if any(map(row.__getitem__, _DISCOUNTS)):
        to.summary.not_held["discounts"] += 1
    shown = row["active (0/1)"] != "0" and row["visibility"].casefold() != "none"
    members: dict[str, object] = {
        "name": cells.line(row["name"]),
        "description": to.description(row.first("description", "summary")),
        "slug": to.slug(row["url rewritten"]),
        "status": "active" if shown else "draft",
        "brand": cells.line(row["manufacturer"]) or None,
        "categories": cells.names(cells.split(row["categories (x,y,z...)"])),
        "tags": to.tags(cells.split(row["tags (x,y,z...)"])),
        "attributes": to.attributes(
            {
                **{name.capitalize(): to.number(row[name], name) for name in _MEASURES},
                **dict(_features(row)),
                "MPN": row["mpn"],
                "Condition": row["condition"],
            }
        ),
    }
    variant: dict[str, object] = {
        "sku": to.sku(row["reference #"], row["id"] or row["name"]),
        **to.prices(row, "price"),
        "gtin": to.gtin(row["ean13"], row["upc"]),
        **to.stock(row, "quantity"),
    }
    yield Product(row.number, members, variants=[Variant(row.number, variant)], images=to.images(_images(row)))


def _features(row: Row) -> Iterator[tuple[str, str]]:
    """Features, each as `Name:Value:Position`."""
    for name, _ in row.columns.matching(_FEATURES):
        for feature in cells.split(row[name]):
            label, _, value = feature.partition(":")
            yield cells.line(label), value.partition(":")[0]


def _images(row: Row) -> Iterator[tuple[str, str]]:
    """Images, whose addresses and texts are two lists in the same order."""
    urls = cells.split(row["image urls (x,y,z...)"])
    texts = row["image alt texts (x,y,z...)"].split(",")
    return ((url, text) for url, text in zip_longest(urls, texts[: len(urls)], fillvalue=""))


PRESTASHOP = Format("prestashop", "a PrestaShop file", _columns, _place, _products, remark=_remark)
