"""Keyset pages: one statement a page, in both directions over every sort, at the same cost at any depth.

A `Listing` says what can be listed and sorted; `page` gives one page of it. It is a row comparison on (sort key, id),
so ties never lose or repeat a row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import Field, fields
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

from app.domain.callers import Scope
from app.domain.errors import InvalidCursor
from app.domain.pagination import cursors, cursors_v1
from app.domain.pagination.cursors import Place
from app.domain.pagination.keyset import CORRECTED, Listing, PageShape, Prepared, Sort, Source, Values, key_statement
from app.domain.pagination.selection import Selection, page_statement
from app.domain.unit_of_work import Engine, Row, Unit, first

__all__ = ["Filter", "Listing", "Page", "Sort", "Source", "Values", "Window", "page"]

DEFAULT_SIZE = 20
MAX_SIZE = 100
MAX_BYTES = 8 * 1024 * 1024
"""The maximum bytes of an answer."""
R = TypeVar("R")
_SIDES = ("after", "before")


class Window(NamedTuple):
    """Which page: at most `size` rows after and before a cursor; from the end of that range where `backward`."""

    size: int = DEFAULT_SIZE
    after: str | None = None
    before: str | None = None
    backward: bool = False

    def shape(self, sort: Sort, conditions: Sequence[str]) -> PageShape:
        """The shape of its statement."""
        return PageShape(sort, self.backward, self.after is not None, self.before is not None, tuple(conditions))

    @property
    def cursors(self) -> dict[str, str]:
        """The cursors of the page, by the side that they bound."""
        return {side: cursor for side, cursor in zip(_SIDES, self[1:3], strict=True) if isinstance(cursor, str)}

    def bounds(self, listing: Listing, sort: Sort, filter_: "Filter | None") -> dict[str, Any]:
        """The values of its bounds; raises `InvalidCursor` for a cursor of another list, if its filter is given."""
        values: dict[str, Any] = {}
        for side, cursor in self.cursors.items():
            fingerprint = None if filter_ is None else fingerprint_for(cursor, listing, filter_)
            place = cursors.decode(cursor, str(sort), fingerprint, listing.key_type(sort.key))
            values |= {f"{side}_key": place.key, f"{side}_id": place.id}
            if (corrected := cursors.correction_of(cursor)) is not None:
                values[CORRECTED] = corrected
        return values

    async def refresh(self, unit: Unit, listing: Listing, sort: Sort, values: dict[str, Any]) -> None:
        """Replace the keys that cursors of version 1 hold by those that their rows have now.

        Raises `InvalidCursor` if the row is deleted.
        """
        for side, cursor in self.cursors.items():
            if cursors.version_of(cursor) == cursors_v1.VERSION:
                row = await first(unit, key_statement(listing, sort.key), id=values[f"{side}_id"])
                if row is None:
                    raise InvalidCursor
                values[f"{side}_key"] = row[0]

    def cut(self, rows: Sequence[R]) -> tuple[Sequence[R], bool, bool]:
        """The rows of the page in sort order, and whether more rows follow and precede it.

        `rows` are one more than the page holds, where there are as many.
        """
        more = len(rows) > self.size
        if more:
            rows = rows[: self.size]
        if self.backward:
            return rows[::-1], self.before is not None, more
        return rows, more, self.after is not None


class Filter(Protocol):
    """A filter of a list. Hashable; equal filters share cursors."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __hash__(self) -> int: ...

    @property
    def scope(self) -> Scope | None:
        """The scope that the filter needs, or `None`."""

    def values(self, engine: Engine) -> dict[str, Any]:
        """The conditions by name, with their bind values."""


class Page(NamedTuple):
    """A page, in sort order. Each row is (sort key, id, *selected columns). `corrected` is the search that found it.

    `conditions` are those of the whole list, with their values.
    """

    rows: Sequence[Row]
    has_next: bool
    has_previous: bool
    total: int | None
    sort: str
    fingerprint: str
    corrected: str | None = None
    conditions: Mapping[str, Any] = {}

    def cursor(self, row: Row) -> str:
        """The cursor of one of the page's rows."""
        return cursors.encode(self.sort, self.fingerprint, Place(row[0], row[1]))


@lru_cache(maxsize=1024)
def fingerprint(listing: Listing, filter_: Filter) -> str:
    """The fingerprint of a list for its cursors: a hash of its name and of the set fields of its filter.

    A field that does not count where filters are compared does not count here.
    """
    values = ((field.name, getattr(filter_, field.name)) for field in fields(filter_) if field.compare)
    return cursors.hash_parts(listing.name, *((name, value) for name, value in values if value is not None))


def fingerprint_for(cursor: str, listing: Listing, filter_: Filter) -> str:
    """The fingerprint of a list by the rule of a cursor's version."""
    old = cursors.version_of(cursor) == cursors_v1.VERSION
    return cursors_v1.fingerprint(listing.name, filter_) if old else fingerprint(listing, filter_)


async def prepare(unit: Unit, listing: Listing, filter_: Filter, sort: Sort, bounds: Mapping[str, Any]) -> Prepared:
    """The conditions of a page with their values; raises `InvalidCursor`."""
    if listing.prepare is None:
        return Prepared(filter_.values(unit.engine))
    return await listing.prepare(unit, filter_, sort, bounds)


async def page(
    unit: Unit,
    listing: Listing,
    filter_: Filter,
    sort: Sort,
    window: Window,
    columns: tuple[str, ...],
    *,
    total: bool = False,
) -> Page:
    """One page of a listing. Raises `InvalidCursor` if a cursor of the window belongs to another list."""
    bounds = window.bounds(listing, sort, filter_)
    await window.refresh(unit, listing, sort, bounds)
    conditions, corrected = await prepare(unit, listing, filter_, sort, bounds)
    shape = window.shape(sort, tuple(conditions))
    statement = page_statement(listing, shape, Selection(columns), unit.engine, rows=True, total=total)
    rows = await unit.all(statement, size=window.size + 1, **bounds, **conditions)
    count = None
    if total:
        count, rows = split_count(rows)
    cut, has_next, has_previous = window.cut(rows)
    listed = cursors.with_correction(fingerprint(listing, filter_), corrected)
    return Page(cut, has_next, has_previous, count, str(sort), listed, corrected, conditions)


def split_count(rows: Sequence[Row]) -> tuple[int, list[Row]]:
    """The count that every row begins with, and the rows without it; an empty page is one row of NULLs."""
    return rows[0][0], [row[1:] for row in rows if row[2] is not None]
