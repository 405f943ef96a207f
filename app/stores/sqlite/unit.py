"""SQLite's unit of work: a connection, its statements, and what their failures mean.

Nothing in a domain coroutine ever suspends here, so each is driven to its end by hand, in whatever thread it runs on.
"""

import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy.dialects import sqlite

from app.domain.errors import Code, NotMigrated, StorageFull, TandemError, Unavailable, Violation
from app.domain.unit_of_work import Engine, Row, Statement, Work
from app.stores.prepared import Prepared, prepare
from app.stores.sqlite.limits import Interrupted

T = TypeVar("T")
_DIALECT = sqlite.dialect()
_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -32768",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 67108864",
)
_AWAY = {
    sqlite3.SQLITE_CANTOPEN: "The database cannot be opened just now.",
    sqlite3.SQLITE_IOERR: "The database cannot be read or written just now.",
    sqlite3.SQLITE_READONLY: "The database cannot be written just now.",
}


class Busy(Unavailable):
    """Another process holds the write lock."""

    def __init__(self) -> None:
        super().__init__("The database is busy.")


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast(T, done.value)
    work.close()
    raise RuntimeError("domain work suspended on SQLite")


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode; transactions are begun by hand. Raises `Unavailable` where it cannot open."""
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except sqlite3.OperationalError as error:
        if (told := translated(error)) is error:
            raise
        raise told from error
    return connection


def read(unit: "SqliteUnit", work: Work[T], *, snapshot: bool) -> T:
    """Run reading work, in one transaction where it is to see one state."""
    if not snapshot:
        return drive(cast(Coroutine[Any, Any, T], work(unit)))
    unit.connection.execute("BEGIN")
    try:
        return drive(cast(Coroutine[Any, Any, T], work(unit)))
    finally:
        if unit.connection.in_transaction:
            unit.connection.execute("COMMIT")


class SqliteUnit:
    """A unit of work on one connection."""

    engine: Engine = "sqlite"

    def __init__(self, connection: sqlite3.Connection, clock: Callable[[], int], count: Callable[[], None]) -> None:
        self.connection = connection
        self.now = clock
        self._count = count

    async def all(self, statement: Statement, /, **values: Any) -> Sequence[Row]:
        """Every row of the statement; lists are bound as JSON."""
        prepared: Prepared = statement.prepared.get("sqlite") or prepare(statement, "sqlite", _DIALECT)
        self._count()
        given = prepared.defaults | values if prepared.defaults else values
        bound = [_json(v) if isinstance(v, list) else v for v in map(given.__getitem__, prepared.names)]
        try:
            return self.connection.execute(prepared.sql, bound).fetchall()
        except sqlite3.IntegrityError as error:
            raise Violation(_constraint(str(error))) from error
        except (sqlite3.OperationalError, sqlite3.DataError) as error:
            if (told := translated(error)) is error:
                raise
            raise told from error

    def savepoint(self) -> "_Part":
        """A part of the transaction that raising undoes by itself."""
        return _Part(self.connection)

    async def lock(self, name: str) -> None:
        """Nothing to wait for: the writer is alone."""


def _json(values: list[Any]) -> str:
    return msgspec.json.encode(values).decode()


class _Part:
    """A savepoint. A generator would say the same, and cost as much as a statement."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def __aenter__(self) -> None:
        self._connection.execute("SAVEPOINT part")

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind and self._connection.in_transaction:
            self._connection.execute("ROLLBACK TO part")
        if self._connection.in_transaction:
            self._connection.execute("RELEASE part")


def translated(error: sqlite3.Error) -> Exception:
    """The error as the domain knows it, or itself where it is none that may happen."""
    if is_busy(error):
        return Busy()
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_INTERRUPT:
        return Interrupted()
    if code == sqlite3.SQLITE_FULL:
        return StorageFull()
    if code == sqlite3.SQLITE_TOOBIG:
        return TandemError(Code.QUERY_TOO_COMPLEX, "The query asks for too much: its answer is too long.")
    if code == sqlite3.SQLITE_ERROR and str(error).startswith("no such table"):
        return NotMigrated()
    return Unavailable(_AWAY[code]) if code in _AWAY else error


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process is at it; the low byte of a code says what, the rest why."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _constraint(message: str) -> str:
    """The constraint that SQLite's message names: `uq_product_sku` for "UNIQUE constraint failed: product.sku"."""
    kind, _, name = message.partition(" constraint failed: ")
    if kind == "UNIQUE":
        return name.removeprefix("index ").strip("'") if name.startswith("index ") else f"uq_{name.replace('.', '_')}"
    return name or "foreign_key"
