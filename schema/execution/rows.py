"""Rows: what a plan reads of one type at one place of a query, with all that is nested below it.

A `RowPlan` gathers the columns and nested parts that any selection of its rows needs, so that each is read once. The
rows of a request are kept by columns (`Table`), and all rows of one place together, whatever they stand below.
"""

from collections.abc import Callable, Iterable, Sequence
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
from schema.execution.context import Context
from schema.execution.cost import too_complex
from schema.execution.type_mapping import NodeType

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of an answer at most."""
Column = Sequence[Any]
_decode = msgspec.json.Decoder(list[Any]).decode


class Table(NamedTuple):
    """Rows by columns: their ids, the columns in the order of the plan, and the cells of the nested parts."""

    ids: Column
    columns: Sequence[Column]


class PreparedPage(NamedTuple):
    """A connection's arguments as a request has them. `values` are those of its conditions and bounds, by name."""

    filter: Filter
    sort: Sort
    window: Window
    values: dict[str, Any]
    conditions: tuple[str, ...]
    corrected: str | None = None


@dataclass(slots=True, eq=False)
class Request:
    """The state of one request: the values to read and the rows read, by the part of the plan.

    `failed`: a field of it has an error. `bound` holds what the arguments of summaries ask for.
    """

    variables: VariableValues
    context: Context
    engine: Engine
    pages: dict[object, PreparedPage] = field(default_factory=dict)
    tables: dict["RowPlan", Table] = field(default_factory=dict)
    cells: dict[object, Any] = field(default_factory=dict)
    bound: dict[object, Any] = field(default_factory=dict)
    errors: dict[object, Exception] = field(default_factory=dict)
    failed: bool = False
    counts_bytes: bool = False
    bytes: int = 0

    @property
    def caller(self) -> Caller:
        """The caller."""
        return self.context.caller

    @property
    def everything(self) -> bool:
        """Whether the caller sees what is not there for everyone."""
        return visibility.sees_everything(self.caller)

    def admit(self, narrowed: Filter) -> None:
        """Raise `unauthenticated` or `forbidden` where the caller may not ask for a filter."""
        if narrowed.scope:
            self.caller.require(narrowed.scope)

    def refuse(self, root: object, error: Exception) -> None:
        """Keep the error of a root field, or of the rows of a type below it."""
        self.errors[root] = error
        self.failed = True

    def count(self, size: int) -> None:
        """Count bytes of the answer; raises `query_too_complex` where they are too many."""
        self.bytes += size
        if self.bytes > MAX_BYTES:
            raise too_long()


def too_long() -> TandemError:
    """The refusal of an answer of too many bytes."""
    return too_complex(f"its answer has more than {MAX_BYTES} bytes")


class NestedPart(Protocol):
    """A part of a row that is read with it: a page, a reference, or references of items.

    A `detached` one stands too deep for the statement: `load` reads it by a statement of its own. `arrange` makes
    tables of what was read with the row above.
    """

    detached: bool

    @property
    def width(self) -> int:
        """The number of its columns."""

    @property
    def row(self) -> "RowPlan":
        """Its rows."""

    def nested(self, request: Request) -> Nested:
        """The part of the statement."""

    def pages(self) -> list[Any]:
        """The connections that it and what is below it are, in the same statement."""

    def values(self, request: Request) -> dict[str, Any]:
        """The values of its bind parameters, and of those below it in the same statement."""

    def arrange(self, request: Request, above: Table, cells: Sequence[Column]) -> None:
        """Put the rows of the cells into the request's tables."""

    async def load(self, request: Request, above: Table, unit: Unit) -> None:
        """Read the rows below the table, and put them into the request's tables."""


class RowPlan:
    """The columns and nested parts of the rows of one place."""

    def __init__(self, type_: NodeType, level: int) -> None:
        self.type = type_
        self.level = level
        self._columns: dict[str, int] = {}
        self.parts: list[NestedPart] = []
        self._pages: list[Any] | None = None

    def column(self, name: str) -> int:
        """The place of a column in the tables."""
        return self._columns.setdefault(name, len(self._columns))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in their order."""
        return tuple(self._columns)

    def selection(self, request: Request) -> Selection:
        """The selection of its statement."""
        return Selection(self.columns, tuple(part.nested(request) for part in self.parts if not part.detached))

    def pages(self) -> list[Any]:
        """The connections below, in the same statement."""
        if self._pages is None:
            self._pages = [page for part in self.parts if not part.detached for page in part.pages()]
        return self._pages

    def values(self, request: Request) -> dict[str, Any]:
        """The values of the bind parameters of all nested parts of the statement."""
        return {name: v for part in self.parts if not part.detached for name, v in part.values(request).items()}

    def arrange(self, request: Request, rows: Sequence[Sequence[Any]], skipped: int = 0) -> Column:
        """Put rows of (id, *columns, *cells of nested parts) into the request's tables; their first column.

        So many columns before the id are `skipped`; -1: the rows have no id.
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
        """Read what stands too deep for the statement, here and below."""
        table = request.tables[self]
        for part in self.parts:
            if part.detached:
                await part.load(request, table, unit)
            else:
                await part.row.load(request, unit)

    @property
    def deep(self) -> bool:
        """Whether anything stands too deep for the statement."""
        return any(part.detached or part.row.deep for part in self.parts)


def decoded(cells: Column, *, text: bool) -> Sequence[Any]:
    """JSON cells as Python values. Below the first level of a statement they are decoded already."""
    if not text or not cells:
        return cells
    return _decode(f"[{','.join([cell or 'null' for cell in cells])}]")


Maker = Callable[[Table, Request], Iterable[Any]]
"""Makes the values of one response key, one for each row of a table."""
