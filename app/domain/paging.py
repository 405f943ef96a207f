"""Keyset pages: one statement a page, in both directions over every sort, at the same cost at any depth.

A `Listing` says what can be listed and sorted; `page` gives one page of it, `pages` one page for each of many parents.
Both are a row comparison on (sort key, id), so ties never lose or repeat a row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, select, true, tuple_

from app.domain import cursors
from app.domain.cursors import Place
from app.domain.errors import InvalidCursor
from app.domain.sql import among, each, one_of
from app.domain.unit import Engine, Row, Statement, Unit

DEFAULT_SIZE = 20
MAX_SIZE = 100


class Sort(NamedTuple):
    """A sort key of a listing, and its direction; descending is the exact reverse, ties included."""

    key: str = "id"
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.key}" if self.descending else self.key


class Window(NamedTuple):
    """Which page: at most `size` rows after and before a cursor; from the end of that range where `backward`."""

    size: int = DEFAULT_SIZE
    after: str | None = None
    before: str | None = None
    backward: bool = False


class Filter(Protocol):
    """What a list is narrowed by. Hashable; equal filters share cursors."""

    def __hash__(self) -> int: ...

    def values(self, engine: Engine) -> dict[str, Any]:
        """The conditions that apply, by name, with the values that they are bound to."""


class Source(NamedTuple):
    """The rows of a listing under a filter: a select without columns, and its sort key and id."""

    rows: Select[Any]
    key: ColumnElement[Any]
    id: ColumnElement[int]


@dataclass(frozen=True, eq=False)
class Listing:
    """A noun that can be listed.

    `source(key, conditions, parent, bare)` makes its rows; `parent` is the outer column that a nested list hangs on,
    and a `bare` source gives ids only. `columns` are what can be selected, `keys` the sorts, both of the base table.
    """

    name: str
    id: ColumnElement[int]
    keys: Mapping[str, ColumnElement[Any]]
    columns: Mapping[str, ColumnElement[Any]]
    source: Callable[[str, tuple[str, ...], ColumnElement[int] | None, bool], Source]

    def key_type(self, key: str) -> type[int] | type[str]:
        """What a sort key is in a cursor."""
        return str if self.keys[key].type.python_type is str else int


class Page(NamedTuple):
    """A page, in sort order. Each row is (sort key, id, *selected columns)."""

    rows: Sequence[Row]
    has_next: bool
    has_previous: bool
    total: int | None
    sort: str
    mark: str

    def cursor(self, row: Row) -> str:
        """The cursor of one of the page's rows."""
        return cursors.encode(self.sort, self.mark, Place(row[0], row[1]))


class Shape(NamedTuple):
    """All that decides the text of a page's statement."""

    sort: Sort
    backward: bool
    after: bool
    before: bool
    conditions: tuple[str, ...]
    selection: tuple[str, ...]
    total: bool


@lru_cache(maxsize=4096)
def mark(listing: Listing, narrowed: Filter) -> str:
    """What a cursor of this list carries to be known by."""
    return cursors.fingerprint(listing.name, narrowed)


async def page(
    unit: Unit,
    listing: Listing,
    narrowed: Filter,
    sort: Sort,
    window: Window,
    selection: tuple[str, ...],
    *,
    total: bool = False,
) -> Page:
    """One page of a listing. Raises `InvalidCursor` where a cursor of the window belongs to another list."""
    conditions = narrowed.values(unit.engine)
    tag = mark(listing, narrowed)
    bounds = _bounds(listing, sort, window, tag)
    shape = _shape(sort, window, tuple(conditions), selection, total=total)
    rows = await unit.all(_page_statement(listing, shape), size=window.size + 1, **bounds, **conditions)
    count = None
    if total:
        count, rows = rows[0][0], [row[1:] for row in rows if row[2] is not None]
    return _page(rows, window, count, sort, tag)


async def pages(
    unit: Unit,
    listing: Listing,
    narrowed: Mapping[int, Filter],
    sort: Sort,
    window: Window,
    selection: tuple[str, ...],
    *,
    total: bool = False,
) -> dict[int, Page | InvalidCursor]:
    """One page for each parent, in one statement. `narrowed` has each parent's filter, all with the same conditions.

    A cursor belongs to one parent's list: the others get the error that it is to them.
    """
    found: dict[int, Page | InvalidCursor] = {}
    bounds: dict[str, Any] = {}
    for parent, its_filter in narrowed.items():
        try:
            bounds = _bounds(listing, sort, window, mark(listing, its_filter))
        except InvalidCursor as error:
            found[parent] = error
    rows_of: dict[int, list[Row]] = {parent: [] for parent in narrowed if parent not in found}
    totals: dict[int, int] = {}
    if rows_of:
        conditions = next(iter(narrowed.values())).values(unit.engine)
        shape = _shape(sort, window, tuple(conditions), selection, total=total)
        statement = _nested_statement(listing, shape)
        for parent, count, *row in await unit.all(
            statement, parents=list(rows_of), size=window.size + 1, **bounds, **conditions
        ):
            totals[parent] = count
            if row[1] is not None:
                rows_of[parent].append(row)
    for parent, rows in rows_of.items():
        tag = mark(listing, narrowed[parent])
        found[parent] = _page(rows, window, totals.get(parent, 0) if total else None, sort, tag)
    return found


