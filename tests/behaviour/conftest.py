"""The fixtures of the behaviour suite: each surface in turn, over an empty service or the imported catalogue."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.domain.unit_of_work import Engine
from tests.behaviour import catalogue as catalogues
from tests.behaviour.catalogue import Catalogue
from tests.behaviour.surfaces import Surface, each_surface, surfaces
from tests.behaviour.tills import Till
from tests.databases import Databases
from tests.service import Service

surface_name = each_surface("v1", "v2", "graphql")


@pytest.fixture(scope="module")
def shared_url(databases: Databases, engine: Engine) -> Iterator[str]:
    """The URL of a database that the tests of a module share."""
    yield from databases.lend(engine)


@pytest.fixture(scope="module")
async def shared_service(shared_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """An application for all tests of a module that do not need an empty catalogue."""
    async with Service(shared_url) as made:
        yield made


@pytest.fixture
def surface(service: Service, surface_name: str) -> Surface:
    """A surface of the empty catalogue."""
    return surfaces(service)[surface_name]


@pytest.fixture(scope="session")
def bestbuy_lines(bestbuy: Path) -> bytes:
    """The file of real products."""
    return bestbuy.read_bytes()


@pytest.fixture(scope="session")
def catalogue_url(databases: Databases, engine: Engine) -> Iterator[str]:
    """The URL of the database that the imported catalogue is in."""
    yield from databases.lend(engine)


@pytest.fixture(scope="session")
async def catalogue(catalogue_url: str, bestbuy_lines: bytes, anyio_backend: str) -> AsyncIterator[Catalogue]:
    """The imported catalogue, once an engine; tests only read it."""
    async with Service(catalogue_url, checked=False) as service:
        yield await catalogues.load(service, bestbuy_lines)


@pytest.fixture
def reading(catalogue: Catalogue, surface_name: str) -> Surface:
    """A surface of the imported catalogue."""
    return surfaces(catalogue.service)[surface_name]


@pytest.fixture
def till(service: Service, surface_name: str) -> Till:
    """A till on each surface in turn."""
    return Till(service, surface_name)


@pytest.fixture
async def guarded(database_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """A service that asks for API keys."""
    async with Service(database_url, auth="keys") as made:
        yield made


@pytest.fixture(params=["v2", "graphql"])
def keyed(service: Service, request: pytest.FixtureRequest) -> Surface:
    """Each surface that knows own keys and batches."""
    return surfaces(service)[request.param]
