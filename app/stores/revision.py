"""The revision that a database is at, against those that this release can serve.

Migrations only add, so that servers of the previous release keep working next to newer ones. A revision that removes
something names the oldest revision that a server has to know from then on, in the table `oldest_release`.
"""

from functools import cache
from pathlib import Path

from sqlalchemy import column, select, table

from app.domain.errors import NotMigrated
from app.domain.unit_of_work import Database, Statement, first

SCRIPTS = Path(__file__).parent.parent / "migrations"
_REVISION = Statement(select(column("version_num")).select_from(table("alembic_version")))
_OLDEST = Statement(select(column("revision")).select_from(table("oldest_release")))


async def require_served(database: Database) -> str:
    """The revision of a database that this release serves.

    Raises `NotMigrated` where it is older than this release, or too new for it; `Unavailable` if there is none.
    """
    row = await database.read(lambda unit: first(unit, _REVISION))
    if row is None:
        raise NotMigrated
    at: str = row[0]
    mine = newest()
    if at < mine:
        raise NotMigrated(f"The database is at revision {at}, this release needs {mine}; run `tandem migrate`.")
    if at > mine and (oldest := await _oldest(database)) > mine:
        raise NotMigrated(f"The database needs a release that knows revision {oldest}; this one knows {mine}.")
    return at


async def _oldest(database: Database) -> str:
    row = await database.read(lambda unit: first(unit, _OLDEST))
    return str(row[0]) if row else ""


def newest() -> str:
    """The newest revision that this release knows."""
    return revisions()[-1]


@cache
def revisions() -> tuple[str, ...]:
    """All revisions in order, by the numbers of the files: Alembic itself has 76 modules, 8 % of a start."""
    return tuple(sorted(path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*_*.py")))
