"""The unit of work: what the domain sees of a database.

Domain functions take a `Unit`, run `Statement`s on it and never commit: the edge does, through `Database.write`.
They are `async def`, and on SQLite nothing in them ever really suspends.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol, TypeVar

from sqlalchemy import ClauseElement

T = TypeVar("T")
Row = Sequence[Any]
Engine = Literal["sqlite", "postgresql"]
Work = Callable[["Unit"], Awaitable[T]]


class Statement:
    """One SQL statement. `prepared` keeps its compiled form for each engine, made once.

    One that is for a single `engine` has the shape of a request. It has no clause afterwards: some have thousands of
    objects, and each full garbage collection stops all requests while it visits those that caches hold. A function may
    make its clause: to make and compile one takes up to 60 ms, which engines do off the event loop.
    """

    __slots__ = ("clause", "engine", "prepared")

    def __init__(self, clause: ClauseElement | Callable[[], ClauseElement], engine: Engine | None = None) -> None:
        self.clause: ClauseElement | Callable[[], ClauseElement] | None = clause
        self.engine = engine
        self.prepared: dict[Engine, Any] = {}


class Unit(Protocol):
    """One transaction, or one statement by itself. Values go by the names of the statement's bind parameters."""

    @property
    def engine(self) -> Engine:
        """The SQL dialect of this unit; only search needs it."""

    def now(self) -> int:
        """The time, in microseconds since the Unix epoch."""

    async def all(self, statement: Statement, /, **values: Any) -> Sequence[Row]:
        """Every row of the statement. Raises `Violation` where a constraint says no."""

    async def append(self, statement: Statement, /, **values: Any) -> None:
        """Insert a row that nothing in the transaction reads; the engine may do so as late as the commit."""

    def savepoint(self) -> AbstractAsyncContextManager[object]:
        """A savepoint, which an exception rolls back."""

    async def pause(self) -> None:
        """Let others run, between parts of work that takes long; on SQLite it is on a thread of its own anyway."""

    async def lock(self, name: str) -> None:
        """Wait to be the only transaction that holds this name, until it ends."""


class Snapshot(Protocol):
    """One state of the database, kept while it is read piece by piece, although others write."""

    async def read(self, work: Work[T]) -> T:
        """Run reading work on it, off the event loop."""


class Readable(Protocol):
    """What the catalogue and lists are read from: a database, or replicas that have what the caller wrote."""

    @property
    def engine(self) -> Engine:
        """The SQL dialect of its units."""

    @property
    def statements(self) -> int:
        """The number of statements that all callers have run on it so far."""

    async def read(self, work: Work[T], *, snapshot: bool = False, long: bool = False) -> T:
        """Run reading work: in one snapshot if asked (several statements), off the event loop where it may be long."""

    async def version(self) -> object:
        """The version of the committed data. Equal values mean equal data; it is read after it was asked for.

        None: what is read next may belong to any version.
        """

    async def close(self) -> None:
        """Close every connection, once what runs has ended."""


class Database(Readable, Protocol):
    """SQLite or PostgreSQL."""

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """The current state, on its own connection."""

    async def write(self, work: Work[T]) -> T:
        """Run work in a transaction that is on disk when this returns; raising rolls it back. It may run twice."""

    async def committed(self, seconds: float) -> None:
        """Wait until any process may have committed something since the last wait, or for so long."""

    async def write_in_one_statement(self, work: Work[T | None]) -> T | None:  # noqa: ARG002 - an engine may have no use for it
        """Run work of one statement, which is on disk when this returns, where that saves round trips.

        None: it did nothing for some reason; `write` does the same in several statements.
        """
        return None


async def first(unit: Unit, statement: Statement, /, **values: Any) -> Row | None:
    """The first row of the statement, or None."""
    rows = await unit.all(statement, **values)
    return rows[0] if rows else None
