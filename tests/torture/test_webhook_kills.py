"""Each acknowledged write is in the log once and is delivered, although the server is killed among both."""

from typing import Any

from tests.conftest import Run
from tests.torture import deliveries
from tests.torture.nursery import Nursery

KILLS, SEED = 5, 4


def test_killed(database_url: str, nursery: Nursery, run: Run[Any]) -> None:
    """After 5 kills nothing is lost, logged twice, undelivered, unsigned or out of order; ids repeat on retries."""
    found = run(deliveries.run(database_url, nursery, KILLS, SEED))
    assert not found.faults(), found
    assert found.acknowledged
    assert found.repeated
    assert found.requests > found.messages
