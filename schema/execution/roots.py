"""Root fields of queries: each reads by one statement and renders the rows."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.domain import addresses
from app.domain.pagination import paging, selection
from app.domain.pagination.keyset import PageShape
from app.domain.pagination.selection import rows_statement
from app.domain.unit_of_work import Statement, Unit
from schema.execution.any_rows import AnyRows, owned
from schema.execution.arguments import ArgumentReader
from schema.execution.objects import ObjectPlan, table_of
from schema.execution.pages import PagePlan, complete_pages
from schema.execution.rows import PreparedPage, Request, RowPlan, Shapes
from schema.execution.type_mapping import RootConnection, RootList, RootNodes, RootObject, RootValue
from schema.execution.weight import Part, SelectedObject, SelectedPage
from schema.types import connections

MAX_STATEMENTS = 8
"""The maximum number of cached statements per root field: one for each shape of its arguments."""


class RootPlan(ABC):
    """A root field. `statements` is the maximum number that it runs, or, if it is `deep`, runs before nested ones."""

    statements = 1
    _weight: Part

    @property
    def personal(self) -> bool:
        """Whether the answer depends on the caller, not only on the caller's scopes."""
        return False

    @property
    def deep(self) -> bool:
        """Whether some rows are nested too deep for the statement."""
        return False

    @abstractmethod
    def prepare(self, request: Request) -> None:
        """Read the arguments; raises `TandemError` or `GraphQLError`."""

    def weight(self, request: Request) -> Part:  # noqa: ARG002 - of some fields the arguments decide it
        """The selection, for the price."""
        return self._weight

    @abstractmethod
    def shapes(self, request: Request) -> Shapes:
        """The shapes of its statements; its arguments must be prepared."""

    @abstractmethod
    async def read(self, request: Request, unit: Unit) -> None:
        """Read the rows."""

    @abstractmethod
    def render(self, request: Request) -> Any:
        """The value of the field, or its error."""


class RootConnectionPlan(RootPlan):
    """A connection."""

    def __init__(self, source: RootConnection, plan: PagePlan, weight: SelectedPage) -> None:
        self.source, self.plan, self._weight = source, plan, weight
        self._statements: dict[object, Statement] = {}

    @property
    def deep(self) -> bool:
        """Whether some rows are nested too deep for the statement."""
        return self.plan.row.deep or bool(self.plan.summaries)

    @property
    def personal(self) -> bool:
        """Whether the rows have owners."""
        return self.plan.row.type.owner is not None

    def prepare(self, request: Request) -> None:
        """Read the arguments of the connection."""
        listing_type = self.plan.row.type
        listing_type.admit(request.caller)
        values = self.plan.arguments.read(request.variables)
        filter_ = self.source.filter(values, request.caller)
        request.admit(filter_)
        window, sort = connections.window(values), self.source.sort(values)
        conditions = filter_.values(request.engine)
        bound = {"size": window.size + 1, **conditions}
        request.pages[self.plan] = PreparedPage(filter_, sort, window, bound, tuple(conditions))
        bound |= window.bounds(listing_type.listing, sort, filter_)
        for summary in self.plan.summaries:
            summary.bind(request)

    def shapes(self, request: Request) -> Shapes:
        """The shape of its statement."""
        plan, page = self.plan, request.pages[self.plan]
        own = (plan.row.type.name, page.window.shape(page.sort, page.conditions), plan.rows, plan.total)
        yield (*own, plan.row.shape(request)), plan.row.reads

    async def read(self, request: Request, unit: Unit) -> None:
        """Read the page."""
        plan = self.plan
        await complete_pages(request, (plan, *plan.row.pages()), unit)
        page = request.pages[plan]
        shape = page.window.shape(page.sort, page.conditions)
        values = page.values
        if not plan.rows:
            values = {name: page.values[name] for name in page.conditions}
        rows = await unit.all(self._statement(request, shape, unit), **values, **plan.row.values(request))
        total = None
        if not plan.rows:
            total, rows = rows[0][0], []
        elif plan.total:
            total, rows = paging.split_count(rows)
        plan.cut(request, [0], [rows], [total])
        await plan.summarize(request, unit)
        if plan.row.deep:
            await plan.row.load(request, unit)

    def render(self, request: Request) -> Any:
        """The connection."""
        return self.plan.render(request)[0]

    def _statement(self, request: Request, shape: PageShape, unit: Unit) -> Statement:
        below = [request.pages[plan] for plan in self.plan.row.pages()]
        shapes = (page.window.shape(page.sort, page.conditions) for page in below)
        key = (unit.engine, request.everything, shape, *shapes)
        statement = self._statements.get(key)
        if statement is None:
            if len(self._statements) >= MAX_STATEMENTS:
                self._statements.clear()
            row = self.plan.row
            statement = self._statements[key] = selection.page_statement(
                row.type.listing, shape, row.selection(request), unit.engine, rows=self.plan.rows, total=self.plan.total
            )
        return statement


