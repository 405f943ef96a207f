"""Migrations: safe to repeat, and by several processes at once."""

import sys
from subprocess import Popen

import pytest
from alembic.script import ScriptDirectory

from app.domain.catalogue import products
from app.domain.errors import NotFound
from app.domain.unit_of_work import Engine
from app.stores import revision
from app.stores.database import open_database
from app.stores.migrate import migrate
from tests.conftest import Run
from tests.databases import Databases

_MIGRATE = "import sys; from app.stores.migrate import migrate; migrate(sys.argv[1])"


def test_twice(database_url: str) -> None:
    """A database at the newest revision stays as it is."""
    migrate(database_url)
    migrate(database_url)


@pytest.mark.slow
def test_at_once(databases: Databases, engine: Engine, run: Run[object]) -> None:
    """Of processes that migrate the same empty database, the later wait for the first, and all succeed."""
    url = databases.create(engine, empty=True)
    running = [Popen([sys.executable, "-c", _MIGRATE, url]) for _ in range(3)]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    database = open_database(url)
    with pytest.raises(NotFound):
        run(database.read(lambda unit: products.get(unit, 1, ("name",))))
    run(database.close())


def test_newest_revision_is_the_head() -> None:
    """The server takes the newest revision from the files' numbers; Alembic finds the same one."""
    assert revision.newest() == ScriptDirectory(str(revision.SCRIPTS)).get_current_head()
