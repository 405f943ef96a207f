"""The example of a consumer keeps its copy right, although both sides are killed and its cursor expires."""

from pathlib import Path
from typing import Any

from tests.conftest import Run
from tests.torture import copies
from tests.torture.copies import Plan
from tests.torture.nursery import Nursery

ROUNDS = 4


def test_copy(database_url: str, nursery: Nursery, tmp_path: Path, run: Run[Any]) -> None:
    """After each round the copy equals the catalogue; it read all at first, and where its cursor had expired."""
    found = run(copies.run(database_url, nursery, tmp_path, Plan(rounds=ROUNDS)))
    assert not found.wrong, found
    assert found.products
    assert found.whole_reads == 2
