"""schemathesis finds nothing: all its phases and checks, with a fixed seed."""

import sys
from pathlib import Path

import pytest

from tests.contract.outside.fuzz import fuzz

REST = ("Examples", "Coverage", "Fuzzing", "Stateful")


@pytest.mark.parametrize(
    ("name", "examples", "least", "phases"),
    [("v1", 12, 1_500, REST), ("v2", 12, 1_500, REST), ("graphql", 40, 500, ("Fuzzing",))],
    ids=["v1", "v2", "gql"],
)
def test_nothing_is_found(
    name: str, examples: int, least: int, phases: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At least so many cases in every phase that there is, and not one failure."""
    found = fuzz(name, tmp_path, "--seed", "1", "--max-examples", str(examples), "--no-shrink")
    assert found.status == 0, found.said
    assert found.cases >= least, found.cases
    assert [phase for phase in phases if f"✅ {phase}\n" not in found.said] == []
    with capsys.disabled():
        sys.stdout.write(f"\n{name}: {found.cases} cases, 0 failures\n")
