"""Rows as JSON bytes: the members that a version and `fields` show, and their conversions."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from app.domain import etags, money
from app.domain.catalogue import images, variants
from app.domain.orders import orders
from app.domain.unit_of_work import Row
from app.http.public_paths import prefix
from app.http.timestamps import rfc3339
from app.media.image_urls import address
from app.rate_limiting import costs
from app.rate_limiting.costs import Selected

_WEIGHT = Selected(costs.REFERENCE, leaves=len(("value", "unit")))
_PAIRS = Selected(costs.LIST, leaves=len(("name", "value")))
_BELOW = {
    "categories": Selected(costs.LIST, leaves=len(("id", "name"))),
    "tags": Selected(costs.LIST, leaves=1),
    "attributes": _PAIRS,
    "image": Selected(costs.REFERENCE, leaves=len(("url", "contentType", "width", "height", "bytes"))),
    "images": Selected(costs.LIST, leaves=len(("id", "url", "alt", "contentType", "width", "height", "bytes"))),
    "notHeld": Selected(costs.LIST, leaves=len(("name", "count"))),
    "options": Selected(costs.LIST, leaves=len(("name",)), below=(Selected(costs.LIST, leaves=1),)),
    "variants": Selected(
        costs.VARIANTS,
        leaves=len(("id", "sku", "gtin", "price", "compareAtPrice", "stock", "imageId")),
        below=(_PAIRS, _WEIGHT),
    ),
    "weight": _WEIGHT,
    "lines": Selected(
        costs.LIST,
        leaves=len(("productId", "name", "quantity", "unitPrice", "lineTotal", "variantId", "sku")),
        below=(_PAIRS,),
    ),
}
"""The members that are lists or objects, each with its cost."""
BELOW_VARIANT = _BELOW | {"options": _PAIRS}
"""The same of a variant, whose options are a name and a value each."""

_LONG = frozenset({"description", "images", "options", "variants", "tags", "attributes", "lines"})
"""The members with long values."""

encode = msgspec.json.Encoder(decimal_format="number").encode
Convert = Callable[[Any], Any]


class Projection:
    """Some members of a resource, in the contract's order.

    `columns` are its members; `selection` has besides them what the answer `needs`: the entity tag says the version,
    and the stock where the whole thing is shown, or the stocks of several variants. `leaves` and `below` are what a row
    costs, `long` are the places of columns that may be long.
    """

    def __init__(
        self,
        members: Sequence[str],
        converts: Mapping[str, Convert],
        *,
        whole: bool,
        needs: Sequence[str] = ("version",),
        below: Mapping[str, Selected] = _BELOW,
    ) -> None:
        self.columns = tuple(members)
        self.below = tuple(below[member] for member in members if member in below and member in converts)
        self.leaves = len(members) - len(self.below)
        self.long = tuple(place for place, member in enumerate(members) if member in _LONG & {*converts, "description"})
        self.selection = (*self.columns, *(name for name in needs if name not in self.columns))
        self._version = self.selection.index("version") if "version" in needs else 0
        self._stock = self.selection.index("stock") if whole and "stock" in self.columns else None
        self._stocks = self.selection.index("stocks") if self._stock is not None and "stocks" in needs else None
        self._shape = msgspec.defstruct("Thing", [(member, Any) for member in members], gc=False)
        self._converts = [converts.get(member) for member in members]

    def render(self, rows: Sequence[Row], skipped: int = 0) -> list[Any]:
        """Objects for the encoder, from rows with the `columns` after `skipped` others.

        It converts column by column, without a loop in Python.
        """
        if not rows:
            return []
        columns = list(zip(*rows, strict=True))[skipped:]
        made = [
            values if convert is None else map(convert, values)
            for values, convert in zip(columns, self._converts, strict=False)  # columns for the tag come last
        ]
        return list(map(self._shape, *made))

    def body(self, values: Row) -> bytes:
        """The JSON of one resource, from values in the order of `selection`."""
        return encode(self.render([values])[0])

    def value(self, name: str, values: Row) -> Any:
        """The value of a column of the `selection`."""
        return values[self.selection.index(name)]

    def state(self, values: Row) -> etags.State:
        """The state for the entity tag, from values in the order of `selection`."""
        version = values[self._version]
        if self._stocks is not None and values[self._stocks]:
            return etags.state(version, *variants.read_stocks(values[self._stocks]))
        return etags.State(version, "") if self._stock is None else etags.state(version, values[self._stock])


@lru_cache(maxsize=8192)
def format_time(microseconds: int) -> str:
    """A stored time as JSON has it."""
    return rfc3339(microseconds)


def categories_json(pairs: str) -> msgspec.Raw:
    """The categories of a product, from the JSON text of their (id, name)."""
    return _short_links(pairs) if len(pairs) <= _REMEMBERED else _links(pairs)


def _links(pairs: str) -> msgspec.Raw:
    return msgspec.Raw(encode([{"id": identity, "name": name} for identity, name in msgspec.json.decode(pairs)]))


_REMEMBERED = 2_000
"""The maximum characters of categories that are cached."""
_short_links = lru_cache(maxsize=1024)(_links)


def image(text: str | None) -> msgspec.Raw | None:
    """The first image of a product, from its column; only images without a public prefix are cached."""
    if text is None:
        return None
    return _image(text) if prefix() else _known_image(text)


def _image(text: str) -> msgspec.Raw:
    return msgspec.Raw(encode(image_json(images.parse_first_image(text))))


_known_image = lru_cache(maxsize=8192)(_image)


def image_json(of: images.OfProduct) -> dict[str, Any]:
    """The JSON object of an image."""
    return {
        "url": address(of),
        "contentType": of.image.content_type,
        "width": of.image.width,
        "height": of.image.height,
        "bytes": of.image.bytes,
    }


def listed(one: images.Listed) -> dict[str, Any]:
    """The JSON object of an image in a product's list."""
    return {"id": one.id, "alt": one.alt, **image_json(images.OfProduct(one.product_id, one.image))}


