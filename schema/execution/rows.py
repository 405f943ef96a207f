"""Rows: the columns that a plan reads of one type at one place of a query, and all nested parts.

A `RowPlan` collects the columns and nested parts that any selection of its rows needs, so that each is read once. A
request stores rows by columns (`Table`): one table for each place of the query, with the rows below all parents.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import msgspec
from graphql.execution.values import VariableValues

from app.domain import visibility
from app.domain.callers import Caller
from app.domain.errors import TandemError
from app.domain.pagination.paging import Filter, Sort, Window
from app.domain.pagination.selection import Nested, Selection
from app.domain.unit_of_work import Engine, Unit
from app.rate_limiting import costs
from schema.execution.context import Context
from schema.execution.cost import too_complex
from schema.execution.type_mapping import NodeType

Column = Sequence[Any]
_decode = msgspec.json.Decoder(list[Any]).decode


class Table(NamedTuple):
    """Rows as columns: their ids, and the columns in the order of the plan."""

    ids: Column
    columns: Sequence[Column]


class PreparedPage(NamedTuple):
    """The arguments of a connection in a request, and the bind values of its conditions and bounds by name."""

    filter: Filter
    sort: Sort
    window: Window
    values: dict[str, Any]
    conditions: tuple[str, ...]
    corrected: str | None = None


@dataclass(slots=True, eq=False)
class Request:
    """The state of one request, by parts of the plan: the prepared arguments, and the rows.

    `pages` has the arguments of connections, `bound` those of lists and summaries without pages, `tables` the rows, and
    `states` what else a part stores for its own use. `failed`: a field has an error. `most_bytes` is the approximate
    maximum length of the answer.
    """

    variables: VariableValues
    context: Context
    engine: Engine
    pages: dict[object, PreparedPage] = field(default_factory=dict)
    tables: dict["RowPlan", Table] = field(default_factory=dict)
    states: dict[object, Any] = field(default_factory=dict)
    bound: dict[object, Any] = field(default_factory=dict)
    errors: dict[object, Exception] = field(default_factory=dict)
    failed: bool = False
    most_bytes: int = 0
    bytes: int = 0

    @property
    def counts_bytes(self) -> bool:
        """Whether the answer may exceed the limit, so that its bytes are counted during rendering."""
        return self.most_bytes > costs.MAX_BYTES

    @property
    def caller(self) -> Caller:
        """The caller."""
        return self.context.caller

    @property
    def everything(self) -> bool:
        """Whether the caller sees products that are not public."""
        return visibility.sees_everything(self.caller)

    def admit(self, filter_: Filter) -> None:
        """Raise `unauthenticated` or `forbidden` if the caller may not use a filter."""
        if filter_.scope:
            self.caller.require(filter_.scope)

    def refuse(self, root: object, error: Exception) -> None:
        """Record the error of a root field, or of the rows of a type in it."""
        self.errors[root] = error
        self.failed = True

    def count_bytes(self, size: int) -> None:
        """Count bytes of the answer; raises `query_too_complex` past the limit."""
        self.bytes += size
        if self.bytes > costs.MAX_BYTES:
            raise too_long()


def too_long() -> TandemError:
    """The error for an answer with too many bytes."""
    return too_complex(f"its answer has more than {costs.MAX_BYTES} bytes")


class NestedPart(Protocol):
    """A part that is nested in a row: a page, a reference, or references of items.

    The statement of the row reads it, and `arrange` stores it. A `detached` part is nested too deep for that: `load`
    reads it by a statement of its own.
    """

    detached: bool

    @property
    def width(self) -> int:
        """The number of its columns."""

    @property
    def row(self) -> "RowPlan":
        """The plan of this part's rows."""

    def nested(self, request: Request) -> Nested:
        """The part of the statement."""

    def pages(self) -> list[Any]:
        """The connections of this part and of its nested parts in the same statement."""

    def values(self, request: Request) -> dict[str, Any]:
        """The bind values of this part and of its nested parts in the same statement."""

    def arrange(self, request: Request, above: Table, cells: Sequence[Column]) -> None:
        """Store the rows of the cells in the request's tables."""

    async def load(self, request: Request, above: Table, unit: Unit) -> None:
        """Read the nested rows of the table, and store them in the request's tables."""


class RowPlan:
    """The columns and nested parts of rows at one place of a query."""

    def __init__(self, type_: NodeType, level: int, slot: str = "n") -> None:
        self.type = type_
        self.level = level
        self._slot = slot
        self._columns: dict[str, int] = {}
        self.parts: list[NestedPart] = []
        self._pages: list[Any] | None = None

    def column(self, name: str) -> int:
        """The index of a column in the tables."""
        return self._columns.setdefault(name, len(self._columns))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in their order."""
        return tuple(self._columns)

    def next_slot(self) -> str:
        """A name for the next part, unique in the statement; equal statements get equal names."""
        return f"{self._slot}{len(self.parts)}_"

    @property
    def reads(self) -> int:
        """The number of lists and references at and below this place."""
        return 1 + sum(part.row.reads for part in self.parts)

    def shape(self, request: Request) -> object:
        """A key that is equal if the text of the statements for these rows and all nested parts is."""
        return self.columns, tuple((part.nested(request), part.row.shape(request)) for part in self.parts)

    def selection(self, request: Request) -> Selection:
        """The selection of its statement."""
        return Selection(self.columns, tuple(part.nested(request) for part in self.parts if not part.detached))

    def pages(self) -> list[Any]:
        """The nested connections in the same statement."""
        if self._pages is None:
            self._pages = [page for part in self.parts if not part.detached for page in part.pages()]
        return self._pages

    def values(self, request: Request) -> dict[str, Any]:
        """The bind values of all nested parts of the statement."""
        return {name: v for part in self.parts if not part.detached for name, v in part.values(request).items()}

    def arrange(self, request: Request, rows: Sequence[Sequence[Any]], skipped: int = 0) -> Column:
        """Store rows of (id, *columns, *cells of nested parts) in the request's tables; returns their first column.

        `skipped` is the number of columns before the id; -1: the rows have no id.
        """
        parts = [part for part in self.parts if not part.detached]
        begin = skipped + 1
        place = begin + len(self._columns)
        by_column: Sequence[Column] = list(zip(*rows, strict=True))
        if not rows:
            by_column = [()] * (place + sum(part.width for part in parts))
        ids = range(len(rows)) if skipped < 0 else by_column[skipped]
        table = request.tables[self] = Table(ids, by_column[begin:place])
        for part in parts:
            part.arrange(request, table, by_column[place : place + part.width])
            place += part.width
        return by_column[0]

    async def load(self, request: Request, unit: Unit) -> None:
        """Read the parts that are nested too deep for the statement."""
        table = request.tables[self]
        for part in self.parts:
            if part.detached:
                await part.load(request, table, unit)
            else:
                await part.row.load(request, unit)

    @property
    def deep(self) -> bool:
        """Whether anything is nested too deep for the statement."""
        return any(part.detached or part.row.deep for part in self.parts)


def decoded(cells: Column, *, text: bool) -> Sequence[Any]:
    """JSON cells as Python values; cells below the first level of a statement are already decoded."""
    if not text or not cells:
        return cells
    return _decode(f"[{','.join([cell or 'null' for cell in cells])}]")


Shapes = Iterator[tuple[object, int]]
"""Keys that are equal if the text of the statements is, each with the number of lists and references."""

Maker = Callable[[Table, Request], Iterable[Any]]
"""Makes the values of one response key for the rows of a table."""
