"""Which databases a release serves: newer ones too, until one of their revisions says otherwise."""

from typing import Any

import pytest

from app.domain.errors import NotMigrated
from app.stores import revision
from app.stores.database import open_database
from app.stores.migrate import migrate
from tests.command_line import Tandem
from tests.conftest import Run
from tests.databases import Databases, execute


def at(url: str, run: Run[Any]) -> str:
    """The revision of a database that this release serves."""
    database = open_database(url)
    try:
        found: str = run(revision.require_served(database))
    finally:
        run(database.close())
    return found


def test_the_newest(database_url: str, run: Run[Any]) -> None:
    """A migrated database is served."""
    assert at(database_url, run) == revision.newest()


def test_no_revision(databases: Databases, engine: Any, run: Run[Any]) -> None:
    """A database whose revision was lost is not served."""
    url = databases.create(engine)
    execute(url, "DELETE FROM alembic_version")
    with pytest.raises(NotMigrated):
        at(url, run)


def test_an_older_database(databases: Databases, engine: Any, run: Run[Any], tandem: Tandem) -> None:
    """A database of an older revision is refused with both revisions."""
    url = databases.create(engine, empty=True)
    migrate(url, "0024")
    message = f"The database is at revision 0024, this release needs {revision.newest()}; run `tandem migrate`."
    with pytest.raises(NotMigrated) as refused:
        at(url, run)
    assert refused.value.message == message
    told = tandem("doctor", url=url)
    assert told.exit_code == 1
    assert message in told.stdout


def test_a_newer_database(database_url: str, run: Run[Any], tandem: Tandem) -> None:
    """A database that a newer release migrated is served, and left alone by `migrate`, until it needs a newer one."""
    execute(database_url, "UPDATE alembic_version SET version_num = '9998'")
    assert at(database_url, run) == "9998"
    told = tandem("migrate", url=database_url)
    assert (told.exit_code, told.stderr) == (0, "The database is at revision 9998.\n")
    execute(database_url, "UPDATE oldest_release SET revision = '9998'")
    with pytest.raises(NotMigrated) as refused:
        at(database_url, run)
    assert refused.value.message == (
        f"The database needs a release that knows revision 9998; this one knows {revision.newest()}."
    )
