"""Rows as JSON: which members a version and `fields` show, and the bytes that they become."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from app.domain import etags, money
from app.domain.unit import Row

_MICROSECONDS = 1e6

encode = msgspec.json.Encoder(decimal_format="number").encode
Convert = Callable[[Any], Any]


class View:
    """Some members of a thing, in the contract's order.

    `columns` are what they are made of; `selection` has besides them what the entity tag needs: the version, and the
    stock where the whole thing is shown. Members without a column are null.
    """

    def __init__(
        self, members: Sequence[str], columns: Iterable[str], converts: Mapping[str, Convert], *, whole: bool
    ) -> None:
        known = frozenset(columns)
        self.columns = tuple(member for member in members if member in known)
        self.selection = (*self.columns, *(("version",) if "version" not in self.columns else ()))
        self._blank: dict[str, Any] = dict.fromkeys(members)
        self._converts = [(name, convert) for name, convert in converts.items() if name in self.columns]
        self._version = self.selection.index("version")
        self._stock = self.selection.index("stock") if whole and "stock" in self.columns else None

    def render(self, values: Row) -> dict[str, Any]:
        """The members of a thing, whose values stand in the order of `columns` or `selection`."""
        shown = self._blank.copy()
        shown.update(zip(self.columns, values, strict=False))
        for name, convert in self._converts:
            shown[name] = convert(shown[name])
        return shown

    def state(self, values: Row) -> etags.State:
        """What the entity tag says of a thing, whose values stand in the order of `selection`."""
        version = values[self._version]
        return etags.State(version, "") if self._stock is None else etags.state(version, values[self._stock])


def instant(microseconds: int) -> datetime:
    """A stored time; JSON has it by RFC 3339, in UTC."""
    return datetime.fromtimestamp(microseconds / _MICROSECONDS, UTC)


@lru_cache(maxsize=1024)
def links(pairs: str) -> msgspec.Raw:
    """The categories of a product, from the JSON text of their (id, name)."""
    return msgspec.Raw(encode([{"id": identity, "name": name} for identity, name in msgspec.json.decode(pairs)]))


PRODUCT: dict[str, Convert] = {"price": money.number, "categories": links, "createdAt": instant, "updatedAt": instant}
"""How a product's columns become its members, where they differ."""
