"""Magento 2's exports: a row for each product, for each view of a store, and for what its variants have in common.

A configurable product names its variants' skus and options; the variants' own rows have prices and stocks.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from app.bulk.formats import cells
from app.bulk.formats.conversion import Conversion
from app.bulk.formats.format import Format, Product, Variant, named
from app.bulk.formats.row import Row
from app.bulk.formats.row_file import Place
from app.domain.unicode import identity

_PAIR = re.compile(r"(?:\A|,)([a-zA-Z]\w*)=(.*?)(?=,[a-zA-Z]\w*=|\Z)", re.DOTALL)
_VARIATIONS = re.compile(r"\|(?=sku=)")
_OF_THE_SYSTEM = frozenset({"has_options", "required_options"})
_CONFIGURABLE = "configurable"
_SETS = frozenset({"grouped", "bundle"})
_HIDDEN = "not visible individually"


def _kind(row: Row) -> str:
    return row["product_type"].casefold()


def _place(row: Row) -> Place:
    sku = identity.key(row["sku"])
    if row["store_view_code"]:
        return Place(sku)
    return Place(sku, _named(row), sku if _kind(row) not in {*_SETS, _CONFIGURABLE} else "")


def _products(rows: Sequence[Row], to: Conversion) -> Iterator[Product]:
    own = [row for row in rows if not row["store_view_code"]]
    if len(own) < len(rows):
        to.summary.not_held["translations"] += len(rows) - len(own)
    configurable = [row for row in own if _kind(row) == _CONFIGURABLE]
    named = {sku for row in configurable for sku in _named(row)}
    children = {sku: row for row in own if (sku := identity.key(row["sku"])) in named}
    for row in own:
        if row in configurable:
            yield from _configurable(row, children, to)
        elif _kind(row) in _SETS:
            to.summary.not_held[f"{_kind(row)} products"] += 1
        elif identity.key(row["sku"]) not in named:
            yield _product(row, _attributes(row), to)


def _named(row: Row) -> list[str]:
    """The keys of the skus of the variants that a configurable product names."""
    return [identity.key(each.get("sku", "")) for each in _variations(row)]


def _variations(row: Row) -> list[dict[str, str]]:
    """The variants that a configurable product names, each with its sku and the codes of its options."""
    cell = row["configurable_variations"]
    return [_pairs(part) for part in _VARIATIONS.split(cell)] if cell else []


def _configurable(row: Row, children: Mapping[str, Row], to: Conversion) -> Iterator[Product]:
    """A product with options, if one of its variants is present and enabled."""
    variations = _variations(row)
    codes = list(dict.fromkeys(code for each in variations for code in each if code != "sku"))
    labels = _pairs(row["configurable_variation_labels"])
    found: dict[Row, list[str]] = {}
    for sku, each in zip(_named(row), variations, strict=True):
        child = children.get(sku)
        if child is None:
            to.summary.not_held["variants without a row of their own"] += 1
        elif _is_off(child):
            to.summary.not_held["variants that are switched off"] += 1
        else:
            found[child] = [cells.line(each.get(code, "")) for code in codes]
    if not found:
        to.summary.not_held["configurable products without variants"] += 1
        return
    to.summary.not_held["skus of products with variants"] += 1
    attributes = {name: value for name, value in _attributes(row).items() if name not in codes}
    product = _product(row, attributes, to, list(found))
    product.options = [labels.get(code, code) for code in codes]
    product.variants = [_variant(child, values, to) for child, values in found.items()]
    yield product


def _pairs(cell: str) -> dict[str, str]:
    return dict(_PAIR.findall(cell))


def _attributes(row: Row) -> dict[str, str | list[str]]:
    """Attributes by code; `|` separates the values of an attribute."""
    pairs = _pairs(row["additional_attributes"])
    listed = {code: cells.split(value, "|") for code, value in pairs.items() if code not in _OF_THE_SYSTEM}
    return {code: values if len(values) > 1 else "".join(values) for code, values in listed.items()}


def _product(row: Row, attributes: dict[str, str | list[str]], to: Conversion, children: Sequence[Row] = ()) -> Product:
    hidden = row["visibility"].casefold() == _HIDDEN and not children
    members: dict[str, object] = {
        "name": cells.line(row["name"]),
        "description": to.description(row.first("description", "short_description")),
        "slug": to.slug(row["url_key"]),
        "status": "draft" if hidden or _is_off(row) else "active",
        "categories": _categories(row),
        "attributes": to.attributes({**attributes, "weight": to.number(row["weight"], "weight")}),
    }
    images = to.images((url, "") for each in (row, *children) for url in _images(each))
    return Product(row.number, members, (), [] if children else [_variant(row, (), to)], images)


def _is_off(row: Row) -> bool:
    return row["product_online"] in ("0", "2")


def _categories(row: Row) -> list[str]:
    """The paths without their first names, which are store roots."""
    return cells.paths(path.split("/")[1:] for path in cells.split(row["categories"]))


def _images(row: Row) -> list[str]:
    return [*cells.split(row["base_image"]), *cells.split(row["additional_images"])]


def _variant(row: Row, values: Sequence[str], to: Conversion) -> Variant:
    counted = row["manage_stock"] != "0" or row["use_config_manage_stock"] != "0"
    members: dict[str, object] = {
        "sku": row["sku"],
        **to.prices(row, "price", "special_price", ["special_price_from_date", "special_price_to_date"]),
        **(to.stock(row, "qty") if counted else {"stock": None}),
    }
    return Variant(row.number, members, values, row["base_image"])


MAGENTO = Format(
    *("magento", "a Magento export", named("sku", "product_type", "attribute_set_code"), _place, _products), decimal="."
)
