r"""WooCommerce's exports: a row for each product, and for each variation of a variable one, before or behind it.

A variation names its parent by sku or as `id:123`. Lists have commas between their parts, texts `\n` for line breaks.
"""

import re
from collections.abc import Iterator, Sequence

from app.bulk.formats import cells
from app.bulk.formats.conversion import Conversion
from app.bulk.formats.format import Format, Product, Variant, named
from app.bulk.formats.row import Row
from app.bulk.formats.row_file import Place
from app.bulk.import_options import ImageUrl
from app.domain.unicode import identity

_ATTRIBUTE = re.compile(r"attribute (\d+) name", re.IGNORECASE)
_MEASURE = re.compile(r"(?:length|width|height) \(\w+\)", re.IGNORECASE)
_WEIGHT = re.compile(r"weight \((\w+)\)", re.IGNORECASE)
_ANY = "Any"
"""The value of a variation that means all values."""
_SUBSCRIPTION = re.compile(r"-subscription|subscription[_-]")
"""Products that are sold as subscriptions are variable, and have variations, like others."""


def _types(row: Row) -> list[str]:
    return cells.split(_SUBSCRIPTION.sub("", row["type"].casefold()))


def _place(row: Row) -> Place:
    types, sku, number = _types(row), identity.key(row["sku"]), f"id:{row['id']}" if row["id"] else ""
    if "variation" in types:
        return Place(identity.key(row["parent"]), sku=sku)
    if "variable" in types:
        return Place(sku or number, {sku, number} - {""})
    return Place(sku or number, sku="" if "grouped" in types else sku)


def _products(rows: Sequence[Row], to: Conversion) -> Iterator[Product]:
    variations = [row for row in rows if "variation" in _types(row)]
    for row in rows:
        types = _types(row)
        if "grouped" in types:
            to.summary.not_held["grouped products"] += 1
        elif "variable" in types and not variations:
            to.summary.not_held["variable products without variations"] += 1
        elif "variable" in types:
            yield _variable(row, sorted(variations, key=lambda one: cells.position(one["position"])), to)
            variations = []
        elif "variation" not in types:
            variant = _variant(row, row, (), to)
            yield Product(row.number, _members(row, _attributes(row), to), (), [variant], _images([row], to))
    for row in variations:
        yield Product(row.number, {}, problem=f"The parent of this variation, `{row['parent']}`, is not in the file.")


def _variable(parent: Row, variations: Sequence[Row], to: Conversion) -> Product:
    """A product with options: those attributes that its variations have a value of."""
    if parent["sku"]:
        to.summary.not_held["skus of products with variants"] += 1
    attributes = _attributes(parent)
    values = [_attributes(row) for row in variations]
    options = [name for name in attributes if any(name in each for each in values)]
    rest = {name: attributes[name] for name in attributes if name not in options}
    images = _images([parent, *variations], to)
    product = Product(parent.number, _members(parent, rest, to), options, images=images)
    for row, each in zip(variations, values, strict=True):
        if row["published"] == "0":
            to.summary.not_held["disabled variations"] += 1
        else:
            chosen = [", ".join(each.get(name, [_ANY])) for name in options]
            product.variants.append(_variant(row, parent, chosen, to))
    return product


def _attributes(row: Row) -> dict[str, list[str]]:
    named = ((name, found[1]) for name, found in row.columns.matching(_ATTRIBUTE) if row[name])
    values = {cells.line(row[name]): cells.split_escaped(row[f"attribute {number} value(s)"]) for name, number in named}
    return {name: list(map(cells.line, parts)) for name, parts in values.items() if parts}


def _images(rows: Sequence[Row], to: Conversion) -> list[ImageUrl]:
    return to.images((url, "") for row in rows for url in cells.split(row["images"]))


def _members(row: Row, attributes: dict[str, list[str]], to: Conversion) -> dict[str, object]:
    measures = {found[0]: to.number(row[name], name) for name, found in row.columns.matching(_MEASURE)}
    description = row.first("description", "short description").replace(r"\n", "\n")
    return {
        "name": cells.line(row["name"]),
        "description": to.description(description, breaks=True),
        "status": "active" if row["published"] in ("", "1") else "draft",
        "brand": next(iter(cells.split_escaped(row["brands"])), None),
        "categories": cells.paths(path.split(">") for path in cells.split_escaped(row["categories"])),
        "tags": to.tags(cells.split_escaped(row["tags"])),
        "attributes": to.attributes({**attributes, **measures}),
    }


def _variant(row: Row, product: Row, values: Sequence[str], to: Conversion) -> Variant:
    base = product["sku"] if product is not row else ""
    members: dict[str, object] = {
        "sku": to.sku(row["sku"], base or product["id"] or product["name"], values),
        **to.prices(row, "regular price", "sale price", ["date sale price starts", "date sale price ends"]),
        "gtin": to.gtin(row["gtin, upc, ean, or isbn"]),
    }
    for name, found in row.columns.matching(_WEIGHT):
        members["weight"] = to.weight(row, name, found[1])
    sold_out = row["in stock?"] == "0"
    if row["stock"].casefold() == "parent":
        to.summary.not_held["stocks that variants share"] += 1
    else:
        members |= to.stock(row, "stock") if row["stock"] else {"stock": 0 if sold_out else None}
    return Variant(row.number, members, values, next(iter(cells.split(row["images"])), ""))


WOOCOMMERCE = Format("woocommerce", "a WooCommerce export", named("type", "name", "regular price"), _place, _products)