def images_json(text: str) -> list[dict[str, Any]]:
    """The images of a product, from their column."""
    return [listed(one) for one in images.read_list(text)]


def variants_json(text: str) -> list[dict[str, Any]]:
    """The variants of a product, from their column."""
    found = variants.read_list(text)
    for one in found:
        for name, convert in VARIANT.items():
            one[name] = convert(one[name])
    return found


def _amount(units: int | None) -> Any:
    return None if units is None else money.number(units)


def _weight(text: str | None) -> msgspec.Raw | None:
    return None if text is None else msgspec.Raw(text)


VARIANT: dict[str, Convert] = {
    "price": money.number,
    "compareAtPrice": _amount,
    "weight": _weight,
    "options": lambda text: msgspec.Raw(text or "{}"),
}
"""The conversions of a variant's columns to members."""


def lines(text: str) -> list[dict[str, Any]]:
    """The lines of an order, from its column."""
    return [
        {
            "productId": line.product_id,
            "name": line.name,
            "quantity": line.quantity,
            "unitPrice": money.number(line.unit_price),
            "lineTotal": money.number(line.unit_price * line.quantity),
            "variantId": line.variant_id,
            "sku": line.sku,
            "options": msgspec.Raw(line.options or "{}"),
        }
        for line in orders.lines(text)
    ]


def lines_without_variants(text: str) -> list[dict[str, Any]]:
    """The lines of an order, as a deprecated version shows them."""
    later = ("variantId", "sku", "options")
    return [{name: value for name, value in line.items() if name not in later} for line in lines(text)]


ORDER: dict[str, Convert] = {"total": money.number, "lines": lines, "createdAt": format_time}
"""The conversions of an order's columns to members."""
ORDER_WITHOUT_VARIANTS = ORDER | {"lines": lines_without_variants}

PRODUCT: dict[str, Convert] = {
    "price": money.number,
    "categories": categories_json,
    "image": image,
    "images": images_json,
    "createdAt": format_time,
    "updatedAt": format_time,
    "compareAtPrice": _amount,
    "weight": _weight,
    "tags": msgspec.Raw,
    "attributes": msgspec.Raw,
    "options": lambda text: msgspec.Raw(text or "[]"),
    "variants": variants_json,
}
"""The conversions of a product's columns to members."""
