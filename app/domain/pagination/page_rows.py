"""The rows of a page: one statement, whatever its sort, its conditions and the side that it begins at."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, literal_column, union_all

from app.domain.pagination import page_heads
from app.domain.pagination.keyset import SIDES, Listing, PageShape, Source, Values, beyond, order_by, rising
from app.domain.unit_of_work import Engine


def page_rows(
    listing: Listing, shape: PageShape, columns: Sequence[str], values: Values, engine: Engine
) -> Select[Any] | CompoundSelect[Any]:
    """The rows of a page as `sort_key`, `row_id` and the columns by their names, in reading order, cut to its size."""
    selected = [listing.columns[name].label(f"c_{name}") for name in columns]
    if shape.sort.key in listing.computed:
        return page_heads.computed(listing, shape, selected, values)
    source = listing.source(shape.sort.key, _conditions(listing, shape), values, False)
    if source.near is not None:
        return page_heads.near(listing, shape, source, selected, values)
    if engine == "sqlite" and source.id is listing.id and _start(shape) and source.key is not source.id:
        ties = listing.source(shape.sort.key, _conditions(listing, shape, ties=True), values, False)
        return _split(shape, source, ties, selected, values)
    parts = [_part(shape, one, selected, values) for one in (source, *source.others)]
    if len(parts) > 1 and engine == "sqlite":
        return _merged(shape, parts, source, values)
    pages = [
        part.order_by(*order_by(shape, one.key, one.id)).limit(values("size", source.id))
        for part, one in zip(parts, (source, *source.others), strict=True)
    ]
    return _merged(shape, pages, source, values) if len(pages) > 1 else pages[0]


def _part(shape: PageShape, of: Source, selected: Sequence[ColumnElement[Any]], values: Values) -> Select[Any]:
    """The rows of a source within the bounds."""
    bounds = [beyond(shape, of, side, values) for side in SIDES if getattr(shape, side)]
    return _labelled(of, values.correlate(of.rows).where(*bounds), selected)


def _labelled(of: Source, rows: Select[Any], selected: Sequence[ColumnElement[Any]]) -> Select[Any]:
    return rows.add_columns(of.key.label("sort_key"), of.id.label("row_id"), *selected)


def _merged(shape: PageShape, parts: Sequence[Select[Any]], source: Source, values: Values) -> CompoundSelect[Any]:
    """The first rows of several selects, merged in order."""
    order = order_by(shape, literal_column("sort_key"), literal_column("row_id"))
    return union_all(*parts).order_by(*order).limit(values("size", source.id))


def _start(shape: PageShape) -> str | None:
    """The bound where reading begins."""
    side = "before" if shape.backward else "after"
    return side if getattr(shape, side) else None


def _conditions(listing: Listing, shape: PageShape, *, ties: bool = False) -> tuple[str, ...]:
    """The conditions of a page; for the `ties` of the bound that it begins at no other one bounds the key."""
    side = _start(shape)
    if side is None or shape.sort.key not in listing.ranges:
        return shape.conditions
    lower, upper = listing.ranges[shape.sort.key]
    passed = lower + upper if ties else lower if rising(shape, side) else upper
    return tuple(f"passed_{name}" if name in passed else name for name in shape.conditions)


def _split(
    shape: PageShape, source: Source, ties: Source, columns: Sequence[ColumnElement[Any]], values: Values
) -> CompoundSelect[Any]:
    """A page that begins at a bound, for SQLite: the rest of that key's ties, then the other keys.

    SQLite takes no row id from an index for a row comparison, so it would go through all ties that lie before.
    """
    side = str(_start(shape))
    key, identity = values(f"{side}_key", source.key), values(f"{side}_id", source.id)
    rises = rising(shape, side)
    others = [other for other in SIDES if other != side and getattr(shape, other)]
    parts = []
    for tied, of in zip((ties, *ties.others), (source, *source.others), strict=True):
        same = tied.rows.where(of.key == key, of.id > identity if rises else of.id < identity)
        rest = of.rows.where(of.key > key if rises else of.key < key)
        bounds = [beyond(shape, of, other, values) for other in others]
        parts += [_labelled(of, values.correlate(rows).where(*bounds), columns) for rows in (same, rest)]
    return _merged(shape, parts, source, values)
