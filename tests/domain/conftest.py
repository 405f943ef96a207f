"""The fixtures of the domain's tests."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.idempotency import IdempotentRunner
from app.stores.database import open_database
from tests import plans
from tests.clock import Clock
from tests.conftest import Run
from tests.domain.tills import TTL, Till
from tests.plans import Explained


@pytest.fixture
def till(database_url: str, run: Run[Any], clock: Clock) -> Iterator[Till]:
    """A till over an empty database."""
    database = open_database(database_url, clock)
    yield Till(IdempotentRunner(database, TTL), clock, run)
    run(database.close())


@pytest.fixture
def unit(filled: str, run: Run[Any]) -> Iterator[Explained]:
    """A unit that explains; PostgreSQL's plans are those that it makes once for any values."""
    opened: Explained = run(plans.explained(filled, generic=True))
    yield opened
    run(opened.close())
