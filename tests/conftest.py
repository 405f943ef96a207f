"""Fixtures that every suite shares: a fresh, migrated database of each engine, as a URL or opened."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from app.domain.unit_of_work import Engine
from app.stores.database import open_database
from app.stores.postgres.database import PostgresDatabase
from app.stores.sqlite.database import SqliteDatabase
from tests.clients import Run
from tests.clock import Clock
from tests.command_line import tandem
from tests.databases import Databases
from tests.redis_server import RedisServer
from tests.service import Service

__all__ = ["Run", "tandem"]

_FOLDER_MARKS = {
    "browser": "browser",
    "server": "server",
    "torture": "server",
    "outside": "server",
    "wheel": "server",
    "proxies": "server",
}

# A busy machine is no failure of a property.
settings.register_profile("tandem", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tandem")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of some folders; single modules and tests carry their own marks."""
    for item in items:
        if mark := _FOLDER_MARKS.get(item.path.parent.name):
            item.add_marker(mark)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """All async tests and fixtures run on one asyncio loop."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> None:
    """Tests set what they need: the settings of whoever runs them do not reach them."""
    for name in [name for name in os.environ if name.startswith("TANDEM_") and not name.startswith("TANDEM_TEST_")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Makes databases; for those that outlive one test, or that a test needs several of."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn: whatever asks for it runs on both."""
    chosen: Engine = request.param
    return chosen


@pytest.fixture
def database_url(databases: Databases, engine: Engine) -> Iterator[str]:
    """The URL of a fresh, migrated database that this test has for itself."""
    yield from databases.lend(engine)


@pytest.fixture
async def service(database_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """An application over an empty catalogue."""
    async with Service(database_url) as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    """A clock that stands until it is moved."""
    return Clock()


@pytest.fixture
def run() -> Iterator[Run[Any]]:
    """Runs a coroutine to its end, all of one test on the same event loop.

    It closes the PostgreSQL databases of applications whose lifespan the test does not run.
    """
    opened: list[PostgresDatabase] = []
    original = PostgresDatabase.__init__

    def noted(database: PostgresDatabase, *args: Any, **kwargs: Any) -> None:
        original(database, *args, **kwargs)
        opened.append(database)

    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patch:
        patch.setattr(PostgresDatabase, "__init__", noted)
        yield runner.run
        for database in opened:
            runner.run(database.close())


@pytest.fixture
def database(database_url: str, run: Run[Any]) -> Iterator[SqliteDatabase | PostgresDatabase]:
    """A fresh database, opened; use it as `run(database.read(work))`."""
    opened = open_database(database_url)
    yield opened
    run(opened.close())


@pytest.fixture(scope="session")
def bestbuy() -> Path:
    """3,291 real products as NDJSON; shared between projects, so not in this repository."""
    root = Path(__file__).parent.parent
    folder = Path(os.environ.get("TANDEM_TEST_DATA", root.parent / "shared" / "data"))
    path = folder / "bestbuy-products.ndjson"
    if not path.exists():
        pytest.skip(f"{path.name} is not in {folder}; TANDEM_TEST_DATA names its folder")
    return path


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis that this test has for itself."""
    with RedisServer() as server:
        yield server
