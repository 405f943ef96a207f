"""Keyset statements: the SQL of pages, from the rows that a listing has, a sort and the bounds of a window."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.sql.selectable import FromClause, Subquery

from app.domain.unit_of_work import Engine, Statement, Unit


class Sort(NamedTuple):
    """A sort key of a listing, and its direction; descending is the exact reverse, ties included."""

    key: str = "id"
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.key}" if self.descending else self.key


class Values(NamedTuple):
    """Where conditions find their values: in bind parameters under a prefix, or in columns of an outer row.

    The `engine` is said where the rows that they narrow are read in pages, which one plan serves for all values.
    """

    prefix: str = ""
    outer: Mapping[str, ColumnElement[Any]] = {}
    engine: Engine | None = None

    def __call__(self, name: str, like: ColumnElement[Any] | None = None) -> ColumnElement[Any]:
        """The value of a name; a bind parameter gets the type of the column `like`."""
        if name in self.outer:
            return self.outer[name]
        return bindparam(f"{self.prefix}{name}", type_=None if like is None else like.type)

    def under(self, prefix: str) -> "Values":
        """The same, of names with a prefix."""
        return Values(f"{self.prefix}{prefix}")

    def correlate(self, rows: Select[Any]) -> Select[Any]:
        """The select with the tables of the outer columns left to the enclosing statement."""
        return rows.correlate(*(column.table for column in self.outer.values())) if self.outer else rows


class Source(NamedTuple):
    """The rows of a listing under a filter: a select without columns, and its sort key and id.

    `others` give more rows, where one range of an index does not hold all.
    """

    rows: Select[Any]
    key: ColumnElement[Any]
    id: ColumnElement[int]
    others: tuple["Source", ...] = ()


@dataclass(frozen=True, eq=False)
class Listing:
    """A type that can be listed.

    `source(key, conditions, values, bare)` makes its rows; a `bare` source gives ids and keys only. `columns` are what
    can be selected, `keys` the sorts, both of `table`. `ranges` names the conditions that bound a key from below, and
    from above if one does: a page that begins at a cursor has passed one of them, which `source` then gets as
    `passed_…`, so that the engine begins at the cursor. `unindexed` names the conditions that search, or that no index
    serves: each may look at every row. `computed` are the sorts whose key no column holds. `named` are the conditions
    that address one row, besides its id. `prepare(unit, filter, sort, bounds)` gives the conditions of a page where the
    filter alone does not: it reads something first. `visible` is whether a row is there for everyone; without it all
    are.
    """

    name: str
    table: FromClause
    id: ColumnElement[int]
    keys: Mapping[str, ColumnElement[Any]]
    columns: Mapping[str, ColumnElement[Any]]
    source: Callable[[str, tuple[str, ...], Values, bool], Source]
    ranges: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unindexed: frozenset[str] = frozenset()
    computed: frozenset[str] = frozenset()
    named: Mapping[str, ColumnElement[bool]] = field(default_factory=dict)
    prepare: Callable[[Unit, Any, Sort, Mapping[str, Any]], Awaitable["Prepared"]] | None = None
    visible: ColumnElement[bool] | None = None

    def key_type(self, key: str) -> type[int] | type[str]:
        """The Python type of a sort key in a cursor."""
        return str if self.keys[key].type.python_type is str else int


class Prepared(NamedTuple):
    """The conditions of a page with their values, and the search that they stand for where it was corrected."""

    conditions: dict[str, Any]
    corrected: str | None = None


class PageShape(NamedTuple):
    """The parts that decide the text of a page's statement, apart from the selected columns."""

    sort: Sort
    backward: bool
    after: bool
    before: bool
    conditions: tuple[str, ...]


def order_by(shape: PageShape, key: ColumnElement[Any], identity: ColumnElement[int]) -> list[ColumnElement[Any]]:
    """The order in which the window is read; the reader turns backward pages round."""
    columns = [identity] if shape.sort.key == "id" else [key, identity]
    return [column.desc() if shape.sort.descending != shape.backward else column.asc() for column in columns]


def page_rows(
    listing: Listing, shape: PageShape, columns: Sequence[str], values: Values, engine: Engine
) -> Select[Any] | CompoundSelect[Any]:
    """The rows of a page as `sort_key`, `row_id` and the columns by their names, in reading order, cut to its size."""
    selected = [listing.columns[name].label(f"c_{name}") for name in columns]
    if shape.sort.key in listing.computed:
        return _computed(listing, shape, selected, values)
    source = listing.source(shape.sort.key, _conditions(listing, shape), values, False)
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
    """The rows of a source on the right side of the bounds."""
    bounds = [_beyond(shape, of, side, values) for side in _SIDES if getattr(shape, side)]
    return _labelled(of, values.correlate(of.rows).where(*bounds), selected)


