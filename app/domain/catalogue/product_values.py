"""The values that products are filtered and counted by, one row each: the brand, the tags, and the attributes.

A value is found by its key (`identity`), cut to `LENGTH` characters, and shown by its label, as it was written. The
places of a product in categories repeat its values in one text, so that the facets of a category read these alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import delete, insert, select

from app.domain import models
from app.domain.fields.drafts import Draft
from app.domain.sql.conditions import one_of
from app.domain.sql.records import bind_rows, many_records
from app.domain.sql.tables import table_of
from app.domain.unicode import identity
from app.domain.unit_of_work import Statement, Unit

value = table_of(models.ProductValue)
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


MAX_PACKED = 1_000
"""Characters of a text of values at most; the places of a product that has more say nothing of its values."""
ENTRY, PART = "\x1e", "\x1f"
"""The separators of the values of such a text, and of the parts of a value."""

_new = many_records(pv.name, pv.value, pv.product_id, pv.label, pv.number)
_INSERT = Statement(
    insert(value).from_select(
        list(Value._fields), select(*_new.c).order_by(_new.c.name, _new.c.value, _new.c.product_id)
    )
)
_DELETE = Statement(delete(value).where(one_of(pv.product_id, "ids")))


def key(text: str) -> str:
    """The key of a value, for comparison."""
    return identity.key(text)[:LENGTH]


def attribute(name: str) -> str:
    """The name of an attribute's values."""
    return ATTRIBUTE + identity.key(name)


async def insert_all(unit: Unit, values: Sequence[Value]) -> None:
    """Store the values of new products."""
    if values:
        await unit.all(_INSERT, **bind_rows(unit.engine, values))


async def replace_all(unit: Unit, product_ids: Sequence[int], values: Sequence[Value]) -> None:
    """Replace the stored values of products."""
    await unit.all(_DELETE, ids=list(product_ids))
    await insert_all(unit, values)


def members(draft: Draft) -> Members:
    """The members of a product that its values come from."""
    return Members(draft.brand, draft.tags, draft.attributes)


def of_product(product_id: int, members: Members) -> list[Value]:
    """The distinct values of a product."""
    if members == _NONE:
        return []
    found: dict[tuple[str, str], Value] = {}
    for name, label, number in _labels(members):
        row = Value(name, key(label), product_id, label[:LENGTH], number)
        found.setdefault(row[:2], row)
    return list(found.values())


def packed(values: Iterable[Value]) -> str | None:
    """The values of a product in one text: name, key and label of each, and an empty part after those of a number.

    None where the text were too long.
    """
    parts = ((one.name, one.value, one.label, *(() if one.number is None else ("",))) for one in values)
    text = ENTRY.join(map(PART.join, parts))
    return text if len(text) <= MAX_PACKED else None


def _labels(members: Members) -> Iterator[tuple[str, str, float | None]]:
    if members.brand is not None:
        yield BRAND, members.brand, None
    for tag in msgspec.json.decode(members.tags):
        yield TAG, tag, None
    for name, values in msgspec.json.decode(members.attributes).items():
        for one in values if isinstance(values, list) else [values]:
            is_number = isinstance(one, int | float) and not isinstance(one, bool)
            label = one if isinstance(one, str) else msgspec.json.encode(one).decode()
            yield attribute(name), label, float(one) if is_number else None