class RootObjectPlan(RootPlan):
    """One row of a type, by its address."""

    def __init__(
        self, source: RootObject, arguments: ArgumentReader, row: RowPlan, plan: ObjectPlan, weight: SelectedObject
    ) -> None:
        self.source, self.arguments, self.row, self.plan, self._weight = source, arguments, row, plan, weight
        self._owner = row.column(row.type.owner) if row.type.owner else None

    @property
    def deep(self) -> bool:
        """Whether some rows are nested too deep for the statement."""
        return self.row.deep

    @property
    def personal(self) -> bool:
        """Whether the row has an owner."""
        return self.row.type.owner is not None

    def prepare(self, request: Request) -> None:
        """Read the address."""
        self.row.type.admit(request.caller)
        request.states[self] = self.source.address(self.arguments.read(request.variables))

    def shapes(self, request: Request) -> Shapes:
        """The shape of its statement."""
        yield (self.row.type.name, addresses.kind(request.states[self]), self.row.shape(request)), self.row.reads

    async def read(self, request: Request, unit: Unit) -> None:
        """Read the row."""
        address = request.states[self]
        rows: Sequence[Any] = ()
        if values := addresses.values(address):
            row, kind = self.row, addresses.kind(address)
            await complete_pages(request, row.pages(), unit)
            listing, selected = row.type.listing, row.selection(request)
            statement = rows_statement(listing, selected, unit.engine, by=kind, everything=request.everything)
            rows = await unit.all(statement, **values, **row.values(request))
        self.row.arrange(request, owned(rows, self._owner, request))
        if self.row.deep:
            await self.row.load(request, unit)

    def render(self, request: Request) -> Any:
        """The object, or null."""
        objects = self.plan.render(request.tables[self.row], request)
        return objects[0] if objects else None


class RootNodesPlan(RootPlan):
    """Rows of several types by global ids."""

    def __init__(self, source: RootNodes, arguments: ArgumentReader, rows: AnyRows) -> None:
        self.source, self.arguments, self._rows = source, arguments, rows
        self.statements = rows.statements

    @property
    def deep(self) -> bool:
        """Whether some rows are nested too deep for their statements."""
        return self._rows.deep

    @property
    def personal(self) -> bool:
        """Whether rows of some type have owners."""
        return self._rows.personal

    def prepare(self, request: Request) -> None:
        """Read the ids."""
        ids = request.states[self] = self.source.identify(self.arguments.read(request.variables))
        self._rows.admit(request, {one[0] for one in ids if one})

    def weight(self, request: Request) -> SelectedObject:
        """The selection, each row with the price of the heaviest type."""
        return self._rows.heaviest(request, len(request.states.get(self, ())))

    def shapes(self, request: Request) -> Shapes:
        """The shapes of the statements for the types that the ids name."""
        return self._rows.shapes(request, {one[0] for one in request.states[self] if one})

    async def read(self, request: Request, unit: Unit) -> None:
        """Read the rows of each type by one statement."""
        await self._rows.read(request, unit, request.states[self])

    def render(self, request: Request) -> Any:
        """The objects in the order of the ids: null for unknown ids, errors for types that the caller may not see."""
        objects = self._rows.render(request)
        return objects[0] if self.source.single else objects


class RootListPlan(RootPlan):
    """A list of objects that have no ids."""

    _weight: SelectedObject

    def __init__(
        self,
        source: RootList,
        arguments: ArgumentReader,
        plan: ObjectPlan,
        columns: Sequence[str],
        weight: SelectedObject,
    ) -> None:
        self.source, self.arguments, self.plan = source, arguments, plan
        self.statements, self._columns, self._weight = source.statements, columns, weight

    def prepare(self, request: Request) -> None:
        """Read the arguments."""
        request.bound[self] = self.source.bind(self.arguments.read(request.variables))

    def weight(self, request: Request) -> SelectedObject:
        """The selection; a field with invalid arguments reads nothing."""
        nodes = self.source.size(request.bound[self]) if self in request.bound else 0
        return replace(self._weight, nodes=nodes)

    def shapes(self, request: Request) -> Shapes:  # noqa: ARG002 - as all root fields
        """The shape of its statements, which no request decides."""
        yield self.source, 1

    async def read(self, request: Request, unit: Unit) -> None:
        """Read the objects."""
        request.states[self] = await self.source.read(unit, request.bound[self])

    def render(self, request: Request) -> Any:
        """The objects."""
        return self.plan.render(table_of(request.states[self], self._columns), request)


class RootValuePlan(RootPlan):
    """A value of the request itself."""

    statements, personal = 0, True

    def __init__(self, source: RootValue, plan: ObjectPlan, columns: Sequence[str], weight: SelectedObject) -> None:
        self.source, self.plan, self._columns, self._weight = source, plan, columns, weight

    def prepare(self, request: Request) -> None:
        """Read nothing."""

    def shapes(self, request: Request) -> Shapes:  # noqa: ARG002 - as all root fields
        """None: it reads nothing."""
        yield from ()

    async def read(self, request: Request, unit: Unit) -> None:
        """Read nothing."""

    def render(self, request: Request) -> Any:
        """The object, from the state of the request at rendering."""
        return self.plan.render(table_of([self.source.read(request.context)], self._columns), request)[0]
