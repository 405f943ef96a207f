"""Migrations: one history for both engines, safe to run twice and by two processes at once."""

import asyncio
from collections.abc import Callable

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.stores.database import sqlite_path
from app.stores.revision import SCRIPTS


def migrate(url: str, revision: str = "head") -> list[str]:
    """Bring a database to a revision, the newest by default; notes on rows that newer rules treat differently.

    A second process waits for the first. On SQLite readers go on during the one transaction. On PostgreSQL its locks
    would shut them out: there each revision, and each batch of one that changes many rows, is a transaction.
    """
    path = sqlite_path(url)
    if path is None:
        return asyncio.run(_migrate_postgresql(url, revision))
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA busy_timeout = 60000"))
        connection.execute(text("PRAGMA journal_mode = WAL"))
        connection.execute(text("BEGIN IMMEDIATE"))
        notes = _upgrade(connection, revision, lambda: None)
        connection.execute(text("COMMIT"))
    return notes


async def _migrate_postgresql(url: str, revision: str) -> list[str]:
    engine = create_async_engine(
        url.replace("://", "+asyncpg://", 1).replace("postgres+", "postgresql+", 1), poolclass=NullPool
    )
    # The lock is a transaction's, on a connection of its own: a pooler would lose a session's.
    async with engine.begin() as guard, engine.connect() as connection:
        await guard.execute(text("SELECT pg_advisory_xact_lock(hashtext('tandem migrate'))"))
        return await connection.run_sync(lambda sync: _upgrade(sync, revision, sync.commit))


def _upgrade(connection: Connection, revision: str, checkpoint: Callable[[], None]) -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    notes: list[str] = []
    config.attributes.update(connection=connection, checkpoint=checkpoint, notes=notes)
    command.upgrade(config, revision)
    return notes
