"""PostgreSQL's unit of work: statements on one connection, and errors of the domain."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import NamedTuple

from sqlalchemy.dialects.postgresql import asyncpg as dialect

from app.domain.errors import LockTimeout, Unavailable
from app.domain.unit_of_work import Engine, Row, Statement
from app.stores.postgres.errors import Blocked, StatementTimeout
from app.stores.postgres.session import Session
from app.stores.prepared import Prepared, prepare

_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
_LOCK = "SELECT pg_advisory_xact_lock(hashtext($1))"


class Shared(NamedTuple):
    """The parts that all units of a database share: the time in microseconds, and the counter of statements."""

    clock: Callable[[], int]
    counted: Callable[[], None]


class PostgresUnit:
    """A unit of work on one connection.

    A statement may take `seconds`, or as long as the server lets it. One that takes or waits too long raises
    `StatementTimeout` or `Blocked`, so that the work can start over in another lane; in the `last` one, `Unavailable`.
    """

    engine: Engine = "postgresql"

    def __init__(self, session: Session, shared: Shared, *, last: bool, seconds: float | None = None) -> None:
        self._session, self._last, self._seconds = session, last, seconds
        self.now, self._count = shared.clock, shared.counted
        self._parts = 0

    async def all(self, statement: Statement, /, **values: object) -> Sequence[Row]:
        """Every row of the statement; lists are bound as arrays."""
        prepared: Prepared = statement.prepared.get("postgresql") or await _prepared(statement)
        parameters = prepared.defaults | values if prepared.defaults else values
        self._count()
        return await self._fetch(prepared.sql, map(parameters.__getitem__, prepared.names))

    async def append(self, statement: Statement, /, **values: object) -> None:
        """Insert a row at once."""
        await self.all(statement, **values)

    async def _fetch(self, sql: str, values: Iterable[object]) -> Sequence[Row]:
        try:
            return await self._session.fetch(sql, values, self._seconds)
        except Blocked:
            if self._last:
                raise LockTimeout from None
            raise
        except StatementTimeout:
            if self._last:
                raise Unavailable("The request takes too long.") from None
            raise

    def savepoint(self) -> AbstractAsyncContextManager[object]:
        """A savepoint, which an exception rolls back."""
        self._parts += 1
        return self._part(f"part_{self._parts}")

    @asynccontextmanager
    async def _part(self, name: str) -> AsyncIterator[None]:
        await self._session.execute(f"SAVEPOINT {name}")
        try:
            yield
        except Exception:
            if not self._session.broken:
                await self._session.execute(f"ROLLBACK TO {name}; RELEASE {name}")
            raise
        await self._session.execute(f"RELEASE {name}")

    async def pause(self) -> None:
        """Let others run."""
        await asyncio.sleep(0)

    async def lock(self, name: str) -> None:
        """Take the advisory lock of a name until the transaction ends."""
        await self._fetch(_LOCK, (name,))


async def _prepared(statement: Statement) -> Prepared:
    """The compiled statement; compiled off the event loop if a request decides its shape."""
    if statement.engine is None:
        return prepare(statement, "postgresql", _DIALECT)
    return await asyncio.to_thread(prepare, statement, "postgresql", _DIALECT)
