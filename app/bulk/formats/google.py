"""Feeds as Google Merchant Center takes them (also Meta's and Awin's): an item for each variant, some in groups.

The attributes are those of https://support.google.com/merchants/answer/7052112.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from app.bulk.formats import cells
from app.bulk.formats.conversion import Conversion
from app.bulk.formats.format import Format, Product, Variant, folded
from app.bulk.formats.row import Row
from app.bulk.formats.row_file import Place
from app.domain.unicode import identity

_OPTIONS = ("color", "size", "pattern", "material", "gender", "age_group", "size_type", "size_system")
"""The attributes that may differ within a group, the most likely first."""
_ATTRIBUTES = (*_OPTIONS, "condition", "mpn", "energy_efficiency_class")
COLUMNS = (
    *("id", "title", "description", "image_link", "additional_image_link", "availability", "price", "sale_price"),
    *("sale_price_effective_date", "brand", "gtin", "google_product_category", "product_type", "item_group_id"),
    *("shipping_weight", *_ATTRIBUTES),
)
"""The attributes of an item that an import uses."""
_REQUIRED = {"id", "title", "price", "image_link"}
_SOLD_OUT = frozenset({"out of stock", "sold out", "discontinued"})


def _columns(header: Sequence[str]) -> list[str] | None:
    """The attributes of a header, which may have blanks for underscores, or the prefix of XML feeds."""
    names = [folded(name).removeprefix("g:").replace(" ", "_") for name in header]
    return names if set(names) >= _REQUIRED else None


def _place(row: Row) -> Place:
    group = identity.key(row["item_group_id"])
    return Place(f"group {group}" if group else "", sku=identity.key(row["id"]))


def _products(rows: Sequence[Row], to: Conversion) -> Iterator[Product]:
    head, options = rows[0], _options(rows)
    product = Product(
        head.number,
        {
            "name": _title([cells.line(row["title"]) for row in rows]),
            "description": to.description(head["description"]),
            "brand": cells.line(head["brand"]) or None,
            "categories": cells.paths([_category(head).split(">")]),
            "attributes": to.attributes({_label(name): head[name] for name in _ATTRIBUTES if name not in options}),
        },
        [_label(name) for name in options],
        images=to.images((url, "") for row in rows for url in _images(row)),
    )
    product.variants += [_variant(row, [cells.line(row[name]) for name in options], to) for row in rows]
    yield product


def _options(rows: Sequence[Row]) -> list[str]:
    """The attributes that differ within a group, and the ids if the attributes do not distinguish all items."""
    names = [name for name in _OPTIONS if len({row[name] for row in rows}) > 1]
    distinct = {tuple(row[name] for name in names) for row in rows}
    return names if len(distinct) == len(rows) else [*names, "id"]


def _title(titles: Sequence[str]) -> str:
    """The common beginning of all titles, since each title may name its variant; else the first title."""
    same = takewhile(lambda words: len(set(words)) == 1, zip(*map(str.split, titles), strict=False))
    return " ".join(word for word, *_ in same).rstrip(" ,-–|/(:") or titles[0]


def _category(row: Row) -> str:
    """A path of categories: the shop's own, or Google's where it is no number."""
    googles = cells.unescaped(row["google_product_category"])
    return cells.unescaped(row["product_type"]) or (googles if ">" in googles else "")


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _images(row: Row) -> list[str]:
    return [*cells.split(row["image_link"]), *cells.split(row["additional_image_link"])]


def _variant(row: Row, values: Sequence[str], to: Conversion) -> Variant:
    members: dict[str, object] = {
        "sku": row["id"],
        **to.prices(row, "price", "sale_price", ["sale_price_effective_date"]),
        "gtin": to.gtin(row["gtin"]),
        "stock": 0 if row["availability"].casefold().replace("_", " ") in _SOLD_OUT else None,
        "weight": to.weight(row, "shipping_weight"),
    }
    return Variant(row.number, members, values, row["image_link"])


GOOGLE = Format("google", "a product feed (Google, Meta, Awin)", _columns, _place, _products, has_currency=True)
