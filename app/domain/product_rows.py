"""Writing products, any number at once: their rows, their places in categories, and their words."""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import msgspec
from sqlalchemy import (
    Integer,
    Table,
    bindparam,
    case,
    column,
    delete,
    insert,
    select,
    update,
)

from app.domain import models, search, text
from app.domain.errors import Conflict, Fault, Invalid, Violation
from app.domain.sql import one_of, records
from app.domain.unit import Statement, Unit

product = cast(Table, models.Product.__table__)  # type: ignore[attr-defined] # SQLModel makes it
link = cast(Table, models.ProductCategory.__table__)  # type: ignore[attr-defined]
p = product.c


class Draft(NamedTuple):
    """A product as it is to be; the price in units, the categories' ids ascending."""

    name: str
    price: int
    currency: str = "USD"
    description: str = ""
    sku: str | None = None
    stock: int | None = None
    category_ids: tuple[int, ...] = ()


class Change(NamedTuple):
    """A product that is stored, and what it is to become."""

    id: int
    stored: Draft
    draft: Draft


_FIELDS = (p.name, p.name_key, p.price, p.currency, p.description, p.sku, p.stock)
_NOW = bindparam("now", type_=p.created_at.type)
_ONE = column("one", Integer())

_new = records(*_FIELDS)
_INSERT = Statement(
    insert(product)
    .from_select(
        [*(field.name for field in _FIELDS), "version", "created_at", "updated_at"],
        select(*_new.c, bindparam("version", 1, type_=p.version.type), _NOW, _NOW),
    )
    .returning(p.id)
)
EDITED = {"version": p.version + 1, "updated_at": case((p.updated_at < _NOW, _NOW), else_=p.updated_at)}
"""What every edit of a product changes; takes the time as `now`."""

_edited = records(p.id, *_FIELDS)
_UPDATE = Statement(
    update(product)
    .where(p.id == _edited.c.id)
    .values(**{field.name: _edited.c[field.name] for field in _FIELDS}, **EDITED)
)
_places = records(link.c.category_id, link.c.product_id)
_SORTED_BY = (p.price, p.name_key, p.created_at, p.updated_at)
_LINK = Statement(
    insert(link).from_select(
        ["category_id", "product_id", *(key.name for key in _SORTED_BY)],
        select(_places.c.category_id, p.id, *_SORTED_BY).join_from(_places, product, p.id == _places.c.product_id),
    )
)
_TOUCH = Statement(
    update(link)
    .where(one_of(link.c.product_id, "ids"))
    .values(updated_at=select(p.updated_at).where(p.id == link.c.product_id).scalar_subquery())
)
_UNLINK = Statement(delete(link).where(one_of(link.c.product_id, "ids")))


async def insert_all(unit: Unit, drafts: Sequence[Draft]) -> list[int]:
    """Make products; their ids, in the same order. Raises `Conflict` where a sku is taken."""
    rows = [_stored(draft) for draft in drafts]
    try:
        made = await unit.all(_INSERT, rows=_json(rows), now=unit.now())
    except Violation as violation:
        raise _taken(violation) from None
    ids = sorted(row[0] for row in made)  # ids rise in the order of the rows
    await _link(unit, list(zip(ids, drafts, strict=True)))
    await search.index(unit, [(i, draft.name, draft.description) for i, draft in zip(ids, drafts, strict=True)])
    return ids


async def update_all(unit: Unit, changes: Sequence[Change]) -> None:
    """Edit products: each gets the next version, whether or not it differs from what is stored."""
    rows = [[change.id, *_stored(change.draft)] for change in changes]
    try:
        await unit.all(_UPDATE, rows=_json(rows), now=unit.now())
    except Violation as violation:
        raise _taken(violation) from None
    moved = [change for change in changes if _place(change.stored) != _place(change.draft)]
    if moved:
        await unit.all(_UNLINK, ids=[change.id for change in moved])
        await _link(unit, [(change.id, change.draft) for change in moved])
    if len(moved) < len(changes):
        await touch(unit, [change.id for change in changes])
    reworded = [change for change in changes if _wording(change.stored) != _wording(change.draft)]
    if reworded:
        await search.index(unit, [(change.id, *_wording(change.draft)) for change in reworded])


async def touch(unit: Unit, ids: Sequence[int]) -> None:
    """Tell the categories of edited products when that was."""
    await unit.all(_TOUCH, ids=list(ids))


async def _link(unit: Unit, placed: Sequence[tuple[int, Draft]]) -> None:
    rows = [[category_id, product_id] for product_id, draft in placed for category_id in draft.category_ids]
    if not rows:
        return
    try:
        await unit.all(_LINK, rows=_json(rows))
    except Violation:
        raise Invalid([Fault(("categoryIds",), "One of the categories is being deleted.")]) from None


def _stored(draft: Draft) -> list[Any]:
    return [draft.name, text.key(draft.name), *draft[1:6]]


def _place(draft: Draft) -> tuple[object, ...]:
    return draft.category_ids, draft.price, draft.name


def _wording(draft: Draft) -> tuple[str, str]:
    return draft.name, draft.description


def _json(rows: Sequence[Sequence[Any]]) -> str:
    return msgspec.json.encode(rows).decode()


def _taken(violation: Violation) -> Exception:
    return Conflict("Another product has this sku.", "sku") if violation.constraint == "uq_product_sku" else violation
