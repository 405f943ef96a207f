"""References: objects that other rows refer to by id, one per row, or one per item of a list."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from app.domain.pagination.selection import NestedItems, NestedReference, rows_statement
from app.domain.unit_of_work import Row, Statement, Unit
from app.rate_limiting import costs
from schema.execution.objects import ObjectPlan
from schema.execution.pages import PagePlan, complete_pages
from schema.execution.rows import Column, Request, RowPlan, Table, decoded, too_long

_MOST_BYTES = 2 * costs.MAX_BYTES
"""Characters of rows whose answer is certainly too long."""
_LISTS_AT_ONCE = 16
"""The lists of items between two pauses; so many of a hundred items each take some 3 ms."""
_AT_ONCE = 250
"""The maximum rows per statement if bytes are counted: 5 MB of the longest descriptions."""


class NestedReferences:
    """The objects that a column of the outer rows refers to; with `item`, the column is a JSON list of items."""

    width = 1

    def __init__(self, row: RowPlan, column: str, place: int, level: int, *, detached: bool, item: int | None) -> None:
        self.row, self.column, self.detached, self.item = row, column, detached, item
        self._place, self._text = place, level == 0
        self.plan: ObjectPlan

    def nested(self, request: Request) -> NestedReference | NestedItems:
        """The part of the statement."""
        listing, selection = self.row.type.listing, self.row.selection(request)
        if self.item is None:
            return NestedReference(listing, self.column, selection, request.everything)
        return NestedItems(listing, self.column, self.item, selection, request.everything)

    def pages(self) -> list[PagePlan]:
        """The nested connections in the same statement."""
        return self.row.pages()

    def values(self, request: Request) -> dict[str, Any]:
        """The bind values of its nested parts in the same statement."""
        return self.row.values(request)

    def arrange(self, request: Request, above: Table, cells: Sequence[Column]) -> None:  # noqa: ARG002 - as all parts
        """Store the rows of the cells in the request's tables."""
        rows = decoded(cells[0], text=self._text)
        self._keep(request, rows if self.item is None else list(chain.from_iterable(rows)))

    async def load(self, request: Request, above: Table, unit: Unit) -> None:
        """Read the referenced rows of the table by one statement."""
        column = above.columns[self._place]
        ids: Sequence[int | None] = column
        if self.item is not None:
            ids = await _of_items(unit, column, self.item)
        sorted_ids = sorted({i for i in ids if i is not None})
        rows: Sequence[Any] = []
        if sorted_ids:
            await complete_pages(request, self.pages(), unit)
            listing, selection = self.row.type.listing, self.row.selection(request)
            statement = rows_statement(listing, selection, unit.engine, everything=request.everything)
            rows = await _bounded(request, unit, statement, sorted_ids, self.values(request))
        found = {row[0]: row for row in rows}
        if request.counts_bytes:
            sizes = {row[0]: _size(row) for row in rows}
            if sum(sizes.get(i, 0) for i in ids) > _MOST_BYTES:
                raise too_long()
        self._keep(request, [found.get(i) for i in ids])
        await self.row.load(request, unit)

    def render(self, request: Request) -> list[Any]:
        """The objects in the order of the outer rows or items; null for an unknown id."""
        objects = self.plan.render(request.tables[self.row], request)
        return [None if place is None else objects[place] for place in request.states[self]]

    def _keep(self, request: Request, rows: Sequence[Any]) -> None:
        """Keep each row once, even if it is referenced often, unless the bytes of the answer are counted."""
        if request.counts_bytes:
            found = [row for row in rows if row is not None]
            places = iter(range(len(found)))
            request.states[self] = [None if row is None else next(places) for row in rows]
            self.row.arrange(request, found)
            return
        distinct: dict[int, Any] = {row[0]: row for row in rows if row is not None}
        place_of = {identity: place for place, identity in enumerate(distinct)}
        request.states[self] = [None if row is None else place_of[row[0]] for row in rows]
        self.row.arrange(request, list(distinct.values()))


async def _bounded(
    request: Request, unit: Unit, statement: Statement, ids: Sequence[int], values: dict[str, Any]
) -> Sequence[Row]:
    """The rows of ids; raises `query_too_complex` if they have far more bytes than an answer may have."""
    if not request.counts_bytes:
        return await unit.all(statement, ids=list(ids), **values)
    rows, size = list[Row](), 0
    for start in range(0, len(ids), _AT_ONCE):
        found = await unit.all(statement, ids=list(ids[start : start + _AT_ONCE]), **values)
        size += sum(map(_size, found))
        if size > _MOST_BYTES:
            raise too_long()
        rows += found
    return rows


def _size(row: Row) -> int:
    return sum(len(cell) for cell in row if isinstance(cell, str))


async def _of_items(unit: Unit, lists: Column, item: int) -> list[int | None]:
    """The ids at a place in each item of JSON lists."""
    ids = list[int | None]()
    for start in range(0, len(lists), _LISTS_AT_ONCE):
        some = decoded(lists[start : start + _LISTS_AT_ONCE], text=True)
        ids += [one[item] for items in some for one in items]
        await unit.pause()
    return ids
