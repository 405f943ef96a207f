"""Summaries: what is selected of a whole list besides its page, such as its facets."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.unit_of_work import Unit
from app.rate_limiting.costs import Selected
from schema.execution.arguments import ArgumentReader
from schema.execution.objects import EmbeddedColumns, ObjectPlan, regrouped, table_of
from schema.execution.rows import Request
from schema.execution.type_mapping import Summary


class SummaryPlan:
    """A field of connections that a summary makes: its arguments, and its selection.

    `leaves` are selected on each object of the summary, and below it.
    """

    def __init__(self, source: Summary, arguments: ArgumentReader, plan: ObjectPlan, columns: EmbeddedColumns) -> None:
        self.source, self._arguments, self._plan, self._columns = source, arguments, plan, columns
        self.leaves = (0, 0)

    def bind(self, request: Request) -> None:
        """Read the arguments; raises `Invalid` or `GraphQLError`."""
        request.bound[self] = self.source.bind(self._arguments.read(request.variables))

    def describe(self, request: Request) -> Selected:
        """What it costs; what has arguments at fault reads nothing."""
        bound = request.bound.get(self)
        return Selected(0) if bound is None else self.source.describe(bound, *self.leaves)

    async def read(self, request: Request, unit: Unit, lists: Sequence[Mapping[str, Any]], *, placed: bool) -> None:
        """Read the summary of each list, by its conditions; lists that are `placed` stand below an object."""
        bound = request.bound[self]
        request.cells[self] = [await self.source.read(unit, conditions, bound, placed) for conditions in lists]

    def render(self, request: Request) -> list[Any]:
        """The objects of each list."""
        lists: list[Sequence[Mapping[str, Any]]] = request.cells[self]
        values = table_of([value for one in lists for value in one], self._columns.names)
        return regrouped(self._plan.render(values, request), map(len, lists))