def _labelled(of: Source, rows: Select[Any], selected: Sequence[ColumnElement[Any]]) -> Select[Any]:
    return rows.add_columns(of.key.label("sort_key"), of.id.label("row_id"), *selected)


def _merged(shape: PageShape, parts: Sequence[Select[Any]], source: Source, values: Values) -> CompoundSelect[Any]:
    """The first rows of several selects. SQLite reads them side by side in this order, PostgreSQL in their own."""
    order = order_by(shape, literal_column("sort_key"), literal_column("row_id"))
    return union_all(*parts).order_by(*order).limit(values("size", source.id))


def _computed(listing: Listing, shape: PageShape, columns: Sequence[ColumnElement[Any]], values: Values) -> Select[Any]:
    """A page by a key that is computed: once for each row of the list; then the columns of the page alone are read."""
    source = listing.source(shape.sort.key, shape.conditions, values, True)
    keyed = values.correlate(source.rows).add_columns(source.key.label("sort_key"), source.id.label("row_id"))
    # Without an offset the engines would put the computation into each place that mentions it.
    keys = keyed.offset(literal_column("0")).subquery("keys")
    found = Source(select().select_from(keys), keys.c.sort_key, keys.c.row_id)
    bounds = [_beyond(shape, found, side, values) for side in _SIDES if getattr(shape, side)]
    ordered = found.rows.where(*bounds).order_by(*order_by(shape, found.key, found.id))
    cut = ordered.limit(values("size", found.id)).add_columns(found.key, found.id).subquery("cut")
    rows = select(cut.c.sort_key, cut.c.row_id, *columns).join_from(cut, listing.table, listing.id == cut.c.row_id)
    return rows.order_by(*order_by(shape, cut.c.sort_key, cut.c.row_id))


def count(listing: Listing, shape: PageShape, values: Values) -> Select[Any]:
    """The count of all rows of a list, whatever the window."""
    source = listing.source("id", shape.conditions, values, True)
    first, *others = (values.correlate(one.rows).add_columns(func.count()) for one in (source, *source.others))
    return select(sum((one.scalar_subquery() for one in others), first.scalar_subquery())) if others else first


_SIDES = ("after", "before")


def _rising(shape: PageShape, side: str) -> bool:
    return (side == "after") != shape.sort.descending


def _beyond(shape: PageShape, source: Source, side: str, values: Values) -> ColumnElement[bool]:
    """Whether a row stands on the right side of a bound."""
    row: ColumnElement[Any] = source.id
    bound: ColumnElement[Any] = values(f"{side}_id", source.id)
    if source.key is not source.id:
        row = tuple_(source.key, row)
        bound = tuple_(values(f"{side}_key", source.key), bound)
    return row > bound if _rising(shape, side) else row < bound


def _start(shape: PageShape) -> str | None:
    """The bound that reading begins at."""
    side = "before" if shape.backward else "after"
    return side if getattr(shape, side) else None


def _conditions(listing: Listing, shape: PageShape, *, ties: bool = False) -> tuple[str, ...]:
    """The conditions of a page; for the `ties` of the bound that it begins at no other one bounds the key."""
    side = _start(shape)
    if side is None or shape.sort.key not in listing.ranges:
        return shape.conditions
    ranges = listing.ranges[shape.sort.key]
    passed = ranges if ties else ranges[:1] if _rising(shape, side) else ranges[1:]
    return tuple(f"passed_{name}" if name in passed else name for name in shape.conditions)


def _split(
    shape: PageShape, source: Source, ties: Source, columns: Sequence[ColumnElement[Any]], values: Values
) -> CompoundSelect[Any]:
    """A page that begins at a bound, for SQLite: the rest of that key's ties, then the other keys.

    SQLite takes no row id from an index for a row comparison, so it would go through all ties that lie before.
    """
    side = str(_start(shape))
    key, identity = values(f"{side}_key", source.key), values(f"{side}_id", source.id)
    rising = _rising(shape, side)
    others = [other for other in _SIDES if other != side and getattr(shape, other)]
    parts = []
    for tied, of in zip((ties, *ties.others), (source, *source.others), strict=True):
        same = tied.rows.where(of.key == key, of.id > identity if rising else of.id < identity)
        beyond = of.rows.where(of.key > key if rising else of.key < key)
        bounds = [_beyond(shape, of, other, values) for other in others]
        parts += [_labelled(of, values.correlate(rows).where(*bounds), columns) for rows in (same, beyond)]
    return _merged(shape, parts, source, values)


def at_least_one_row(page: Subquery) -> Any:
    """The rows of a page, or one row of NULLs where it has none."""
    one = select(literal_column("1").label("one")).subquery("one")
    return one.outerjoin(page, true())


@lru_cache(maxsize=32)
def key_statement(listing: Listing, key: str) -> Statement:
    """The sort key that the row of an id has now."""
    return Statement(select(listing.keys[key]).where(listing.id == bindparam("id", type_=listing.id.type)))
