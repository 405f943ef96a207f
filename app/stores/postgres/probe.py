"""A probe of engines that speak PostgreSQL's protocol, for the features that Tandem relies on.

Documented failures of others are advisory locks that always succeed, and prefix searches that find a row twice. Both
would be silent: two orders under one key, or a product twice on a page.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from app.domain.errors import Unavailable
from app.stores.postgres.connecting import connect

_TABLE = (
    "CREATE TEMP TABLE tandem_probe (id bigint PRIMARY KEY, word text, words tsvector) ON COMMIT DROP;"
    " CREATE INDEX tandem_probe_words ON tandem_probe USING gin (words);"
    " INSERT INTO tandem_probe VALUES (1, 'a', array_to_tsvector('{tea,teak,tee}'))"
)
_AGAIN = "INSERT INTO tandem_probe (id, word) VALUES (1, 'b') ON CONFLICT (id) DO UPDATE SET word = excluded.word"
_FAILED = (asyncpg.PostgresError, asyncpg.InterfaceError)
_LOCKED_ROW = "SELECT version_num FROM alembic_version FOR UPDATE"


class Unsuitable(Unavailable):
    """The engine is not one to serve from; the message says why."""


async def probe(url: str) -> None:
    """Raise `Unsuitable` with all failed checks, or an error of asyncpg or the system if the engine does not answer.

    The probe changes nothing, and opens two connections.
    """
    async with _transaction(url) as one, _transaction(url) as other:
        faults = [fault for fault, check in _CHECKS.items() if not await _holds(check, one, other)]
    if faults:
        raise Unsuitable(f"The database engine cannot be used: {'; '.join(faults)}. See docs/engines.md.")


@asynccontextmanager
async def _transaction(url: str) -> AsyncIterator[Any]:
    connection: Any = await connect(url, statement_cache_size=0)
    transaction = connection.transaction()
    try:
        await transaction.start()
        yield connection
        await transaction.rollback()
    finally:
        connection.terminate()


async def _holds(check: Callable[[Any, Any], Awaitable[bool]], one: Any, other: Any) -> bool:
    """Whether a check passes; an engine without the feature fails it. Both transactions can continue."""
    parts = one.transaction(), other.transaction()
    try:
        for part in parts:
            await part.start()
        return await check(one, other)
    except _FAILED:
        return False
    finally:
        for part in parts:
            await part.rollback()


async def _advisory_locks(one: Any, other: Any) -> bool:
    key = secrets.randbits(60)
    await one.execute(f"SELECT pg_advisory_xact_lock({key})")
    return await other.fetchval(f"SELECT pg_try_advisory_xact_lock({key})") is False


async def _row_locks(one: Any, other: Any) -> bool:
    if await one.fetchval("SELECT to_regclass('alembic_version') IS NULL"):
        return True  # it is not migrated: there is no row yet
    if await one.fetchval(f"{_LOCKED_ROW} SKIP LOCKED") is None:
        return True  # another process holds it
    try:
        await other.execute(f"{_LOCKED_ROW} NOWAIT")
    except asyncpg.LockNotAvailableError:
        return True
    return False


async def _savepoints(one: Any, _: Any) -> bool:
    await one.execute(_TABLE)
    await one.execute("SAVEPOINT tandem")
    try:
        await one.execute("INSERT INTO tandem_probe (id) VALUES (1)")
    except asyncpg.UniqueViolationError:
        await one.execute("ROLLBACK TO tandem")
        return bool(await one.fetchval("SELECT count(*) FROM tandem_probe") == 1)
    return False


async def _upserts(one: Any, _: Any) -> bool:
    await one.execute(_TABLE)
    skipped = await one.fetch(f"{_AGAIN} WHERE tandem_probe.id > 1 RETURNING word")
    return not skipped and bool(await one.fetchval(f"{_AGAIN} RETURNING word") == "b")


async def _row_comparisons(one: Any, _: Any) -> bool:
    return await one.fetchval("SELECT (1, 'b') < (1, 'c') AND NOT (2, 'a') < (1, 'z')") is True


async def _searches(one: Any, _: Any) -> bool:
    await one.execute(_TABLE)
    await one.execute("SET LOCAL enable_seqscan = off")
    found = await one.fetch("SELECT id FROM tandem_probe WHERE words @@ CAST('te:*' AS tsquery)")
    return [row[0] for row in found] == [1]


async def _snapshots(one: Any, _: Any) -> bool:
    return ":" in await one.fetchval("SELECT CAST(pg_current_snapshot() AS text)")


_CHECKS: dict[str, Callable[[Any, Any], Awaitable[bool]]] = {
    "advisory locks do not lock": _advisory_locks,
    "row locks do not lock": _row_locks,
    "savepoints do not keep what was before": _savepoints,
    "INSERT … ON CONFLICT … RETURNING does not tell what it wrote": _upserts,
    "row comparisons do not compare by columns": _row_comparisons,
    "a prefix search does not find a row once": _searches,
    "pg_current_snapshot() is missing": _snapshots,
}
