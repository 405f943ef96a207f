"""The revision that a database is at, against the newest one there is."""

import sqlite3

import asyncpg
from alembic.script import ScriptDirectory
from sqlalchemy import column, select, table

from app.domain.errors import Unavailable
from app.domain.unit import Database, Statement, first
from app.stores.migrate import SCRIPTS

_REVISION = Statement(select(column("version_num")).select_from(table("alembic_version")))


async def require_newest(database: Database) -> None:
    """Raise `Unavailable` where the database is away or not at the newest revision."""
    try:
        row = await database.read(lambda unit: first(unit, _REVISION))
    except asyncpg.UndefinedTableError:
        row = None
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        row = None
    if row is None:
        raise Unavailable("The database is not migrated; run `tandem migrate`.")
    if row[0] != ScriptDirectory(str(SCRIPTS)).get_current_head():
        raise Unavailable("The database is not at the newest revision; run `tandem migrate`.")
