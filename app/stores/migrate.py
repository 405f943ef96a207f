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
from app.stores.postgres.connecting import connect

Report = Callable[[str], object]
_SECONDS_BETWEEN_ATTEMPTS = 0.5
_LOCK_NOT_AVAILABLE = "55P03"
_LOCK_TIMEOUT = "100ms"
"""Shorter than the lock timeout of servers: while a migration waits for a table, they all queue behind it."""


def migrate(url: str, revision: str = "head", report: Report = lambda _: None, *, dry_run: bool = False) -> list[str]:
    """Bring a database to a revision, the newest by default; notes on rows that newer rules treat differently.

    `report` gets lines: what each revision will lock, and then how long it took. A `dry_run` ends before the first.
    A database at a newer revision is left alone. A second process waits for the first. On SQLite, one transaction does
    not block readers. On PostgreSQL it would: there each revision, and each batch of a revision that changes many rows,
    is a transaction that rolls back and retries if another transaction holds a lock that it needs.
    """
    path = sqlite_path(url)
    if path is None:
        return asyncio.run(_migrate_postgresql(url, revision, report, dry_run=dry_run))
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA busy_timeout = 60000"))
        connection.execute(text("PRAGMA journal_mode = WAL"))
        connection.execute(text("BEGIN IMMEDIATE"))
        upgrade = Upgrade(connection, revision, report)
        notes = upgrade.run(dry_run=dry_run)
        connection.execute(text("COMMIT"))
    return notes


async def _migrate_postgresql(url: str, revision: str, report: Report, *, dry_run: bool) -> list[str]:
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: connect(url), poolclass=NullPool)

    def work(connection: Connection) -> list[str]:
        upgrade = Upgrade(connection, revision, report)
        return upgrade.run(dry_run=dry_run)

    # The lock is a transaction's, on a connection of its own: a pooler would lose a session's.
    async with engine.begin() as guard, engine.connect() as connection:
        await guard.execute(text("SELECT pg_advisory_xact_lock(hashtext('tandem migrate'))"))
        return await connection.run_sync(work)


class Upgrade:
    """The upgrade of one database to a revision."""

    def __init__(self, connection: Connection, revision: str, report: Report) -> None:
        self._connection, self._revision = connection, revision
        self._postgresql = connection.dialect.name == "postgresql"
        self._revision_before, self._report = self._current_revision(), report
        self._begun = time.monotonic()

    def run(self, *, dry_run: bool) -> list[str]:
        """Report the plan, and run it unless this is a dry run; returns the notes of the revisions."""
        last = revisions.newest() if self._revision == "head" else self._revision
        for line in plan(self._connection, self._revision_before, last):
            self._report(line)
        older = self._revision_before is None or self._revision_before < last
        notes = self._run_with_retries() if older and not dry_run else []
        self._report(f"The database is at revision {self._current_revision()}.")
        return notes

    def _run_with_retries(self) -> list[str]:
        """Run the upgrade; while another transaction holds a lock that it needs, hold none and retry."""
        notified = False
        while True:
            try:
                return self._run()
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
            self._connection.rollback()
            if not notified:
                self._report("Others hold what has to be locked; it goes on once they are done.")
            notified = True
            time.sleep(_SECONDS_BETWEEN_ATTEMPTS)

    def _run(self) -> list[str]:
        config, notes = Config(), list[str]()
        config.set_main_option("script_location", str(revisions.SCRIPTS))
        config.attributes.update(
            connection=self._connection, checkpoint=self._commit, applied=self._after_revision, notes=notes
        )
        self._set_lock_timeout()
        command.upgrade(config, self._revision)
        return notes

    def _current_revision(self) -> str | None:
        return MigrationContext.configure(self._connection).get_current_revision()

    def _set_lock_timeout(self) -> None:
        if self._postgresql:
            self._connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))

    def _commit(self) -> None:
        if self._postgresql:
            self._connection.commit()
            self._set_lock_timeout()

    def _after_revision(self, revision: str) -> None:
        self._commit()
        if self._revision_before:
            self._report(f"{revision}: done in {time.monotonic() - self._begun:.1f} s.")
        self._begun = time.monotonic()
