"""Fixtures of the REST suites: the application in process, over a fresh database of each engine."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings
from rest.versions import VERSIONS
from tests.clients import Client, running
from tests.conftest import Run


@pytest.fixture
def client(database_url: str, run: Run[Any]) -> Iterator[Client]:
    """A client of the whole application; every answer that it gets is held against the contract."""
    app = create_app(Settings(database_url=database_url, auth="open", rate_limit="off"))
    lifespan = running(app)
    run(lifespan.__aenter__())
    yield Client(app, run)
    run(lifespan.__aexit__(None, None, None))


@pytest.fixture(params=[version.prefix for version in VERSIONS])
def prefix(request: pytest.FixtureRequest) -> str:
    """The prefix of each version in turn."""
    return str(request.param)
