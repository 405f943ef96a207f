"""Plans: an operation compiled once, and run with the arguments of each request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from graphql import GraphQLError

from app.domain.errors import ConnectionLost, NotMigrated, TandemError
from app.domain.unit_of_work import Unit
from app.rate_limiting import costs
from app.rate_limiting.costs import Work
from schema.execution.builder import Bound
from schema.execution.pages import PagePlan
from schema.execution.roots import RootPlan
from schema.execution.rows import MAX_BYTES, PreparedPage, Request
from schema.types import connections

MANY_NODES = 500
"""Nodes past which a plan is read and rendered off the event loop; so many take some 5 ms."""


@dataclass(eq=False)
class Plan:
    """A query. `fields` are its root fields by response key; a constant, such as `__typename`, stands for itself.

    `introspects`: it selects `__schema` or `__type`, which graphql-core answers.
    """

    fields: Sequence[tuple[str, RootPlan | str]]
    make: Callable[..., Any]
    nested: Sequence[PagePlan]
    bound: Sequence[Bound]
    leaves: int
    introspects: bool

    @cached_property
    def roots(self) -> list[RootPlan]:
        """The root fields that read something."""
        return [one for _, one in self.fields if not isinstance(one, str)]

    def prepare(self, request: Request) -> None:
        """Read all arguments. The errors of root fields are kept; those of fields below are raised, once."""
        for root in self.roots:
            try:
                root.prepare(request)
            except (TandemError, GraphQLError) as error:
                request.refuse(root, error)
        prepare_nested(request, self.nested, self.bound)

    def work(self, request: Request) -> Work:
        """The work that the query asks for."""
        parts = [root.weight(request) for root in self.roots]
        request.counts_bytes = sum(part.bytes_at_most(request, 1) for part in parts) > MAX_BYTES
        whole = costs.Selected(0, list_leaves=self.leaves)
        return costs.work([whole, *(part.describe(request) for part in parts)])

    @cached_property
    def shared(self) -> bool:
        """Whether it shows the same to all callers of the same scopes, as long as the data stay the same."""
        return bool(self.roots) and not self.introspects and not any(root.personal for root in self.roots)

    @cached_property
    def statements(self) -> int:
        """The maximum number of statements that it runs."""
        return sum(root.statements for root in self.roots)

    @cached_property
    def deep(self) -> bool:
        """Whether some rows stand too deep for the statement of their root field."""
        return any(root.deep for root in self.roots)

    async def read(self, request: Request, unit: Unit) -> None:
        """Read all rows; a refusal of one root field is kept."""
        for root in self.roots:
            if root not in request.errors:
                try:
                    await root.read(request, unit)
                except (ConnectionLost, NotMigrated):
                    raise
                except TandemError as error:
                    request.refuse(root, error)

    def render(self, request: Request) -> Any:
        """The data of the answer; errors stand where they belong, and then `request.failed`."""
        return self.make(*(self._value(one, request) for _, one in self.fields))

    def _value(self, one: RootPlan | str, request: Request) -> Any:
        if isinstance(one, str):
            return one
        return request.errors.get(one) or one.render(request)


def _failing(error: Exception, request: Request, *_: Any) -> Exception:
    """Stands in for the conversion of a leaf whose arguments are at fault."""
    request.failed = True
    return error


def prepare_nested(request: Request, pages: Sequence[PagePlan], bound: Sequence[Bound]) -> None:
    """Read the arguments below the root fields; raises the refusal of a connection, or `GraphQLError`."""
    for one in bound:
        try:
            request.cells[one.arguments] = one.source.bind(one.arguments.read(request.variables))
        except (TandemError, GraphQLError) as error:
            request.cells[one.arguments] = partial(_failing, error, request)
    for plan in pages:
        source = plan.connection
        if source is None:
            continue
        known = plan.constant.get(request.engine) if plan.arguments.constant is not None else None
        if known is None:
            values = plan.arguments.read(request.variables)
            window, sort = connections.window(values), source.sort(values)
            narrowed = source.filter(values)
            conditions = narrowed.values(request.engine)
            bounds = window.bounds(plan.row.type.listing, sort, None)
            bound_values = {"size": window.size + 1, **bounds, **conditions}
            known = PreparedPage(narrowed, sort, window, bound_values, tuple(conditions))
            if plan.arguments.constant is not None:
                plan.constant[request.engine] = known
        request.admit(known.filter)
        request.pages[plan] = known
        for summary in plan.summaries:
            summary.bind(request)
