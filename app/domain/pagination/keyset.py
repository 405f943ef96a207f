"""Keyset statements: the SQL of pages, from a listing's rows, a sort and the bounds of a window."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
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

from app.domain.sql.conditions import unindexed
from app.domain.unit_of_work import Engine, Statement, Unit


class Sort(NamedTuple):
    """A sort key of a listing, and its direction; descending is the exact reverse, ties included."""

    key: str = "id"
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.key}" if self.descending else self.key


class Values(NamedTuple):
    """The values of conditions: bind parameters with a prefix, or columns of an outer row.

    The `engine` is said where the rows that they narrow are read in pages, which one plan serves for all values.
    """

    prefix: str = ""
    outer: Mapping[str, ColumnElement[Any]] = {}
    engine: Engine | None = None

    def __call__(self, name: str, like: ColumnElement[Any] | None = None) -> ColumnElement[Any]:
        """The value with a name; a bind parameter gets the type of the column `like`."""
        if name in self.outer:
            return self.outer[name]
        return bindparam(f"{self.prefix}{name}", type_=None if like is None else like.type)

    def under(self, prefix: str) -> "Values":
        """The values with a prefix."""
        return Values(f"{self.prefix}{prefix}")

    def correlate(self, rows: Select[Any]) -> Select[Any]:
        """The select with the tables of the outer columns left to the enclosing statement."""
        return rows.correlate(*(column.table for column in self.outer.values())) if self.outer else rows


Condition = Callable[[Values], ColumnElement[bool]]


def since(time: ColumnElement[int], name: str) -> dict[str, Condition]:
    """The condition of a lower bound of a time, by name."""
    return {
        name: lambda values: time >= values(name, time),
        f"passed_{name}": lambda values: unindexed(time) >= values(name, time),
    }


class Source(NamedTuple):
    """The rows of a listing under a filter: a select without columns, and its sort key and id.

    `others` give more rows, where one range of an index does not hold all. `head` has rows that stand before all others
    of the list, and before the cursor of the page if there is one, left out: all of one key, by id. It may lack some,
    but then it has fewer than a page.
    """

    rows: Select[Any]
    key: ColumnElement[Any]
    id: ColumnElement[int]
    others: tuple["Source", ...] = ()
    head: "Source | None" = None


class Range(NamedTuple):
    """The conditions for the lower and upper bound of a sort key."""

    lower: tuple[str, ...] = ()
    upper: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Listing:
    """A type with lists.

    `source(key, conditions, values, bare)` makes its rows; a `bare` source gives ids and keys only. `columns` are what
    can be selected, `keys` the sorts, both of `table`. `ranges` names the conditions that bound a key: a page that
    begins at a cursor has passed those on one side, which `source` then gets as `passed_…`, so that the engine begins
    at the cursor. `unindexed` names the conditions that search, or that no index serves: each may look at every row.
    `computed` are the sorts whose key no column holds. `named` are the conditions that address one row, besides its id.
    `prepare(unit, filter, sort, bounds)` gives the conditions of a page where the filter alone does not: it reads
    something first. `visible` is whether a row is there for everyone; without it all are.
    """

    name: str
    table: FromClause
    id: ColumnElement[int]
    keys: Mapping[str, ColumnElement[Any]]
    columns: Mapping[str, ColumnElement[Any]]
    source: Callable[[str, tuple[str, ...], Values, bool], Source]
    ranges: Mapping[str, Range] = field(default_factory=dict)
    unindexed: frozenset[str] = frozenset()
    computed: frozenset[str] = frozenset()
    named: Mapping[str, ColumnElement[bool]] = field(default_factory=dict)
    prepare: Callable[[Unit, Any, Sort, Mapping[str, Any]], Awaitable["Prepared"]] | None = None
    visible: ColumnElement[bool] | None = None

    def key_type(self, key: str) -> type[int] | type[str]:
        """The Python type of a sort key in cursors."""
        return str if self.keys[key].type.python_type is str else int


class Prepared(NamedTuple):
    """The conditions of a page with their values, and the corrected search, if it was corrected."""

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
    """The rows of a source within the bounds."""
    bounds = [_beyond(shape, of, side, values) for side in _SIDES if getattr(shape, side)]
    return _labelled(of, values.correlate(of.rows).where(*bounds), selected)


def _labelled(of: Source, rows: Select[Any], selected: Sequence[ColumnElement[Any]]) -> Select[Any]:
    return rows.add_columns(of.key.label("sort_key"), of.id.label("row_id"), *selected)


def _merged(shape: PageShape, parts: Sequence[Select[Any]], source: Source, values: Values) -> CompoundSelect[Any]:
    """The first rows of several selects, merged in order."""
    order = order_by(shape, literal_column("sort_key"), literal_column("row_id"))
    return union_all(*parts).order_by(*order).limit(values("size", source.id))


def _computed(listing: Listing, shape: PageShape, columns: Sequence[ColumnElement[Any]], values: Values) -> Select[Any]:
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
    bounds = [_beyond(shape, found, side, values) for side in _SIDES if getattr(shape, side)]
    ordered = found.rows.where(*bounds).order_by(*order_by(shape, found.key, found.id))
    page = ordered.limit(values("size", found.id)).add_columns(found.key, found.id)
    cut = (page if head is None else _headed(page, head, values("size", source.id))).subquery("cut")
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


def count(listing: Listing, shape: PageShape, values: Values) -> Select[Any]:
    """The count of all rows of a list."""
    source = listing.source("id", shape.conditions, values, True)
    first, *others = (values.correlate(one.rows).add_columns(func.count()) for one in (source, *source.others))
    return select(sum((one.scalar_subquery() for one in others), first.scalar_subquery())) if others else first


_SIDES = ("after", "before")


def _rising(shape: PageShape, side: str) -> bool:
    return (side == "after") != shape.sort.descending


def _beyond(shape: PageShape, source: Source, side: str, values: Values) -> ColumnElement[bool]:
    """Whether a row is within a bound."""
    row: ColumnElement[Any] = source.id
    bound: ColumnElement[Any] = values(f"{side}_id", source.id)
    if source.key is not source.id:
        row = tuple_(source.key, row)
        bound = tuple_(values(f"{side}_key", source.key), bound)
    return row > bound if _rising(shape, side) else row < bound


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
    passed = lower + upper if ties else lower if _rising(shape, side) else upper
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
    """The present sort key of a row."""
    return Statement(select(listing.keys[key]).where(listing.id == bindparam("id", type_=listing.id.type)))
