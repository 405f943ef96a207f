"""Keyset statements: the SQL of pages, from the rows that a listing has, a sort and the bounds of a window."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)

from app.domain.sql import among, each, one_of
from app.domain.unit import Engine, Statement


class Sort(NamedTuple):
    """A sort key of a listing, and its direction; descending is the exact reverse, ties included."""

    key: str = "id"
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.key}" if self.descending else self.key


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
    `ranges` names the conditions that bound a key from below and above: a page that begins at a cursor has passed one
    of them, which `source` then gets as `passed_…`, so that the engine begins at the cursor.
    """

    name: str
    id: ColumnElement[int]
    keys: Mapping[str, ColumnElement[Any]]
    columns: Mapping[str, ColumnElement[Any]]
    source: Callable[[str, tuple[str, ...], ColumnElement[int] | None, bool], Source]
    ranges: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def key_type(self, key: str) -> type[int] | type[str]:
        """What a sort key is in a cursor."""
        return str if self.keys[key].type.python_type is str else int


class Shape(NamedTuple):
    """All that decides the text of a page's statement."""

    sort: Sort
    backward: bool
    after: bool
    before: bool
    conditions: tuple[str, ...]
    selection: tuple[str, ...]
    total: bool


def _order(shape: Shape, key: ColumnElement[Any], identity: ColumnElement[int]) -> list[ColumnElement[Any]]:
    columns = [identity] if key is identity else [key, identity]
    return [column.desc() if shape.sort.descending != shape.backward else column.asc() for column in columns]


def _window(shape: Shape, source: Source) -> Select[Any]:
    """The source between the bounds, from the side that the window asks for, cut to its size."""
    bounds = [_beyond(shape, source, side) for side in _SIDES if getattr(shape, side)]
    ordered = source.rows.where(and_(true(), *bounds)).order_by(*_order(shape, source.key, source.id))
    return ordered.limit(bindparam("size", type_=source.id.type))


_SIDES = ("after", "before")


def _rising(shape: Shape, side: str) -> bool:
    return (side == "after") != shape.sort.descending


def _beyond(shape: Shape, source: Source, side: str) -> ColumnElement[bool]:
    """Whether a row stands on the right side of a bound."""
    row: ColumnElement[Any] = source.id
    bound: ColumnElement[Any] = bindparam(f"{side}_id", type_=source.id.type)
    if source.key is not source.id:
        row = tuple_(source.key, row)
        bound = tuple_(bindparam(f"{side}_key", type_=source.key.type), bound)
    return row > bound if _rising(shape, side) else row < bound


def _start(shape: Shape) -> str | None:
    """The bound that reading begins at."""
    side = "before" if shape.backward else "after"
    return side if getattr(shape, side) else None


def _conditions(listing: Listing, shape: Shape) -> tuple[str, ...]:
    side = _start(shape)
    if side is None or shape.sort.key not in listing.ranges:
        return shape.conditions
    passed = listing.ranges[shape.sort.key][0 if _rising(shape, side) else 1]
    return tuple(f"passed_{name}" if name == passed else name for name in shape.conditions)


def _split(shape: Shape, source: Source, columns: Sequence[ColumnElement[Any]]) -> CompoundSelect[Any] | None:
    """The same as `_window` for SQLite, where it begins at a bound: the rest of that key's ties, then the other keys.

    SQLite takes no row id from an index for a row comparison, so it would go through all ties that lie before.
    """
    side = _start(shape)
    if side is None or source.key is source.id:
        return None
    key = bindparam(f"{side}_key", type_=source.key.type)
    identity = bindparam(f"{side}_id", type_=source.id.type)
    rising = _rising(shape, side)
    others = [_beyond(shape, source, other) for other in _SIDES if other != side and getattr(shape, other)]
    rows = source.rows.where(and_(true(), *others)).add_columns(*columns)
    both = union_all(
        rows.where(source.key == key, source.id > identity if rising else source.id < identity),
        rows.where(source.key > key if rising else source.key < key),
    )
    order = _order(shape, literal_column("sort_key"), literal_column("row_id"))
    return both.order_by(*order).limit(bindparam("size", type_=source.id.type))


@lru_cache(maxsize=1024)
def page_statement(listing: Listing, shape: Shape, engine: Engine) -> Statement:
    source = listing.source(shape.sort.key, _conditions(listing, shape), None, False)
    selected = [listing.columns[name].label(f"c_{name}") for name in shape.selection]
    columns = [source.key.label("sort_key"), source.id.label("row_id"), *selected]
    split = _split(shape, source, columns) if engine == "sqlite" and source.id is listing.id else None
    rows = _window(shape, source).add_columns(*columns) if split is None else split
    if not shape.total:
        return Statement(rows)
    count = source.rows.add_columns(func.count()).scalar_subquery()
    inner = rows.subquery("page")
    one = select(literal_column("1").label("one")).subquery("one")
    whole = select(count, *inner.c).select_from(one.outerjoin(inner, true()))
    return Statement(whole.order_by(*_order(shape, inner.c.sort_key, inner.c.row_id)))


@lru_cache(maxsize=1024)
def nested_statement(listing: Listing, shape: Shape) -> Statement:
    parents = each(bindparam("parents")).table_valued("value", name="value")
    parent: ColumnElement[int] = parents.c.value
    source = listing.source(shape.sort.key, _conditions(listing, shape), parent, True)
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
