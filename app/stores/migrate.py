"""Migrations: one history for both engines, safe to run twice and by two processes at once."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.stores.database import sqlite_path

SCRIPTS = Path(__file__).parent.parent / "migrations"


def migrate(url: str) -> None:
    """Bring the database at a URL to the newest revision; a second process waits for the first."""
    path = sqlite_path(url)
    if path is None:
        asyncio.run(_migrate_postgresql(url))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA busy_timeout = 60000"))
        connection.execute(text("PRAGMA journal_mode = WAL"))
        connection.execute(text("BEGIN IMMEDIATE"))
        _upgrade(connection)
        connection.execute(text("COMMIT"))


async def _migrate_postgresql(url: str) -> None:
    engine = create_async_engine(
        url.replace("://", "+asyncpg://", 1).replace("postgres+", "postgresql+", 1), poolclass=NullPool
    )
    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('tandem migrate'))"))
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
