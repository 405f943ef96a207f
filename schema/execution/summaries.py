"""Summaries: selections of a whole list besides its page, such as facets."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.unit_of_work import Unit
from app.rate_limiting.costs import Selected
from schema.execution.arguments import ArgumentReader
from schema.execution.objects import EmbeddedColumns, ObjectPlan, regrouped, table_of
from schema.execution.rows import Request
from schema.execution.type_mapping import Summary


class SummaryPlan:
    """A field of connections with a summary: its arguments and its selection.

    `leaves` are selected on each object of the summary, and below it.
    """

    def __init__(self, source: Summary, arguments: ArgumentReader, plan: ObjectPlan, columns: EmbeddedColumns) -> None:
        self.source, self.arguments, self._plan, self._columns = source, arguments, plan, columns
        self.leaves = (0, 0)

    def bind(self, request: Request) -> None:
        """Read the arguments; raises `Invalid` or `GraphQLError`."""
        request.bound[self] = self.source.bind(self.arguments.read(request.variables))

    def describe(self, request: Request) -> Selected:
        """The selection, for the price; a field with invalid arguments reads nothing."""
        bound = request.bound.get(self)
        return Selected(0) if bound is None else self.source.describe(bound, *self.leaves)

    async def read(self, request: Request, unit: Unit, lists: Sequence[Mapping[str, Any]], *, nested: bool) -> None:
        """Read the summary of each list by its conditions; `nested`: each list is below an object."""
        bound = request.bound[self]
        request.states[self] = [await self.source.read(unit, conditions, bound, nested) for conditions in lists]

    def render(self, request: Request) -> list[Any]:
        """The objects of each list."""
        lists: list[Sequence[Mapping[str, Any]]] = request.states[self]
        values = table_of([value for one in lists for value in one], self._columns.names)
        return regrouped(self._plan.render(values, request), map(len, lists))
