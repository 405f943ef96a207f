"""Who waits for a commit learns of it, whichever process made it."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.catalogue import categories
from app.domain.unit_of_work import Database, Statement, Unit
from app.stores.database import open_database
from tests.conftest import Run
from tests.servers import PATIENCE

_LISTENING = Statement(
    text("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()")
)


async def _write(unit: Unit) -> None:
    await categories.create(unit, categories.Draft("Tea"))


def test_own_commits(database: Database, run: Run[Any]) -> None:
    """A commit wakes who waits, and one that came before the wait ends it at once."""

    async def play() -> None:
        await database.committed(0.01)
        waiting = asyncio.create_task(database.committed(600))
        await asyncio.sleep(0)
        await database.write(_write)
        await waiting

    run(play())


@pytest.mark.postgresql
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_commits_of_others(database: Database, database_url: str, run: Run[Any]) -> None:
    """PostgreSQL tells of commits of other processes."""

    async def play() -> None:
        other = open_database(database_url)
        await other.committed(0.01)
        while not await database.read(lambda unit: unit.all(_LISTENING)):
            pass
        await other.committed(0.01)  # it wakes once it listens
        waiting = asyncio.create_task(other.committed(600))
        await database.write(_write)
        async with asyncio.timeout(PATIENCE):
            await waiting
        await other.close()

    run(play())
