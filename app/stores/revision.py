"""The revision that a database is at, against the newest one there is."""

import sqlite3
from functools import cache

import asyncpg
from alembic.script import ScriptDirectory
from sqlalchemy import column, select, table

from app.domain.errors import Unavailable
from app.domain.unit import Database, Statement, first
from app.stores.migrate import SCRIPTS

_REVISION = Statement(select(column("version_num")).select_from(table("alembic_version")))


class NotMigrated(Unavailable):
    """The database answers, but is not at the newest revision."""


async def require_newest(database: Database) -> None:
    """Raise `NotMigrated` where the database is not at the newest revision, `Unavailable` where it is away."""
    try:
        row = await database.read(lambda unit: first(unit, _REVISION))
    except asyncpg.UndefinedTableError:
        row = None
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        row = None
    if row is None:
        raise NotMigrated("The database is not migrated; run `tandem migrate`.")
    if row[0] != _newest():
        raise NotMigrated("The database is not at the newest revision; run `tandem migrate`.")


@cache
def _newest() -> str | None:
    return ScriptDirectory(str(SCRIPTS)).get_current_head()
