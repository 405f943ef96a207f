"""Waiting in PostgreSQL: rows held from outside, and who waits for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

_WAITING = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()"""


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


async def until_waiting(url: str, number: int, seconds: float = 20) -> None:
    """Return once so many connections to the database wait for a lock."""
    connection = await asyncpg.connect(url)
    async with asyncio.timeout(seconds):
        while await connection.fetchval(_WAITING) < number:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.005)
    await connection.close()
