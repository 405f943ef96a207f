"""PostgreSQL, and engines that speak its wire: asyncpg, one short READ COMMITTED transaction a write."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.dialects.postgresql import asyncpg as dialect

from app.domain.errors import LockTimeout, TandemError, Unavailable, Violation
from app.domain.unit import Engine, Row, Statement, Work
from app.stores.prepared import Prepared, prepare

T = TypeVar("T")
_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
_POOL_SIZE = 10
_ATTEMPTS = 5
_SECONDS_TO_CONNECT = 5.0
_SERVER_SETTINGS = {"application_name": "tandem", "lock_timeout": "4s", "statement_timeout": "20s", "jit": "off"}
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
)
_TO_RETRY = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


class _Connection(asyncpg.Connection):
    """A connection that needs no reset between uses: all that is set on it ends with its transaction."""

    def get_reset_query(self) -> str:
        return ""


class PostgresUnit:
    """A unit of work on one connection."""

    engine: Engine = "postgresql"

    def __init__(self, connection: Any, clock: Callable[[], int], count: Callable[[], None]) -> None:
        self._connection = connection
        self.now = clock
        self._count = count

    async def all(self, statement: Statement, /, **values: Any) -> Sequence[Row]:
        """Every row of the statement; lists are bound as arrays."""
        prepared: Prepared = statement.prepared.get("postgresql") or prepare(statement, "postgresql", _DIALECT)
        given = prepared.defaults | values if prepared.defaults else values
        self._count()
        try:
            return await self._connection.fetch(prepared.sql, *map(given.__getitem__, prepared.names))  # type: ignore[no-any-return]
        except asyncpg.LockNotAvailableError as error:
            raise LockTimeout from error
        except asyncpg.ForeignKeyViolationError as error:
            raise Violation("foreign_key") from error
        except asyncpg.IntegrityConstraintViolationError as error:
            raise Violation(error.constraint_name or "unknown") from error

    def savepoint(self) -> AbstractAsyncContextManager[object]:
        """A part of the transaction that raising undoes by itself."""
        transaction: AbstractAsyncContextManager[object] = self._connection.transaction()
        return transaction

    async def lock(self, name: str) -> None:
        """Take the advisory lock of a name until the transaction ends."""
        await self._connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", name)


class PostgresDatabase:
    """A pool of connections, opened at first use."""

    def __init__(self, url: str, clock: Callable[[], int]) -> None:
        self._url, self._clock = url, clock
        self._pool: Any = None
        self._opening = asyncio.Lock()
        self.statements = 0

    async def read(self, work: Work[T], *, snapshot: bool = False, long: bool = False) -> T:  # noqa: ARG002
        """Run reading work, in one REPEATABLE READ snapshot if asked."""
        async with self._connection() as connection:
            unit = PostgresUnit(connection, self._clock, self._count)
            if not snapshot:
                return await work(unit)
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await work(unit)

    async def write(self, work: Work[T]) -> T:
        """Run work in a transaction; deadlocks and serialization failures run it again, whole."""
        for attempt in range(_ATTEMPTS):
            try:
                async with self._connection() as connection, connection.transaction():
                    return await work(PostgresUnit(connection, self._clock, self._count))
            except _TO_RETRY:
                if attempt == _ATTEMPTS - 1:
                    raise Unavailable("The database is busy.") from None
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """Close the pool once its connections are back."""
        if self._pool is not None:
            await self._pool.close()

    def _count(self) -> None:
        self.statements += 1

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            if self._pool is None:
                await self._open()
            async with self._pool.acquire(timeout=_SECONDS_TO_CONNECT) as connection:
                yield connection
        except (TandemError, asyncpg.DataError):
            raise
        except _AWAY as error:
            raise Unavailable from error

    async def _open(self) -> None:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    connection_class=_Connection,
                    min_size=0,
                    max_size=_POOL_SIZE,
                    timeout=_SECONDS_TO_CONNECT,
                    statement_cache_size=512,
                    server_settings=_SERVER_SETTINGS,
                )
