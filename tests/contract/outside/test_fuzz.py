"""schemathesis finds nothing: all its phases and checks, with a fixed seed."""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from tests.contract.outside.fuzz import Fuzzed, fuzz


class Budget(NamedTuple):
    """How many examples a phase tries for an operation, how many cases there are at least, and in which phases."""

    examples: int
    least: int
    phases: tuple[str, ...]


REST = Budget(12, 1_500, ("Examples", "Coverage", "Fuzzing", "Stateful"))
BUDGETS = {"v1": REST, "v2": REST, "graphql": Budget(40, 500, ("Fuzzing",))}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Fuzzed]:
    """What came of all runs, made at the same time, each against a server of its own."""

    def run(name: str) -> Fuzzed:
        options = ("--seed", "1", "--max-examples", str(BUDGETS[name].examples), "--no-shrink")
        return fuzz(name, tmp_path_factory.mktemp(name), *options)

    with ThreadPoolExecutor(len(BUDGETS)) as pool:
        return dict(zip(BUDGETS, pool.map(run, BUDGETS), strict=True))


@pytest.mark.parametrize("name", BUDGETS)
def test_nothing_is_found(found: dict[str, Fuzzed], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """At least so many cases, in every phase that there is, and not one failure."""
    run, budget = found[name], BUDGETS[name]
    assert run.status == 0, run.said
    assert run.cases >= budget.least, run.cases
    assert [phase for phase in budget.phases if f"✅ {phase}\n" not in run.said] == []
    with capsys.disabled():
        sys.stdout.write(f"\n{name}: {run.cases} cases, 0 failures\n")
