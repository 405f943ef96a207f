"""Mutations: each field runs its command once per key, and renders the outcome with its own selection."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.domain.callers import Caller, Scope
from app.domain.errors import TandemError
from app.domain.idempotency import Command, Snapshot
from app.domain.pagination import cursors, paging
from app.domain.pagination.paging import Filter
from app.domain.pagination.selection import MAX_LEVELS
from app.domain.unit_of_work import Unit
from app.rate_limiting import costs
from app.rate_limiting.costs import Work
from schema.errors import USER_ERROR, user_errors
from schema.execution.arguments import ArgumentReader
from schema.execution.builder import BoundLeaf, Builder
from schema.execution.context import Context
from schema.execution.fields import SelectedField
from schema.execution.objects import EmbeddedColumns, ObjectPlan, Struct, table_of
from schema.execution.pages import Edges, PagePlan
from schema.execution.plan import prepare_nested
from schema.execution.rows import Request, RowPlan
from schema.execution.weight import SelectedObject
from schema.types import nodes

Members = Mapping[str, Any]


class RootMutation(NamedTuple):
    """A mutation: `command` makes the command of an input, which needs the `scope`. The outcome becomes the payload.

    - `object_field` and `edge` are the payload's fields for the object and its edge. The edge's cursor belongs to the
      list under `edge_filter`; the edge is null if the object was not `created`. `deletedId` is the object's global id.
      Any other field is a member of the outcome.
    - `complete` adds members that older releases did not store, `unstored` those that no outcome contains.
    - `size` gives the number of operations in the input of a batch (`BatchPlan`).
    - `charge` charges costs that depend on stored data; it raises `rate_limited`.
    """

    command: Callable[[Members, Context], Command]
    scope: Scope
    type_name: str
    object_field: str
    edge: str = ""
    edge_filter: Callable[[Caller], Filter] | None = None
    key_required: bool = False
    complete: Callable[[Snapshot], Snapshot] = dict
    unstored: Callable[[Unit, Caller, Snapshot], Awaitable[Snapshot]] | None = None
    size: Callable[[Members], int] | None = None
    charge: Callable[[Members, Context], Awaitable[None]] | None = None


class PayloadPlan:
    """One mutation field."""

    def __init__(
        self, source: RootMutation, arguments: ArgumentReader, builder: Builder, selected: SelectedField
    ) -> None:
        payload = selected.type_name
        self.source, self._arguments, self._key = source, arguments, selected.key
        self.row = RowPlan(builder.types[source.type_name], MAX_LEVELS)
        self.weight = SelectedObject()
        fields = builder.below(selected, payload)
        self._make = Struct(payload, [one.key for one in fields]).one
        self._fields = [self._field(builder, one, payload) for one in fields]

    def _field(self, builder: Builder, selected: SelectedField, type_name: str) -> Any:
        if selected.is_meta:
            self.weight.leaves += 1
            return lambda _: type_name
        if selected.name == "userErrors":
            return self._user_errors(builder, selected, self.weight)
        if selected.name == self.source.object_field:
            plan, weight = builder.node(self.row, builder.below(selected, self.row.type.name))
            self.weight.below.append(weight)
            return plan
        if selected.name == self.source.edge:
            return self._edge(builder, selected)
        self.weight.leaves += 1
        return selected.name

    def _user_errors(self, builder: Builder, selected: SelectedField, above: SelectedObject) -> Any:
        columns = EmbeddedColumns()
        plan, weight = builder.object(USER_ERROR, builder.below(selected, USER_ERROR.name), columns, None)
        weight.nodes = costs.LIST
        above.below.append(weight)
        return UserErrors(plan, columns)

    def _edge(self, builder: Builder, selected: SelectedField) -> Edges:
        fields = builder.below(selected, selected.type_name)
        values: list[ObjectPlan | str] = []
        for one in fields:
            if one.name == "node":
                plan, weight = builder.node(self.row, builder.below(one, self.row.type.name))
                self.weight.below.append(weight)
                values.append(plan)
            else:
                self.weight.leaves += 1
                values.append(one.name)
        return Edges(Struct(selected.type_name, [one.key for one in fields]), values)

    def points(self, request: Request) -> int:  # noqa: ARG002 - a batch costs more
        """The points for the command, without its payload."""
        return 1

    async def run(self, request: Request) -> Any:
        """Run the command and return the payload; raises errors that are not user errors."""
        context = request.context
        context.caller.require(self.source.scope)
        try:
            command = await self._command(request)
            key = context.key_of(self._key, required=self.source.key_required)
            outcome = await context.runner.run(context.caller, key, command)
        except TandemError as error:
            context.retry_after = error.retry_after or context.retry_after
            if not error.code.spec.user_error:
                raise
            context.replays.append(error.replayed)
            return self._make(*(self._refused(one, error, request) for one in self._fields))
        context.replays.append(outcome.replayed)
        snapshot = await self._completed(request, outcome.snapshot)
        await self._read(request, snapshot)
        if context.large:
            return await asyncio.to_thread(self._payload, request, snapshot)
        return self._payload(request, snapshot)

    async def _command(self, request: Request) -> Command:
        """The command of its input; raises `Invalid`."""
        return self.source.command(*await self._priced(request))

    async def _priced(self, request: Request) -> tuple[Members, Context]:
        """Charge costs that are known only now, and return the input and context; raises `rate_limited`."""
        members, context = self.input(request), request.context
        if self.source.charge:
            await self.source.charge(members, context)
        return members, context

    def input(self, request: Request) -> Members:
        """The members of the mutation's input; raises `GraphQLError`."""
        members: Members = self._arguments.read(request.variables)["input"]
        return members

    async def _completed(self, request: Request, snapshot: Snapshot) -> Snapshot:
        """The outcome, completed with everything that the payload may show."""
        caller, unstored = request.caller, self.source.unstored
        completed = self.source.complete(snapshot)
        if unstored is None:
            return completed
        added = await request.context.database.read(lambda unit: unstored(unit, caller, completed))
        return {**completed, **added}

    def _payload(self, request: Request, snapshot: Snapshot) -> Any:
        return self._make(*(self._shown(one, snapshot, request) for one in self._fields))

    async def _read(self, request: Request, snapshot: Snapshot) -> None:
        await self._arrange(request, [snapshot])

    async def _arrange(self, request: Request, snapshots: Sequence[Snapshot]) -> None:
        """Store the objects of outcomes; nested objects are read now."""
        row = self.row
        row.arrange(request, [[one["id"], *(one.get(name) for name in row.columns)] for one in snapshots])

        async def work(unit: Unit) -> None:
            await row.load(request, unit)

        if row.parts:
            await request.context.database.read(work, snapshot=True, long=request.context.large)

    def _refused(self, selected: Any, error: TandemError, request: Request) -> Any:
        if isinstance(selected, UserErrors):
            return selected.render(error, request)
        return selected(None) if callable(selected) else None

    def _shown(self, selected: Any, snapshot: Snapshot, request: Request) -> Any:
        if isinstance(selected, UserErrors):
            return []
        if isinstance(selected, ObjectPlan):
            return selected.render(request.tables[self.row], request)[0]
        if isinstance(selected, Edges):
            if snapshot.get("created") is False:
                return None
            return selected.struct.one(*(self._in_edge(one, selected, snapshot, request) for one in selected.values))
        if callable(selected):
            return selected(None)
        return nodes.encode(self.row.type.name, snapshot["id"]) if selected == "deletedId" else snapshot[selected]

    def _in_edge(self, value: ObjectPlan | str, edge: Edges, snapshot: Snapshot, request: Request) -> Any:
        if isinstance(value, ObjectPlan):
            return value.render(request.tables[self.row], request)[0]
        if value != "cursor":
            return edge.struct.type_name
        assert self.source.edge_filter  # noqa: S101 - an edge has a filter
        filter_ = self.source.edge_filter(request.caller)
        fingerprint = paging.fingerprint(self.row.type.listing, filter_)
        return cursors.encoder("id", fingerprint)(snapshot["id"], snapshot["id"])


