"""schemathesis finds nothing: all its phases and checks, with a fixed seed."""

from pathlib import Path

import pytest

from tests.contract.outside.fuzz import fuzz


@pytest.mark.parametrize(
    ("name", "examples", "least"), [("v1", 12, 1_500), ("v2", 12, 1_500), ("graphql", 40, 500)], ids=["v1", "v2", "gql"]
)
def test_nothing_is_found(name: str, examples: int, least: int, tmp_path: Path) -> None:
    """At least so many cases, and not one failure."""
    found = fuzz(name, tmp_path, "--seed", "1", "--max-examples", str(examples), "--no-shrink")
    assert found.status == 0, found.said
    assert found.cases >= least, found.cases
