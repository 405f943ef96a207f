"""Clients that generators make of the contract take every step of a journey, or the generator's fault is named."""

import pytest

from tests.databases import Databases
from tests.generators.clients import CLIENTS, STEPS
from tests.generators.journeys import Verdicts, journeys


@pytest.fixture(scope="module")
def verdicts(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """What came of the steps of every client, all of them against one server."""
    return journeys(databases.create("sqlite"), tmp_path_factory.mktemp("clients"))


@pytest.mark.parametrize("name", CLIENTS)
def test_every_step_succeeds(verdicts: Verdicts, name: str) -> None:
    """Each step ends well; those that the generator makes wrong succeed only with the workaround that the docs name."""
    assert [step for step in STEPS if verdicts[name][step][-1] != "ok"] == [], verdicts[name]
    assert [step for step in STEPS if verdicts[name][step][0] != "ok"] == [*CLIENTS[name].fault.steps]
