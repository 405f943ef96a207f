"""References: objects that rows of another place refer to by id, one each, or one for each item of a list."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from app.domain.pagination.selection import NestedItems, NestedReference, rows_statement
from app.domain.unit_of_work import Unit
from schema.execution.objects import ObjectPlan
from schema.execution.pages import PagePlan, complete
from schema.execution.rows import Column, Request, RowPlan, Table, decoded


class NestedReferences:
    """The objects that a column of the rows above refers to; with an `item`, those of the items of its JSON list."""

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
        """The connections below it, in the same statement."""
        return self.row.pages()

    def values(self, request: Request) -> dict[str, Any]:
        """The values of the bind parameters below it in the same statement."""
        return self.row.values(request)

    def arrange(self, request: Request, above: Table, cells: Sequence[Column]) -> None:  # noqa: ARG002 - as all parts
        """Put the rows of the cells into the request's tables."""
        rows = decoded(cells[0], text=self._text)
        self._keep(request, rows if self.item is None else list(chain.from_iterable(rows)))

    async def load(self, request: Request, above: Table, unit: Unit) -> None:
        """Read the rows that the table refers to by one statement."""
        column = above.columns[self._place]
        ids: Sequence[int | None] = column
        if self.item is not None:
            ids = [item[self.item] for items in decoded(column, text=True) for item in items]
        wanted = sorted({i for i in ids if i is not None})
        rows: Sequence[Any] = []
        if wanted:
            await complete(request, self.pages(), unit)
            listing, selection = self.row.type.listing, self.row.selection(request)
            statement = rows_statement(listing, selection, unit.engine, everything=request.everything)
            rows = await unit.all(statement, ids=wanted, **self.values(request))
        found = {row[0]: row for row in rows}
        self._keep(request, [found.get(i) for i in ids])
        await self.row.load(request, unit)

    def render(self, request: Request) -> list[Any]:
        """The objects, each at its place among all rows or items above; null where nothing bears the id."""
        objects = self.plan.render(request.tables[self.row], request)
        return [None if place is None else objects[place] for place in request.cells[self]]

    def _keep(self, request: Request, rows: Sequence[Any]) -> None:
        """Keep each row once, however often it is referred to, unless the bytes of the answer are counted."""
        if request.counts_bytes:
            found = [row for row in rows if row is not None]
            places = iter(range(len(found)))
            request.cells[self] = [None if row is None else next(places) for row in rows]
            self.row.arrange(request, found)
            return
        distinct: dict[int, Any] = {row[0]: row for row in rows if row is not None}
        place_of = {identity: place for place, identity in enumerate(distinct)}
        request.cells[self] = [None if row is None else place_of[row[0]] for row in rows]
        self.row.arrange(request, list(distinct.values()))
