"""Rows of any type by global ids, with one statement for each type."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from app.domain.errors import TandemError
from app.domain.pagination.selection import rows_statement
from app.domain.unit_of_work import Unit
from app.rate_limiting import costs
from schema.execution.objects import ObjectPlan
from schema.execution.pages import complete_pages
from schema.execution.rows import Request, RowPlan, Shapes
from schema.execution.weight import SelectedObject

Identities = Sequence[tuple[str, int] | None]
"""The types and ids of rows; `None` for null."""


class AnyRows:
    """A selection of rows of several types; the request has their types and ids."""

    def __init__(self, plans: Sequence[tuple[RowPlan, ObjectPlan, SelectedObject]]) -> None:
        self._plans = plans
        self.statements = len(plans)
        for row, _, _ in plans:
            if row.type.owner:
                row.column(row.type.owner)

    @property
    def deep(self) -> bool:
        """Whether some rows are nested too deep for their statements."""
        return any(row.deep for row, _, _ in self._plans)

    @property
    def personal(self) -> bool:
        """Whether rows of some type have owners."""
        return any(row.type.owner for row, _, _ in self._plans)

    def shapes(self, request: Request, names: Collection[str] | None = None) -> Shapes:
        """The shapes of its statements, or of those for the types of some names."""
        for row, _, _ in self._plans:
            if names is None or row.type.name in names:
                yield (row.type.name, row.shape(request)), row.reads

    def admit(self, request: Request, names: Collection[str]) -> None:
        """Record an error for each of these types that the caller may not see."""
        for row, _, _ in self._plans:
            if row.type.name in names:
                try:
                    row.type.admit(request.caller)
                except TandemError as error:
                    request.refuse(row, error)

    def heaviest(self, request: Request, count: int) -> SelectedObject:
        """The selection of a number of rows, each with the price of the heaviest type."""
        weights = [replace(weight, nodes=count) for _, _, weight in self._plans]
        return max(weights, key=lambda one: costs.work([one.describe(request)]).weight)

    def describe(self, request: Request) -> costs.Selected:
        """The price of one row, as part of the outer selection."""
        return self.heaviest(request, costs.REFERENCE).describe(request)

    def bytes_at_most(self, request: Request, times: int) -> int:
        """The approximate maximum bytes in the answer, below this many nodes."""
        return max(weight.bytes_at_most(request, times) for _, _, weight in self._plans)

    async def read(self, request: Request, unit: Unit, identities: Identities) -> None:
        """Read the rows."""
        request.states[self] = identities
        for row, _, _ in self._plans:
            ids = sorted({one[1] for one in identities if one and one[0] == row.type.name})
            rows: Sequence[Any] = ()
            if ids and row not in request.errors:
                await complete_pages(request, row.pages(), unit)
                listing, selected = row.type.listing, row.selection(request)
                statement = rows_statement(listing, selected, unit.engine, everything=request.everything)
                rows = await unit.all(statement, ids=ids, **row.values(request))
            owner = row.column(row.type.owner) if row.type.owner else None
            row.arrange(request, owned(rows, owner, request))
            if row.deep:
                await row.load(request, unit)

    def render(self, request: Request) -> list[Any]:
        """The objects in the requested order: null for unknown ids, an error for refused types."""
        identities: Identities = request.states[self]
        found: dict[tuple[str, int], Any] = {}
        for row, plan, _ in self._plans:
            if row in request.errors:
                found |= {one: request.errors[row] for one in identities if one and one[0] == row.type.name}
            table = request.tables[row]
            for identity, one in zip(table.ids, plan.render(table, request), strict=True):
                found[row.type.name, identity] = one
        return [found.get(one) if one else None for one in identities]


def owned(rows: Sequence[Any], owner: int | None, request: Request) -> Sequence[Any]:
    """The rows that the caller owns; `owner` is the index of the column with the owner's name."""
    return rows if owner is None else [row for row in rows if row[1 + owner] == request.caller.name]
