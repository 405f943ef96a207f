"""PostgreSQL, and engines that speak its wire: asyncpg, one short READ COMMITTED transaction a write."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.dialects.postgresql import asyncpg as dialect

from app.domain import notes
from app.domain.errors import LockTimeout, StorageFull, TandemError, Unavailable, Violation
from app.domain.unit import Engine, Row, Statement, Work
from app.stores.prepared import Prepared, prepare

T = TypeVar("T")
_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
_POOL_SIZE = 10
_ATTEMPTS = 5
_SECONDS_TO_CONNECT = 5.0
_SECONDS_TO_ANSWER = 17.0
"""For a server that is frozen: one that lives keeps its own `statement_timeout`."""
SERVER_SETTINGS = {
    "application_name": "tandem",
    "lock_timeout": "4s",
    "statement_timeout": "15s",
    "jit": "off",
    "enable_mergejoin": "off",  # it begins at the first row of a table, however deep the page is
}
_LOST = (
    ConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InternalClientError,  # a connection that was idle when its server was stopped
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError,
    *_LOST,
)
_TO_RETRY = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


class _Connection(asyncpg.Connection):
    """A connection that needs no reset between uses: all that is set on it ends with its transaction."""

    def get_reset_query(self) -> str:
        return ""

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109 - asyncpg's
        """Run a statement; a transaction that writes bears its request's id, in the same message to the server."""
        if query == "BEGIN;" and (request_id := notes.noted("request_id")):
            query += f" SET LOCAL application_name = 'tandem {request_id[:56]}';"
        return await super().execute(query, *args, timeout=timeout)


class _Lost(Unavailable):
    """The connection broke off; on another one it may go well."""


@contextmanager
def _known_away() -> Iterator[None]:
    """Tell what means that the server is away, or too busy, from faults of ours."""
    try:
        yield
    except (TandemError, asyncpg.DataError):
        raise
    except asyncpg.DiskFullError as error:
        raise StorageFull from error
    except _AWAY as error:
        notes.note("cause", type(error).__name__)
        raise (_Lost if isinstance(error, _LOST) else Unavailable) from error


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
        except asyncio.CancelledError:
            self._connection.terminate()  # asyncpg would wait for the server to confirm, which may be frozen
            raise
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


class PostgresSnapshot:
    """A REPEATABLE READ transaction."""

    def __init__(self, unit: PostgresUnit) -> None:
        self._unit = unit

    async def read(self, work: Work[T]) -> T:
        """Run reading work in it."""
        with _known_away():
            return await work(self._unit)


class PostgresDatabase:
    """A pool of connections, opened at first use."""

    def __init__(self, url: str, clock: Callable[[], int]) -> None:
        self._url, self._clock = url, clock
        self._pool: Any = None
        self._opening = asyncio.Lock()
        self.statements = 0

    async def read(self, work: Work[T], *, snapshot: bool = False, long: bool = False) -> T:  # noqa: ARG002
        """Run reading work, in one REPEATABLE READ snapshot if asked; if its connection breaks off, on another."""
        try:
            return await self._read(work, snapshot=snapshot)
        except _Lost:
            return await self._read(work, snapshot=snapshot)

    async def _read(self, work: Work[T], *, snapshot: bool) -> T:
        async with self._connection() as connection:
            unit = PostgresUnit(connection, self._clock, self._count)
            if not snapshot:
                return await work(unit)
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await work(unit)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[PostgresSnapshot]:
        """The state of this moment, on a connection that the pool does not miss."""
        with _known_away():
            connection = await asyncpg.connect(self._url, timeout=_SECONDS_TO_CONNECT, server_settings=SERVER_SETTINGS)
        try:
            with _known_away():
                await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                await connection.execute("SELECT 1")  # the first statement decides which state it sees
            yield PostgresSnapshot(PostgresUnit(connection, self._clock, self._count))
        finally:
            with suppress(*_AWAY):
                await connection.close(timeout=_SECONDS_TO_CONNECT)

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

    def connections(self) -> dict[str, float]:
        """How many connections are in use, and how many wait to be."""
        if self._pool is None:
            return {}
        idle: int = self._pool.get_idle_size()
        return {"used": self._pool.get_size() - idle, "idle": idle}

    async def close(self) -> None:
        """Close the pool once its connections are back."""
        if self._pool is not None:
            await self._pool.close()

    def _count(self) -> None:
        self.statements += 1

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        with _known_away():
            if self._pool is None:
                await self._open()
            async with self._pool.acquire(timeout=_SECONDS_TO_CONNECT) as connection:
                yield connection

    async def _open(self) -> None:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    connection_class=_Connection,
                    min_size=0,
                    max_size=_POOL_SIZE,
                    timeout=_SECONDS_TO_CONNECT,
                    command_timeout=_SECONDS_TO_ANSWER,
                    statement_cache_size=512,
                    server_settings=SERVER_SETTINGS,
                )
