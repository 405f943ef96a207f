"""The change log: as a connection of queries, and as the events of subscriptions."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from graphql import GraphQLError

from app.domain.changes.reading import Change, Filter, Page
from app.domain.unit_of_work import Unit
from app.rate_limiting import costs
from schema.execution.arguments import ArgumentReader
from schema.execution.builder import BoundLeaf, Builder
from schema.execution.fields import SelectedField
from schema.execution.objects import EmbeddedColumns, Struct, table_of
from schema.execution.pages import PageInfo, PagePlan
from schema.execution.plan import prepare_nested
from schema.execution.roots import RootPlan
from schema.execution.rows import Request, Shapes
from schema.execution.type_mapping import RootLog
from schema.types import connections


class ChangesArguments(NamedTuple):
    """The arguments of a field of the log."""

    after: str | None
    size: int
    filter: Filter


class ChangePlan:
    """A selection of changes, and of their subjects."""

    def __init__(self, source: RootLog, builder: Builder, fields: Sequence[SelectedField]) -> None:
        self._source, self._columns, before = source, EmbeddedColumns(), len(builder.subjects)
        self._object, self.weight = builder.object(source.type, fields, self._columns, None)
        self.subjects = builder.subjects[before:]

    async def read(self, request: Request, unit: Unit, changes: Sequence[Change]) -> None:
        """Read the subjects of changes."""
        for rows in self.subjects:
            await rows.read(request, unit, [self._source.subject(one) for one in changes])

    def render(self, request: Request, changes: Sequence[Change]) -> list[Any]:
        """The objects of changes."""
        values = [self._source.values(one, request.caller) for one in changes]
        return self._object.render(table_of(values, self._columns.names), request)


class _Edges(NamedTuple):
    struct: Struct
    values: Sequence[ChangePlan | str]


_Field: TypeAlias = _Edges | PageInfo | str


class RootLogPlan(RootPlan):
    """A connection of the log."""

    personal = True

    def __init__(self, source: RootLog, arguments: ArgumentReader, builder: Builder, selected: SelectedField) -> None:
        fields = builder.below(selected, selected.type_name)
        self._source, self._arguments, self._builder = source, arguments, builder
        self._struct = Struct(selected.type_name, [one.key for one in fields])
        self._plans: list[ChangePlan] = []
        self._leaves = self._edge_leaves = 0
        self._fields = [self._field(one) for one in fields]
        self.statements = 2 + sum(rows.statements for plan in self._plans for rows in plan.subjects)

    @property
    def deep(self) -> bool:
        """Whether some subjects are nested too deep for their statements."""
        return any(rows.deep for plan in self._plans for rows in plan.subjects)

    def _field(self, selected: SelectedField) -> _Field:
        if selected.is_meta:
            self._leaves += 1
            return self._struct.type_name
        fields = self._builder.below(selected, selected.type_name)
        struct = Struct(selected.type_name, [one.key for one in fields])
        if selected.name == "pageInfo":
            self._leaves += len(fields)
            return PageInfo(struct, [one.name for one in fields])
        return _Edges(struct, [self._of_edge(one) for one in fields])

    def _of_edge(self, selected: SelectedField) -> ChangePlan | str:
        if selected.name != "node":
            self._edge_leaves += 1
            return selected.name
        plan = ChangePlan(self._source, self._builder, self._builder.below(selected, self._source.type.name))
        self._plans.append(plan)
        return plan

    def prepare(self, request: Request) -> None:
        """Read the arguments."""
        request.states[self] = read_arguments(self._source, self._arguments, request), None

    def weight(self, request: Request) -> "RootLogPlan":  # noqa: ARG002 - as all root fields
        """The selection, for the price."""
        return self

    def shapes(self, request: Request) -> Shapes:
        """The shapes of the statements for its subjects, of any type."""
        for plan in self._plans:
            for rows in plan.subjects:
                yield from rows.shapes(request)

    def describe(self, request: Request) -> costs.Selected:
        """The price; a field with invalid arguments reads nothing."""
        if self not in request.states:
            return costs.Selected(0, list_leaves=self._leaves)
        arguments = request.states[self][0]
        leaves = self._edge_leaves + sum(plan.weight.leaves for plan in self._plans)
        below = [part.describe(request) for plan in self._plans for part in plan.weight.below]
        return costs.Selected(arguments.size, leaves, self._leaves, int(arguments.filter != Filter()), below)

    def bytes_at_most(self, request: Request, times: int) -> int:
        """The approximate maximum bytes in the answer."""
        times *= request.states[self][0].size if self in request.states else 0
        return sum(plan.weight.bytes_at_most(request, times) for plan in self._plans)

    async def read(self, request: Request, unit: Unit) -> None:
        """Read a page, and the subjects of its changes."""
        arguments, _ = request.states[self]
        page = await request.context.changes.read(
            unit, arguments.after, request.caller, arguments.filter, arguments.size
        )
        for plan in self._plans:
            await plan.read(request, unit, page.changes)
        request.states[self] = arguments, page

    def render(self, request: Request) -> Any:
        """The connection."""
        arguments, page = request.states[self]
        return self._struct.one(*(self._value(one, arguments, page, request) for one in self._fields))

    def _value(self, selected: _Field, arguments: ChangesArguments, page: Page, request: Request) -> Any:
        if isinstance(selected, _Edges):
            return self._edges(selected, page, request)
        if isinstance(selected, str):
            return selected
        values = {
            "hasNextPage": page.more,
            "hasPreviousPage": arguments.after is not None,
            "startCursor": page.changes[0].place.cursor if page.changes else None,
            "endCursor": page.next.cursor,
            "__typename": selected.struct.type_name,
        }
        return selected.struct.one(*(values[name] for name in selected.fields))

    def _edges(self, edges: _Edges, page: Page, request: Request) -> list[Any]:
        cursors = [change.place.cursor for change in page.changes]
        values = [
            one.render(request, page.changes)
            if isinstance(one, ChangePlan)
            else cursors
            if one == "cursor"
            else [edges.struct.type_name] * len(cursors)
            for one in edges.values
        ]
        return edges.struct.many(values, len(cursors), request)


class SubscriptionPlan:
    """A subscription to the log: one root field with its response key."""

    def __init__(self, source: RootLog, builder: Builder, selected: SelectedField) -> None:
        self._source, self._arguments = source, ArgumentReader(selected)
        self._change = ChangePlan(source, builder, builder.below(selected, source.type.name))
        self._make = Struct("Subscription", [selected.key]).one
        self._nested: list[PagePlan] = [page for page in builder.pages if page.connection]
        self._bound_leaves: list[BoundLeaf] = builder.bound_leaves
        self._below = [one.arguments for one in self._bound_leaves] + [page.arguments for page in self._nested]
        self._below += [summary.arguments for page in self._nested for summary in page.summaries]

    def prepare(self, request: Request) -> ChangesArguments:
        """Read all arguments; raises `Invalid` and the like."""
        arguments = read_arguments(self._source, self._arguments, request)
        prepare_nested(request, self._nested, self._bound_leaves)
        return arguments

    def arguments_below(self, request: Request) -> str:
        """A key of the prepared arguments below the root field that depend on variables."""
        try:
            return repr([one.read(request.variables) for one in self._below if one.constant is None])
        except GraphQLError:  # it becomes an error of each event
            return repr(request.variables.coerced)

    def describe(self, request: Request, count: int) -> costs.Selected:
        """The price of a number of events."""
        weight = self._change.weight
        return costs.Selected(count, weight.leaves, below=[part.describe(request) for part in weight.below])

    def bytes_at_most(self, request: Request) -> int:
        """The approximate maximum bytes of an event."""
        return self._change.weight.bytes_at_most(request, 1)

    async def read(self, request: Request, unit: Unit, changes: Sequence[Change]) -> None:
        """Read the selected subjects of changes."""
        await self._change.read(request, unit, changes)

    def render(self, request: Request, changes: Sequence[Change]) -> list[Any]:
        """The data of each event."""
        return list(map(self._make, self._change.render(request, changes)))


def read_arguments(source: RootLog, arguments: ArgumentReader, request: Request) -> ChangesArguments:
    """The arguments of a field of the log; raises `Invalid`."""
    values = arguments.read(request.variables)
    return ChangesArguments(values.get("after") or None, connections.window(values).size, source.filter(values))
