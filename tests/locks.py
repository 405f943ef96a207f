"""Waiting in PostgreSQL: rows held from outside, and who waits for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg

from tests.servers import PATIENCE

_WAITING = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
        AND clock_timestamp() - query_start >= CAST($1 AS interval)"""
_AT_ONCE = timedelta()
PATIENTLY = timedelta(milliseconds=300)
"""Longer than any lane but the patient one lets a statement wait: work that waits so long does not begin anew."""


@asynccontextmanager
async def held(url: str, statement: str) -> AsyncIterator[asyncpg.Connection]:
    """What a statement locks, held by another connection for as long as this lasts."""
    connection = await asyncpg.connect(url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(statement)
    yield connection
    await transaction.rollback()
    await connection.close()


async def until_waiting(url: str, number: int, waited: timedelta = _AT_ONCE) -> None:
    """Return once so many connections to the database wait for a lock, and have `waited` for so long."""
    connection = await asyncpg.connect(url, statement_cache_size=0)  # behind a pooler too
    async with asyncio.timeout(PATIENCE):
        while await _count(connection, waited) < number:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.005)
    await connection.close()


async def _count(connection: asyncpg.Connection, waited: timedelta) -> int:
    async with connection.transaction():
        return int(await connection.fetchval(_WAITING, waited))
