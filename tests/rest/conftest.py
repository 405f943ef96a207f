"""Fixtures of the REST suites: the application in process, over a fresh database of each engine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings
from rest.versions import VERSIONS
from tests.clients import Client, running
from tests.conftest import Run


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """The folder that the application keeps files in."""
    return tmp_path / "files"


@pytest.fixture
def client(database_url: str, stored: Path, run: Run[Any]) -> Iterator[Client]:
    """A client of the whole application; every answer that it gets is held against the contract."""
    files_url = stored.as_uri()
    app = create_app(Settings(database_url=database_url, files_url=files_url, auth="open", rate_limit="off"))
    lifespan = running(app)
    run(lifespan.__aenter__())
    yield Client(app, run)
    run(lifespan.__aexit__(None, None, None))


@pytest.fixture(params=[version.prefix for version in VERSIONS])
def prefix(request: pytest.FixtureRequest) -> str:
    """The prefix of each version in turn."""
    return str(request.param)
