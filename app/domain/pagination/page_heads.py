"""Pages whose first rows are read by themselves: only where they do not fill the page is the whole list read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, CompoundSelect, Select, func, literal_column, select, union_all

from app.domain.pagination.keyset import SIDES, Listing, PageShape, Source, Values, beyond, order_by
from app.domain.sql.conditions import integer

NEAR = 2_000
"""The first rows of a list in order, among which those of a page are looked for."""


def computed(listing: Listing, shape: PageShape, columns: Sequence[ColumnElement[Any]], values: Values) -> Select[Any]:
    """A page by a computed key: computed once per row; then only the columns of the page are read."""
    source = listing.source(shape.sort.key, shape.conditions, values, True)
    keyed = values.correlate(source.rows).add_columns(source.key.label("sort_key"), source.id.label("row_id"))
    is_plain = not (shape.backward or shape.before or shape.sort.descending)
    head = _head(source.head, values) if source.head is not None and is_plain else None
    if head is not None:
        keyed = keyed.where(_rows(head) < values("size", source.id))
    # Without an offset the engines would put the computation into each place that mentions it.
    keys = keyed.offset(literal_column("0")).subquery("keys")
    found = Source(select().select_from(keys), keys.c.sort_key, keys.c.row_id)
    bounds = [beyond(shape, found, side, values) for side in SIDES if getattr(shape, side)]
    ordered = found.rows.where(*bounds).order_by(*order_by(shape, found.key, found.id))
    page = ordered.limit(values("size", found.id)).add_columns(found.key, found.id)
    return _shown(listing, shape, page if head is None else _headed(page, head, values("size", source.id)), columns)


def near(
    listing: Listing, shape: PageShape, source: Source, columns: Sequence[ColumnElement[Any]], values: Values
) -> Select[Any]:
    """A page whose rows are probably among the first ones in its order, which are read by the index of the sort."""
    assert source.near is not None  # noqa: S101 - the caller looked
    walked, holds = source.near
    size = values("size", source.id)
    first = _ordered(shape, walked, values).limit(integer(NEAR)).subquery("first")
    head = select(first.c.sort_key, first.c.row_id).where(holds(first.c.row_id)).limit(size)
    kept = head.order_by(*order_by(shape, first.c.sort_key, first.c.row_id)).cte("head")
    whole = _ordered(shape, source, values).limit(size).subquery("whole").c
    page = select(whole.sort_key, whole.row_id).where(_rows(kept) < size)
    # PostgreSQL expects 6,000 rows of it unless it is limited, and would hash all products to join them.
    return _shown(listing, shape, _headed(page, kept, size).limit(size), columns)


def _ordered(shape: PageShape, source: Source, values: Values) -> Select[Any]:
    """The sort keys and ids of a source within the bounds, in order."""
    bounds = [beyond(shape, source, side, values) for side in SIDES if getattr(shape, side)]
    rows = values.correlate(source.rows).add_columns(source.key.label("sort_key"), source.id.label("row_id"))
    return rows.where(*bounds).order_by(*order_by(shape, source.key, source.id))


def _shown(
    listing: Listing,
    shape: PageShape,
    page: Select[Any] | CompoundSelect[Any],
    columns: Sequence[ColumnElement[Any]],
) -> Select[Any]:
    """The columns of a page of sort keys and ids."""
    cut = page.subquery("cut")
    rows = select(cut.c.sort_key, cut.c.row_id, *columns).join_from(cut, listing.table, listing.id == cut.c.row_id)
    return rows.order_by(*order_by(shape, cut.c.sort_key, cut.c.row_id))


def _head(head: Source, values: Values) -> CTE:
    """The first rows of a list's head, a page of them at most."""
    keys = (head.key.label("sort_key"), head.id.label("row_id"))
    return head.rows.add_columns(*keys).order_by(head.id).limit(values("size", head.id)).cte("head")


def _rows(table: CTE) -> ColumnElement[int]:
    return select(func.count()).select_from(table).scalar_subquery()


def _headed(page: Select[Any], head: CTE, size: ColumnElement[int]) -> CompoundSelect[Any]:
    """A page that is the head's rows where they fill it; only else the page has any."""
    rows = page.subquery("page_of_all").c
    return union_all(
        select(head.c.sort_key, head.c.row_id).where(_rows(head) == size), select(rows.sort_key, rows.row_id)
    )
