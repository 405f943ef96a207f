"""Keyset pages: one statement a page, in both directions over every sort, at the same cost at any depth.

A `Listing` says what can be listed and sorted; `page` gives one page of it, `pages` one page for each of many parents.
Both are a row comparison on (sort key, id), so ties never lose or repeat a row.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from app.domain import cursors
from app.domain.cursors import Place
from app.domain.errors import InvalidCursor
from app.domain.keyset import Listing, Shape, Sort, Source, by_ids, nested_statement, page_statement
from app.domain.unit import Engine, Row, Unit

__all__ = ["Filter", "Listing", "Page", "Sort", "Source", "Window", "by_ids", "page", "pages"]

DEFAULT_SIZE = 20
MAX_SIZE = 100


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
    rows = await unit.all(page_statement(listing, shape, unit.engine), size=window.size + 1, **bounds, **conditions)
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
        statement = nested_statement(listing, shape)
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
