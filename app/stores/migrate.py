"""Migrations: one history for both engines, safe to run twice and by two processes at once."""

import asyncio
import time
from collections.abc import Callable

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.stores import revision as revisions
from app.stores.database import sqlite_path
from app.stores.migration_plan import plan

Tell = Callable[[str], object]
_SECONDS_BETWEEN = 0.5
_LOCK_NOT_AVAILABLE = "55P03"
_LOCK_TIMEOUT = "100ms"
"""Less than any statement of a server waits: while a migration waits for a table, all others wait behind it."""


def migrate(url: str, revision: str = "head", tell: Tell = lambda _: None, *, rehearsal: bool = False) -> list[str]:
    """Bring a database to a revision, the newest by default; notes on rows that newer rules treat differently.

    `tell` is told what each revision will lock, and then how long it took; a `rehearsal` ends before the first.
    A database that is at a newer revision stays as it is. A second process waits for the first. On SQLite readers go on
    during the one transaction. On PostgreSQL its locks would shut them out: there each revision, and each batch of one
    that changes many rows, is a transaction, which gives way to others that hold what it has to lock.
    """
    path = sqlite_path(url)
    if path is None:
        return asyncio.run(_migrate_postgresql(url, revision, tell, rehearsal=rehearsal))
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA busy_timeout = 60000"))
        connection.execute(text("PRAGMA journal_mode = WAL"))
        connection.execute(text("BEGIN IMMEDIATE"))
        upgrade = Upgrade(connection, revision, tell)
        notes = upgrade.run(rehearsal=rehearsal)
        connection.execute(text("COMMIT"))
    return notes


async def _migrate_postgresql(url: str, revision: str, tell: Tell, *, rehearsal: bool) -> list[str]:
    engine = create_async_engine(
        url.replace("://", "+asyncpg://", 1).replace("postgres+", "postgresql+", 1), poolclass=NullPool
    )

    def work(connection: Connection) -> list[str]:
        upgrade = Upgrade(connection, revision, tell)
        return upgrade.run(rehearsal=rehearsal)

    # The lock is a transaction's, on a connection of its own: a pooler would lose a session's.
    async with engine.begin() as guard, engine.connect() as connection:
        await guard.execute(text("SELECT pg_advisory_xact_lock(hashtext('tandem migrate'))"))
        return await connection.run_sync(work)


class Upgrade:
    """The way of one database to a revision."""

    def __init__(self, connection: Connection, revision: str, tell: Tell) -> None:
        self._connection, self._revision = connection, revision
        self._postgresql = connection.dialect.name == "postgresql"
        self._at, self._tell = self._now_at(), tell
        self._begun = time.monotonic()

    def run(self, *, rehearsal: bool) -> list[str]:
        """Tell what is going to happen, and do it unless this is a rehearsal; what the revisions note."""
        last = revisions.newest() if self._revision == "head" else self._revision
        for line in plan(self._connection, self._at, last):
            self._tell(line)
        older = self._at is None or self._at < last
        notes = self._run_politely() if older and not rehearsal else []
        self._tell(f"The database is at revision {self._now_at()}.")
        return notes

    def _run_politely(self) -> list[str]:
        """Run it; what others hold is waited for while nothing is held."""
        told = False
        while True:
            try:
                return self._run()
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
            self._connection.rollback()
            if not told:
                self._tell("Others hold what has to be locked; it goes on once they are done.")
            told = True
            time.sleep(_SECONDS_BETWEEN)

    def _run(self) -> list[str]:
        config, notes = Config(), list[str]()
        config.set_main_option("script_location", str(revisions.SCRIPTS))
        config.attributes.update(
            connection=self._connection, checkpoint=self._commit, applied=self._applied, notes=notes
        )
        self._begin()
        command.upgrade(config, self._revision)
        return notes

    def _now_at(self) -> str | None:
        return MigrationContext.configure(self._connection).get_current_revision()

    def _begin(self) -> None:
        if self._postgresql:
            self._connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))

    def _commit(self) -> None:
        if self._postgresql:
            self._connection.commit()
            self._begin()

    def _applied(self, revision: str) -> None:
        self._commit()
        if self._at:
            self._tell(f"{revision}: done in {time.monotonic() - self._begun:.1f} s.")
        self._begun = time.monotonic()
