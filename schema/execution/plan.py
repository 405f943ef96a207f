"""Plans: operations that are compiled once, and run with the arguments of each request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from graphql import GraphQLError

from app.domain.errors import ConnectionLost, NotMigrated, TandemError
from app.domain.unit_of_work import Unit
from app.rate_limiting import costs
from app.rate_limiting.costs import Work
from schema.execution.builder import BoundLeaf
from schema.execution.cost import too_complex
from schema.execution.pages import PagePlan
from schema.execution.roots import RootPlan
from schema.execution.rows import PreparedPage, Request
from schema.types import connections

MAX_REFUSED, MANY_REFUSED = 20, 5
"""The maximum root fields with invalid arguments, and the maximum on the event loop: each error takes 2 ms."""
PARTS_OF_POINT = 12
"""The maximum number of different lists and references per point."""
MANY_NODES = 500
"""Plans with more nodes are read and rendered off the event loop; so many take some 5 ms."""
MANY_BYTES = 1536 * 1024
"""So are answers that may have more bytes, some 25 descriptions: some lists have more nodes than their price counts.

Such an answer holds a place for large answers until it is read."""
MANY_VALUES = 1_000
"""Answers with more values are completed by graphql-core off the event loop: it takes 5 ms for so many."""


@dataclass(eq=False)
class Plan:
    """A query. `fields` has the plan of each root field by response key, or its constant value, such as `Query`.

    `introspects`: it selects `__schema` or `__type`, which graphql-core answers. `leaves` counts the constants, and
    what is selected of the schema.
    """

    fields: Sequence[tuple[str, RootPlan | str]]
    make: Callable[..., Any]
    nested: Sequence[PagePlan]
    bound_leaves: Sequence[BoundLeaf]
    leaves: int
    introspects: bool
    bytes: int
    """The approximate bytes of what is selected of the schema."""
    parts: int
    """The number of its lists and references, of all types if the request decides the type."""

    @cached_property
    def roots(self) -> list[RootPlan]:
        """The root fields that read rows."""
        return [one for _, one in self.fields if not isinstance(one, str)]

    def prepare(self, request: Request) -> None:
        """Read all arguments. Errors of root fields are kept; errors of nested fields are raised."""
        for root in self.roots:
            try:
                root.prepare(request)
            except (TandemError, GraphQLError) as error:
                request.refuse(root, error)
        if len(request.errors) > MAX_REFUSED:
            raise too_complex(f"more than {MAX_REFUSED} of its fields are refused")
        prepare_nested(request, self.nested, self.bound_leaves)

    def work(self, request: Request) -> Work:
        """The work of the query."""
        parts = [root.weight(request) for root in self.roots]
        request.most_bytes = self.bytes + sum(part.bytes_at_most(request, 1) for part in parts)
        whole = costs.Selected(0, list_leaves=self.leaves)
        return costs.work([whole, *(part.describe(request) for part in parts)])

    def check_parts(self, request: Request, points: int) -> None:
        """Raise `query_too_complex` where too many statements are to be made for the points that it costs.

        To make the SQL of a list or reference takes some 3 ms, once; that of equal root fields is made once as well.
        """
        most = PARTS_OF_POINT * points
        if self.parts > most:
            shapes = dict(one for root in self.roots if root not in request.errors for one in root.shapes(request))
            if sum(shapes.values()) > most:
                raise too_complex(f"at most {PARTS_OF_POINT} lists and references a point may differ from each other")

    @cached_property
    def shared(self) -> bool:
        """Whether callers with the same scopes get the same answer while the data stay the same."""
        return bool(self.roots) and not self.introspects and not any(root.personal for root in self.roots)

    @cached_property
    def statements(self) -> int:
        """The maximum number of statements."""
        return sum(root.statements for root in self.roots)

    @cached_property
    def deep(self) -> bool:
        """Whether some rows are nested too deep for the statement of their root field."""
        return any(root.deep for root in self.roots)

    async def read(self, request: Request, unit: Unit) -> None:
        """Read all rows; an error of one root field is kept."""
        for root in self.roots:
            if root not in request.errors:
                try:
                    await root.read(request, unit)
                except (ConnectionLost, NotMigrated):
                    raise
                except TandemError as error:
                    request.refuse(root, error)

    def render(self, request: Request) -> Any:
        """The data of the answer, with errors at their paths; then `request.failed` is set."""
        return self.make(*(self._value(one, request) for _, one in self.fields))

    def _value(self, one: RootPlan | str, request: Request) -> Any:
        if isinstance(one, str):
            return one
        return request.errors.get(one) or one.render(request)


def _failing(error: Exception, request: Request, *_: Any) -> Exception:
    """Replaces the conversion of a leaf with invalid arguments."""
    request.failed = True
    return error


def prepare_nested(request: Request, pages: Sequence[PagePlan], bound_leaves: Sequence[BoundLeaf]) -> None:
    """Read the nested arguments; raises the error of a connection, or `GraphQLError`."""
    for one in bound_leaves:
        try:
            request.states[one.arguments] = one.source.bind(one.arguments.read(request.variables))
        except (TandemError, GraphQLError) as error:
            request.states[one.arguments] = partial(_failing, error, request)
    for plan in pages:
        source = plan.connection
        if source is None:
            continue
        known = plan.constant.get(request.engine) if plan.arguments.constant is not None else None
        if known is None:
            values = plan.arguments.read(request.variables)
            window, sort = connections.window(values), source.sort(values)
            filter_ = source.filter(values)
            conditions = filter_.values(request.engine)
            bounds = window.bounds(plan.row.type.listing, sort, None)
            bound_values = {"size": window.size + 1, **bounds, **conditions}
            known = PreparedPage(filter_, sort, window, bound_values, tuple(conditions))
            if plan.arguments.constant is not None:
                plan.constant[request.engine] = known
        request.admit(known.filter)
        request.pages[plan] = known
        for summary in plan.summaries:
            summary.bind(request)
