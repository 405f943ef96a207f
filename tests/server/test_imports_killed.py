"""An import whose server is killed goes on by itself, and comes to what one comes to that nobody disturbs."""

from pathlib import Path

import pytest

from app.domain.unit_of_work import Engine
from tests import killed_imports
from tests.databases import Databases

pytestmark = pytest.mark.server
LINES, KILLS = 12_000, 3


@pytest.fixture
def urls(databases: Databases, engine: Engine) -> list[str]:
    """Two empty databases."""
    return [databases.create(engine) for _ in range(2)]


def test_killed(urls: list[str], tmp_path: Path) -> None:
    """It is killed three times: all counts, problems and products are those of an undisturbed import."""
    file = tmp_path / "catalogue.ndjson"
    killed_imports.write(file, LINES)
    whole = killed_imports.undisturbed(urls[0], tmp_path / "quiet", file)
    resumed, landed = killed_imports.killed(urls[1], tmp_path / "killed", file, KILLS)
    assert landed == sorted(set(landed))
    assert landed[-1] < LINES
    assert resumed == whole
    assert whole.counts["lines"] == LINES
    assert whole.counts["bad"] > 0