class UserErrors(NamedTuple):
    """A selection of the user errors."""

    plan: ObjectPlan
    columns: EmbeddedColumns

    def render(self, error: TandemError, request: Request) -> list[Any]:
        """The user errors of an error."""
        return self.plan.render(table_of(user_errors(error), self.columns.names), request)


@dataclass(slots=True, eq=False)
class MutationPlan:
    """A mutation operation: the payload or constant value of each field, in order, by response key."""

    fields: Sequence[tuple[str, PayloadPlan | str]]
    make: Callable[..., Any]
    pages: Sequence[PagePlan]
    bound_leaves: Sequence[BoundLeaf]
    introspects: bool

    @property
    def payloads(self) -> list[PayloadPlan]:
        """The fields that run a command."""
        return [one for _, one in self.fields if not isinstance(one, str)]

    def prepare(self, request: Request) -> None:
        """Read the nested arguments; raises before anything runs if one is invalid."""
        prepare_nested(request, self.pages, self.bound_leaves)

    def points(self, request: Request) -> int:
        """The points for the operations of batches, beyond one per field; they also pay for the results."""
        return sum(payload.points(request) - 1 for payload in self.payloads)

    def work(self, request: Request) -> Work:
        """The work of the payloads."""
        parts = [payload.weight for payload in self.payloads]
        request.most_bytes = sum(part.bytes_at_most(request, 1) for part in parts)
        constants = costs.Selected(0, list_leaves=len(self.fields) - len(parts))
        return costs.work([constants, *(part.describe(request) for part in parts)])

    async def run(self, request: Request) -> Any:
        """Run the fields one after the other; returns the data of the answer, with errors at their paths."""
        return self.make(*[one if isinstance(one, str) else await _run(one, request) for _, one in self.fields])


async def _run(payload: PayloadPlan, request: Request) -> Any:
    try:
        return await payload.run(request)
    except Exception as error:  # noqa: BLE001 - one failure does not undo the fields before it
        request.failed = True
        return error
