"""One connection to PostgreSQL: how it is opened, what is set on it, and how it ends.

Poolers in transaction mode (PgBouncer) drop start-up parameters, session settings and prepared statements between
transactions. A session therefore asks whether the server process is its own. If it is, settings are made once and
statements are kept. If it is not, every transaction makes its own settings and statements are prepared anew.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from app.domain import request_context
from app.domain.errors import ConnectionLost
from app.domain.unit_of_work import Row
from app.stores.postgres.connecting import SECONDS_TO_CONNECT, connect
from app.stores.postgres.errors import (
    CONNECTION_LOST,
    UNAVAILABLE,
    ConnectFailed,
    NotBegun,
    ReadOnly,
    StatementTimeout,
    translated,
)

SECONDS_TO_ANSWER = 17.0
"""The timeout for a frozen server: a live one enforces its own `statement_timeout`."""
SECONDS_BLOCKED = 4.0
SETTINGS = {
    "lock_timeout": "250ms",
    "statement_timeout": "15s",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",  # planning takes as long as reading a page
    "enable_seqscan": "off",  # a plan made while a table is empty scans it for ever
    "enable_mergejoin": "off",  # it starts at the first row of a table, however deep the page is
}
_STATEMENTS_KEPT = 512
_IN_TRANSACTION = "; ".join(f"SET LOCAL {name} = '{value}'" for name, value in SETTINGS.items())
_IN_SESSION = "SELECT {} WHERE pg_backend_pid() = {{}}".format(
    ", ".join(f"set_config('{name}', '{value}', false)" for name, value in SETTINGS.items())
)
_FAILED_CONNECTION = (*UNAVAILABLE, *CONNECTION_LOST, asyncpg.PostgresError)


class Session:
    """A connection. `pooled`: its transactions go to changing server processes. `broken`: it must not be used again."""

    __slots__ = ("_connection", "broken", "idle_since", "plans", "pooled")

    def __init__(self, connection: Any, *, pooled: bool, now: float) -> None:
        self._connection = connection
        self.pooled = pooled
        self.broken = False
        self.idle_since = now
        self.plans = PlanAge(now)

    @property
    def usable(self) -> bool:
        """Whether it can be used again: it is whole, and nothing is left open on it."""
        return not (self.broken or self._connection.is_closed() or self._connection.is_in_transaction())

    async def fetch(self, sql: str, values: Iterable[object], seconds: float | None) -> Sequence[Row]:
        """Every row of a statement; lists are bound as arrays. Raises what `translated` says."""
        try:
            return await self._connection.fetch(sql, *values, timeout=seconds)  # type: ignore[no-any-return]
        except BaseException as error:
            failure = self._failure(error)
            if failure is error:
                raise
            raise failure from error

    async def execute(self, sql: str) -> str:
        """Run statements without values in one round trip; the tag of the last one."""
        try:
            return str(await self._connection.execute(sql))
        except BaseException as error:
            failure = self._failure(error)
            if failure is error:
                raise
            raise failure from error

    @asynccontextmanager
    async def transaction(self, mode: str = "", *, patient: bool = False) -> AsyncIterator[None]:
        """A transaction that raising rolls back. Raises `NotBegun` where nothing was done."""
        try:
            await self.execute(self._begin(mode, patient=patient))
        except (ConnectionLost, StatementTimeout) as error:
            raise NotBegun from error
        try:
            yield
        except Exception:
            await self._roll_back()
            raise
        # A transaction in which a statement failed is not committed, and the server says no more than ROLLBACK.
        if await self.execute("COMMIT") != "COMMIT":
            raise RuntimeError("the work went on after one of its statements had failed")

    def _begin(self, mode: str, *, patient: bool) -> str:
        """The beginning of a transaction with its settings, in one round trip; it has the id of its request."""
        parts = [f"BEGIN {mode}"]
        if self.pooled:
            parts.append(_IN_TRANSACTION)
        if patient:
            parts.append(f"SET LOCAL lock_timeout = '{SECONDS_BLOCKED:g}s'")
        if request_id := request_context.noted("request_id"):
            parts.append(f"SET LOCAL application_name = 'tandem {request_id[:56]}'")
        return "; ".join(parts)

    async def _roll_back(self) -> None:
        if not self.broken:
            with suppress(Exception):  # it is closed then, which rolls back too
                await self.execute("ROLLBACK")

    def drop(self) -> None:
        """Close it at once, unless the server may still be at a statement; it rolls back what is left open."""
        if not self.broken:
            self._connection.terminate()

    def abandon(self) -> None:
        """Close it at once, whatever the server is at."""
        self._connection.terminate()

    async def close(self) -> None:
        """Cancel what the server still does for it, and close it; a server that does not answer is left alone."""
        try:
            with suppress(*_FAILED_CONNECTION):
                await self._connection.close(timeout=SECONDS_TO_CONNECT)
        finally:
            self.abandon()

    def _failure(self, error: BaseException) -> BaseException:
        if not isinstance(error, Exception):
            self.broken = True  # the server may still be at it
            return error
        failure = translated(error)
        if isinstance(failure, ConnectionLost | ReadOnly) or (
            isinstance(failure, StatementTimeout) and isinstance(error, TimeoutError)
        ):
            self.broken = True
        return failure


class PlanAge:
    """When the plans that a connection keeps are made anew: a table that was empty then may have grown since.

    Plans of a second live for a second, and ever longer ones for as long as the connection had been there, up to a
    minute: planning costs little, and no plan outlives what it was made for by more than that.
    """

    __slots__ = ("_begun", "_due")
    _MAX_SECONDS = 60.0

    def __init__(self, now: float) -> None:
        self._begun, self._due = now, now + 1

    def over(self, now: float) -> bool:
        """Whether plans are to be made anew; asking so begins the next age."""
        if now < self._due:
            return False
        self._due = now + min(max(now - self._begun, 1), self._MAX_SECONDS)
        return True


async def open_session(url: str, now: float, *, pooled: bool) -> Session:
    """Open a connection, at `now` on a monotonic clock; `pooled` says what to expect. Raises `ConnectFailed`."""
    for expected in (pooled, not pooled):
        connection, found = await _connect(url, kept=0 if expected else _STATEMENTS_KEPT)
        if found is expected:
            return Session(connection, pooled=found, now=now)
        connection.terminate()
    raise ConnectFailed


async def _connect(url: str, kept: int) -> tuple[Any, bool]:
    """A connection that keeps so many statements, and whether a pooler is in front of the server."""
    connection: Any = None
    try:
        connection = await connect(
            url,
            command_timeout=SECONDS_TO_ANSWER,
            statement_cache_size=kept,
            max_cached_statement_lifetime=0,
            server_settings={"application_name": "tandem"},
        )
        tag = await connection.execute(_IN_SESSION.format(connection.get_server_pid()))
    except BaseException as error:
        if connection is not None:
            connection.terminate()
        if not isinstance(error, Exception):
            raise
        failure = translated(error)
        raise ConnectFailed if isinstance(failure, StatementTimeout) else failure from error
    return connection, tag != "SELECT 1"
