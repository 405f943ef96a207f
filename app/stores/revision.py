"""The revision that a database is at, against the newest one there is."""

from functools import cache
from pathlib import Path

from sqlalchemy import column, select, table

from app.domain.errors import NotMigrated
from app.domain.unit_of_work import Database, Statement, first

SCRIPTS = Path(__file__).parent.parent / "migrations"
_REVISION = Statement(select(column("version_num")).select_from(table("alembic_version")))


async def require_newest(database: Database) -> None:
    """Raise `NotMigrated` where the database is not at the newest revision, `Unavailable` where it is away."""
    row = await database.read(lambda unit: first(unit, _REVISION))
    if row is None:
        raise NotMigrated
    if row[0] != _newest():
        raise NotMigrated("The database is not at the newest revision; run `tandem migrate`.")


@cache
def _newest() -> str:
    """The newest revision, by the numbers of the files: Alembic itself has 76 modules, 8 % of a start."""
    return max(path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*_*.py"))
