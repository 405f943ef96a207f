"""The values that products are filtered and counted by, one row each: the brand, the tags, and the attributes.

A value is found by its key (`identity`), cut to `LENGTH` characters, and shown by its label, as it was written.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

import msgspec
from sqlalchemy import Table, delete, insert, select

from app.domain import models
from app.domain.catalogue.product_fields import Draft
from app.domain.sql.conditions import one_of
from app.domain.sql.records import bind_rows, many_records
from app.domain.unicode import identity
from app.domain.unit_of_work import Statement, Unit

value = cast(Table, models.ProductValue.__table__)  # type: ignore[attr-defined] # SQLModel makes it
pv = value.c

LENGTH = 255
BRAND, TAG, ATTRIBUTE = "brand", "tag", "attributes."
"""The names of the values: an attribute's is that of its key behind the prefix."""


class Members(NamedTuple):
    """The members of a product that its values come from, as they are stored: tags and attributes are JSON."""

    brand: str | None
    tags: str
    attributes: str


_NONE = Members(None, "[]", "{}")


class Value(NamedTuple):
    """A value of a product, in the order of the columns."""

    name: str
    value: str
    product_id: int
    label: str
    number: float | None = None


_new = many_records(pv.name, pv.value, pv.product_id, pv.label, pv.number)
_INSERT = Statement(
    insert(value).from_select(
        list(Value._fields), select(*_new.c).order_by(_new.c.name, _new.c.value, _new.c.product_id)
    )
)
_DELETE = Statement(delete(value).where(one_of(pv.product_id, "ids")))


def key(text: str) -> str:
    """The key of a value."""
    return identity.key(text)[:LENGTH]


def attribute(name: str) -> str:
    """The name of an attribute's values."""
    return ATTRIBUTE + identity.key(name)


async def insert_all(unit: Unit, products: Sequence[tuple[int, Members]]) -> None:
    """Store the values of new products."""
    rows = [row for product_id, members in products for row in _values(product_id, members)]
    if rows:
        await unit.all(_INSERT, **bind_rows(unit.engine, rows))


async def replace_all(unit: Unit, products: Sequence[tuple[int, Members]]) -> None:
    """Store the values of products in place of what stood there."""
    await unit.all(_DELETE, ids=[product_id for product_id, _ in products])
    await insert_all(unit, products)


def members(draft: Draft) -> Members:
    """The members of a product that its values come from."""
    return Members(draft.brand, draft.tags, draft.attributes)


def _values(product_id: int, given: Members) -> list[Value]:
    """The values of a product, each once."""
    if given == _NONE:
        return []
    found: dict[tuple[str, str], Value] = {}
    for name, label, number in _labels(given):
        row = Value(name, key(label), product_id, label[:LENGTH], number)
        found.setdefault(row[:2], row)
    return list(found.values())


def _labels(given: Members) -> Iterator[tuple[str, str, float | None]]:
    if given.brand is not None:
        yield BRAND, given.brand, None
    for tag in msgspec.json.decode(given.tags):
        yield TAG, tag, None
    for name, values in msgspec.json.decode(given.attributes).items():
        for one in values if isinstance(values, list) else [values]:
            is_number = isinstance(one, int | float) and not isinstance(one, bool)
            label = one if isinstance(one, str) else msgspec.json.encode(one).decode()
            yield attribute(name), label, float(one) if is_number else None
