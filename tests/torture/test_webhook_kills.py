"""Each acknowledged write is in the log once and is delivered, although the server is killed among both."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.torture import deliveries
from tests.torture.nursery import Nursery

KILLS, SEED = 5, 4


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    """Where the servers come from."""
    made = Nursery(tmp_path)
    yield made
    made.close()


def test_killed(database_url: str, nursery: Nursery, run: Run[Any]) -> None:
    """After 5 kills nothing is lost, logged twice, undelivered, unsigned or out of order; ids repeat on retries."""
    found = run(deliveries.run(database_url, nursery, KILLS, SEED))
    assert not found.faults(), found
    assert found.acknowledged
    assert found.repeated
    assert found.requests > found.messages