def _shape(
    sort: Sort, window: Window, conditions: tuple[str, ...], selection: tuple[str, ...], *, total: bool
) -> Shape:
    after, before = window.after is not None, window.before is not None
    return Shape(sort, window.backward, after, before, conditions, selection, total)


def _bounds(listing: Listing, sort: Sort, window: Window, tag: str) -> dict[str, Any]:
    bounds: dict[str, Any] = {}
    for side, cursor in (("after", window.after), ("before", window.before)):
        if cursor is not None:
            place = cursors.decode(cursor, str(sort), tag, listing.key_type(sort.key))
            bounds |= {f"{side}_key": place.key, f"{side}_id": place.id}
    return bounds


def _page(rows: Sequence[Row], window: Window, total: int | None, sort: Sort, tag: str) -> Page:
    more = len(rows) > window.size
    if more:
        rows = rows[: window.size]
    if window.backward:
        return Page(rows[::-1], window.before is not None, more, total, str(sort), tag)
    return Page(rows, more, window.after is not None, total, str(sort), tag)


def _order(shape: Shape, key: ColumnElement[Any], identity: ColumnElement[int]) -> list[ColumnElement[Any]]:
    columns = [identity] if key is identity else [key, identity]
    return [column.desc() if shape.sort.descending != shape.backward else column.asc() for column in columns]


def _window(shape: Shape, source: Source) -> Select[Any]:
    """The source between the bounds, from the side that the window asks for, cut to its size."""
    row = tuple_(source.key, source.id)
    conditions: list[ColumnElement[bool]] = []
    for side, given in (("after", shape.after), ("before", shape.before)):
        if not given:
            continue
        rising = (side == "after") != shape.sort.descending
        if source.key is source.id:
            bound: Any = bindparam(f"{side}_id", type_=source.id.type)
            conditions.append(source.id > bound if rising else source.id < bound)
        else:
            bound = tuple_(
                bindparam(f"{side}_key", type_=source.key.type), bindparam(f"{side}_id", type_=source.id.type)
            )
            conditions.append(row > bound if rising else row < bound)
    ordered = source.rows.where(and_(true(), *conditions)).order_by(*_order(shape, source.key, source.id))
    return ordered.limit(bindparam("size", type_=source.id.type))


@lru_cache(maxsize=1024)
def _page_statement(listing: Listing, shape: Shape) -> Statement:
    source = listing.source(shape.sort.key, shape.conditions, None, False)
    columns = [listing.columns[name].label(f"c_{name}") for name in shape.selection]
    rows = _window(shape, source).add_columns(source.key.label("sort_key"), source.id.label("row_id"), *columns)
    if not shape.total:
        return Statement(rows)
    count = source.rows.add_columns(func.count()).scalar_subquery()
    inner = rows.subquery("page")
    one = select(literal_column("1").label("one")).subquery("one")
    whole = select(count, *inner.c).select_from(one.outerjoin(inner, true()))
    return Statement(whole.order_by(*_order(shape, inner.c.sort_key, inner.c.row_id)))


@lru_cache(maxsize=1024)
def _nested_statement(listing: Listing, shape: Shape) -> Statement:
    parents = each(bindparam("parents")).table_valued("value", name="value")
    parent: ColumnElement[int] = parents.c.value
    source = listing.source(shape.sort.key, shape.conditions, parent, True)
    inside = _window(shape, source).add_columns(source.id).correlate(parents)
    key = listing.keys[shape.sort.key]
    columns = [listing.columns[name].label(f"c_{name}") for name in shape.selection]
    count: ColumnElement[int] = literal_column("0")
    if shape.total:
        count = source.rows.add_columns(func.count()).correlate(parents).scalar_subquery()
    joined = parents.join(listing.id.table, among(listing.id, inside), isouter=shape.total)
    rows = select(parent, count, key.label("sort_key"), listing.id.label("row_id"), *columns).select_from(joined)
    return Statement(rows.order_by(parent, *_order(shape, key, listing.id)))


@lru_cache(maxsize=256)
def by_ids(listing: Listing, selection: tuple[str, ...]) -> Statement:
    """The things that bear the ids of a list: (id, *selected columns)."""
    columns = [listing.columns[name].label(f"c_{name}") for name in selection]
    return Statement(select(listing.id, *columns).where(one_of(listing.id, "ids")))
