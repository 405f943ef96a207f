"""Keyset statements: the SQL of pages, from a listing's rows, a sort and the bounds of a window."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, select, true, tuple_
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

    `others` give more rows, where one range of an index does not hold all. `head` has rows that come before all others
    of the list, and before the cursor of the page if there is one, left out: all of one key, by id. It may lack some,
    but then it has fewer than a page. `near` has rows by the index of the sort, and which of them are the list's, given
    by id: most are, so that a page may be among the first ones.
    """

    rows: Select[Any]
    key: ColumnElement[Any]
    id: ColumnElement[int]
    others: tuple["Source", ...] = ()
    head: "Source | None" = None
    near: "Near | None" = None


class Near(NamedTuple):
    """Rows by the index of a sort, and which of them are a list's, given by id."""

    walked: Source
    holds: Callable[[ColumnElement[int]], ColumnElement[bool]]


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
    at the cursor. `unindexed` names the conditions that search, or that no index serves: each may read every row.
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


SIDES = ("after", "before")
"""The bounds of a window."""
CORRECTED = "corrected"
"""Names the corrected search of a cursor among the values of a window's bounds."""


def order_by(shape: PageShape, key: ColumnElement[Any], identity: ColumnElement[int]) -> list[ColumnElement[Any]]:
    """The order in which the window is read; the reader turns backward pages round."""
    columns = [identity] if shape.sort.key == "id" else [key, identity]
    return [column.desc() if shape.sort.descending != shape.backward else column.asc() for column in columns]


def count(listing: Listing, shape: PageShape, values: Values) -> Select[Any]:
    """The count of all rows of a list."""
    source = listing.source("id", shape.conditions, values, True)
    first, *others = (values.correlate(one.rows).add_columns(func.count()) for one in (source, *source.others))
    return select(sum((one.scalar_subquery() for one in others), first.scalar_subquery())) if others else first


def rising(shape: PageShape, side: str) -> bool:
    """Whether keys rise from the bound at a side on."""
    return (side == "after") != shape.sort.descending


def beyond(shape: PageShape, source: Source, side: str, values: Values) -> ColumnElement[bool]:
    """Whether a row is within a bound."""
    row: ColumnElement[Any] = source.id
    bound: ColumnElement[Any] = values(f"{side}_id", source.id)
    if source.key is not source.id:
        row = tuple_(source.key, row)
        bound = tuple_(values(f"{side}_key", source.key), bound)
    return row > bound if rising(shape, side) else row < bound


def at_least_one_row(page: Subquery) -> Any:
    """The rows of a page, or one row of NULLs where it has none."""
    one = select(literal_column("1").label("one")).subquery("one")
    return one.outerjoin(page, true())


@lru_cache(maxsize=32)
def key_statement(listing: Listing, key: str) -> Statement:
    """The present sort key of a row."""
    return Statement(select(listing.keys[key]).where(listing.id == bindparam("id", type_=listing.id.type)))
