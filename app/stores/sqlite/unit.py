"""SQLite's unit of work: statements on one connection, and the translation of their errors.

No domain coroutine suspends on SQLite, so `drive` runs it to its end on the current thread, without an event loop.
"""

import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy.dialects import sqlite

from app.domain import errors
from app.domain.errors import Code, NotMigrated, StorageFull, TandemError, Unavailable, Violation
from app.domain.sql import bound_rows
from app.domain.sql.json_values import json_text
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
_UNAVAILABLE = {
    sqlite3.SQLITE_CANTOPEN: "The database cannot be opened just now.",
    sqlite3.SQLITE_IOERR: "The database cannot be read or written just now.",
    sqlite3.SQLITE_READONLY: "The database cannot be written just now.",
}


class Busy(errors.Busy):
    """Another process holds the write lock."""


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast(T, done.value)
    work.close()
    raise RuntimeError("domain work suspended on SQLite")


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode, without implicit transactions. Raises `Unavailable` if it cannot be opened."""
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except sqlite3.OperationalError as error:
        if (failure := translated(error)) is error:
            raise
        raise failure from error
    return connection


def read(unit: "SqliteUnit", work: Work[T], *, snapshot: bool) -> T:
    """Run reading work, as a `snapshot` in one transaction."""
    if not snapshot:
        return drive(cast(Coroutine[Any, Any, T], work(unit)))
    unit.connection.execute("BEGIN")
    try:
        return drive(cast(Coroutine[Any, Any, T], work(unit)))
    finally:
        if unit.connection.in_transaction:
            unit.connection.execute("COMMIT")


class SqliteUnit:
    """A unit of work on one connection.

    Unless it `compiles`, it raises `Interrupted` for a statement of a request that is not compiled yet.
    Appended rows wait for `flush`: a savepoint copies each page that is written inside it, and one `executemany`
    inserts the rows of all jobs of a group.
    """

    engine: Engine = "sqlite"

    def __init__(
        self,
        connection: sqlite3.Connection,
        clock: Callable[[], int],
        count: Callable[[], None],
        *,
        compiles: bool = True,
    ) -> None:
        self.connection, self._compiles = connection, compiles
        self.now = clock
        self._count = count
        self.appended: list[tuple[Prepared, list[Any]]] = []

    async def all(self, statement: Statement, /, **values: Any) -> Sequence[Row]:
        """Every row of the statement; lists are bound as JSON."""
        prepared: Prepared = statement.prepared.get("sqlite") or self._prepared(statement)
        self._count()
        parameters = prepared.defaults | values if prepared.defaults else values
        bound = list(map(parameters.__getitem__, prepared.names))
        if prepared.takes_rows:
            parts = bound_rows.parts(prepared.sql, prepared.names, bound)
            return [row for sql, part in parts for row in self._run(sql, part)]
        return self._run(prepared.sql, [json_text(v) if isinstance(v, list) else v for v in bound])

    def _prepared(self, statement: Statement) -> Prepared:
        if statement.engine is not None and not self._compiles:
            raise Interrupted
        return prepare(statement, "sqlite", _DIALECT)

    def _run(self, sql: str, bound: Sequence[Any]) -> Sequence[Row]:
        try:
            return self.connection.execute(sql, bound).fetchall()
        except sqlite3.IntegrityError as error:
            raise Violation(_constraint(str(error))) from error
        except (sqlite3.OperationalError, sqlite3.DataError) as error:
            if (failure := translated(error)) is error:
                raise
            raise failure from error

    async def append(self, statement: Statement, /, **values: Any) -> None:
        """Insert a row at the commit."""
        prepared: Prepared = statement.prepared.get("sqlite") or prepare(statement, "sqlite", _DIALECT)
        self.appended.append((prepared, [values[name] for name in prepared.names]))

    def flush(self) -> None:
        """Insert the appended rows, in their order."""
        for prepared, rows in groupby(self.appended, itemgetter(0)):
            self._count()
            self.connection.executemany(prepared.sql, map(itemgetter(1), rows))
        self.appended.clear()

    def savepoint(self) -> "_Savepoint":
        """A savepoint, which an exception rolls back."""
        return _Savepoint(self)

    async def pause(self) -> None:
        """Do nothing: long work runs on a thread."""

    async def lock(self, name: str) -> None:
        """Do nothing: SQLite has one writer at a time."""


class _Savepoint:
    """A savepoint; `asynccontextmanager` would cost as much as a statement."""

    __slots__ = ("_appended", "_connection", "_kept")

    def __init__(self, unit: SqliteUnit) -> None:
        self._connection, self._appended, self._kept = unit.connection, unit.appended, len(unit.appended)

    async def __aenter__(self) -> None:
        self._connection.execute("SAVEPOINT part")

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind:
            del self._appended[self._kept :]
        if kind and self._connection.in_transaction:
            self._connection.execute("ROLLBACK TO part")
        if self._connection.in_transaction:
            self._connection.execute("RELEASE part")


def translated(error: sqlite3.Error) -> Exception:
    """The domain's error for an error of SQLite; an unexpected one is returned as it is."""
    if is_busy(error):
        return Busy()
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_INTERRUPT:
        return Interrupted()
    if code == sqlite3.SQLITE_FULL:
        return StorageFull()
    if code == sqlite3.SQLITE_TOOBIG:
        return TandemError(Code.QUERY_TOO_COMPLEX, "The query is too complex: its answer is too long.")
    if code == sqlite3.SQLITE_ERROR and str(error).startswith("no such table"):
        return NotMigrated()
    return Unavailable(_UNAVAILABLE[code]) if code in _UNAVAILABLE else error


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process holds a lock. The low byte of an extended code is the primary code."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _constraint(message: str) -> str:
    """The constraint in a message of SQLite: `uq_product_sku` for "UNIQUE constraint failed: product.sku"."""
    kind, _, name = message.partition(" constraint failed: ")
    if kind == "UNIQUE":
        return name.removeprefix("index ").strip("'") if name.startswith("index ") else f"uq_{name.replace('.', '_')}"
    return name or "foreign_key"
