"""The change log: as a connection of queries, and as the events of subscriptions."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from graphql import get_named_type

from app.domain.changes.reading import Change, Filter, Page
from app.domain.unit_of_work import Unit
from app.rate_limiting import costs
from schema.execution.arguments import ArgumentReader
from schema.execution.builder import Bound, Builder
from schema.execution.fields import SelectedField
from schema.execution.objects import EmbeddedColumns, Struct, table_of
from schema.execution.pages import PageInfo, PagePlan
from schema.execution.plan import prepare_nested
from schema.execution.rows import Request
from schema.execution.type_mapping import RootLog
from schema.types import connections


class Asked(NamedTuple):
    """The arguments of a field of the log."""

    after: str | None
    size: int
    wanted: Filter


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


class RootChanges:
    """A connection of the log."""

    personal = True

    def __init__(self, source: RootLog, arguments: ArgumentReader, builder: Builder, selected: SelectedField) -> None:
        assert selected.definition  # noqa: S101 - it is no meta field
        type_name = get_named_type(selected.definition.type).name
        fields = builder.below(selected, type_name)
        self._source, self._arguments, self._builder = source, arguments, builder
        self._struct = Struct(type_name, [one.key for one in fields])
        self._plans: list[ChangePlan] = []
        self._leaves = self._edge_leaves = 0
        self._fields = [self._field(one) for one in fields]
        self.statements = 2 + sum(rows.statements for plan in self._plans for rows in plan.subjects)

    @property
    def deep(self) -> bool:
        """Whether some subjects stand too deep for their statements."""
        return any(rows.deep for plan in self._plans for rows in plan.subjects)

    def _field(self, selected: SelectedField) -> _Field:
        if selected.definition is None:
            self._leaves += 1
            return self._struct.type_name
        type_name = get_named_type(selected.definition.type).name
        fields = self._builder.below(selected, type_name)
        struct = Struct(type_name, [one.key for one in fields])
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
        request.cells[self] = read_arguments(self._source, self._arguments, request), None

    def weight(self, request: Request) -> "RootChanges":  # noqa: ARG002 - as all root fields
        """The selection, for its price."""
        return self

    def describe(self, request: Request) -> costs.Selected:
        """The price; a field with faulty arguments reads nothing."""
        if self not in request.cells:
            return costs.Selected(0, list_leaves=self._leaves)
        asked = request.cells[self][0]
        leaves = self._edge_leaves + sum(plan.weight.leaves for plan in self._plans)
        below = [part.describe(request) for plan in self._plans for part in plan.weight.below]
        return costs.Selected(asked.size, leaves, self._leaves, int(asked.wanted != Filter()), below)

    def bytes_at_most(self, request: Request, times: int) -> int:
        """About how many bytes it takes of the answer at most."""
        times *= request.cells[self][0].size if self in request.cells else 0
        return sum(plan.weight.bytes_at_most(request, times) for plan in self._plans)

    async def read(self, request: Request, unit: Unit) -> None:
        """Read a page, and the subjects of its changes."""
        asked, _ = request.cells[self]
        page = await request.context.changes.read(unit, asked.after, request.caller, asked.wanted, asked.size)
        for plan in self._plans:
            await plan.read(request, unit, page.changes)
        request.cells[self] = asked, page

    def render(self, request: Request) -> Any:
        """The connection."""
        asked, page = request.cells[self]
        return self._struct.one(*(self._value(one, asked, page, request) for one in self._fields))

    def _value(self, selected: _Field, asked: Asked, page: Page, request: Request) -> Any:
        if isinstance(selected, _Edges):
            return self._edges(selected, page, request)
        if isinstance(selected, str):
            return selected
        values = {
            "hasNextPage": page.more,
            "hasPreviousPage": asked.after is not None,
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
    """A subscription to the log, whose one root field has a response key."""

    def __init__(self, source: RootLog, builder: Builder, selected: SelectedField) -> None:
        assert selected.definition  # noqa: S101 - subscriptions have no meta fields
        self._source, self._arguments = source, ArgumentReader(selected.definition, selected.node)
        self._change = ChangePlan(source, builder, builder.below(selected, source.type.name))
        self._make = Struct("Subscription", [selected.key]).one
        self._nested: list[PagePlan] = [page for page in builder.pages if page.connection]
        self._bound: list[Bound] = builder.bound

    def prepare(self, request: Request) -> Asked:
        """Read all arguments; raises `Invalid` and the like."""
        asked = read_arguments(self._source, self._arguments, request)
        prepare_nested(request, self._nested, self._bound)
        return asked

    def describe(self, request: Request, count: int) -> costs.Selected:
        """The price of a number of events."""
        weight = self._change.weight
        return costs.Selected(count, weight.leaves, below=[part.describe(request) for part in weight.below])

    async def read(self, request: Request, unit: Unit, changes: Sequence[Change]) -> None:
        """Read what changes select of their subjects."""
        await self._change.read(request, unit, changes)

    def render(self, request: Request, changes: Sequence[Change]) -> list[Any]:
        """The data of each event."""
        return list(map(self._make, self._change.render(request, changes)))


def read_arguments(source: RootLog, arguments: ArgumentReader, request: Request) -> Asked:
    """The arguments of a field of the log; raises `Invalid`."""
    values = arguments.read(request.variables)
    return Asked(values.get("after") or None, connections.window(values).size, source.filter(values))
