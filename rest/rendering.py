"""Rows as JSON: which members a version and `fields` show, and the bytes that they become."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from app.domain import etags, images, money, orders
from app.domain.unit import Row
from app.image_addresses import address

_MICROSECONDS = 1e6

encode = msgspec.json.Encoder(decimal_format="number").encode
Convert = Callable[[Any], Any]


class View:
    """Some members of a thing, in the contract's order.

    `columns` are its members; `selection` has besides them what the entity tag needs: the version, and the
    stock where the whole thing is shown.
    """

    def __init__(
        self,
        members: Sequence[str],
        converts: Mapping[str, Convert],
        *,
        whole: bool,
        versioned: bool = True,
    ) -> None:
        self.columns = tuple(members)
        self.selection = (*self.columns, *(("version",) if versioned and "version" not in self.columns else ()))
        self._version = self.selection.index("version") if versioned else 0
        self._stock = self.selection.index("stock") if whole and "stock" in self.columns else None
        self._shape = msgspec.defstruct("Thing", [(member, Any) for member in members], gc=False)
        self._converts = [converts.get(member) for member in members]

    def render(self, rows: Sequence[Row], skipped: int = 0) -> list[Any]:
        """Things to be encoded, from rows that have the `columns` after some to skip.

        It goes by columns: their conversions, and the things themselves, are made without a loop in Python.
        """
        if not rows:
            return []
        given = list(zip(*rows, strict=True))[skipped:]
        made = [
            values if convert is None else map(convert, values)
            for values, convert in zip(given, self._converts, strict=False)  # what the tag needs besides comes last
        ]
        return list(map(self._shape, *made))

    def body(self, values: Row) -> bytes:
        """The JSON of one thing, whose values stand in the order of `selection`."""
        return encode(self.render([values])[0])

    def state(self, values: Row) -> etags.State:
        """What the entity tag says of a thing, whose values stand in the order of `selection`."""
        version = values[self._version]
        return etags.State(version, "") if self._stock is None else etags.state(version, values[self._stock])


@lru_cache(maxsize=8192)
def instant(microseconds: int) -> datetime:
    """A stored time; JSON has it by RFC 3339, in UTC."""
    return datetime.fromtimestamp(microseconds / _MICROSECONDS, UTC)


@lru_cache(maxsize=1024)
def links(pairs: str) -> msgspec.Raw:
    """The categories of a product, from the JSON text of their (id, name)."""
    return msgspec.Raw(encode([{"id": identity, "name": name} for identity, name in msgspec.json.decode(pairs)]))


@lru_cache(maxsize=8192)
def image(text: str | None) -> msgspec.Raw | None:
    """The image of a product, from its column."""
    return None if text is None else msgspec.Raw(encode(shown(images.read(text))))


def shown(of: images.OfProduct) -> dict[str, Any]:
    """An image as the contract has it."""
    return {
        "url": address(of),
        "contentType": of.image.content_type,
        "width": of.image.width,
        "height": of.image.height,
        "bytes": of.image.bytes,
    }


def lines(text: str) -> list[dict[str, Any]]:
    """The lines of an order, from its column."""
    return [
        {
            "productId": line.product_id,
            "name": line.name,
            "quantity": line.quantity,
            "unitPrice": money.number(line.unit_price),
            "lineTotal": money.number(line.unit_price * line.quantity),
        }
        for line in orders.lines(text)
    ]


ORDER: dict[str, Convert] = {"total": money.number, "lines": lines, "createdAt": instant}
"""How an order's columns become its members, where they differ."""

PRODUCT: dict[str, Convert] = {
    "price": money.number,
    "categories": links,
    "image": image,
    "createdAt": instant,
    "updatedAt": instant,
}
"""How a product's columns become its members, where they differ."""
