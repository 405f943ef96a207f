"""No upload leaves a row without its bytes, or bytes that are not whole, although the server is killed among them."""

from pathlib import Path
from typing import Any

from tests.conftest import Run
from tests.torture import uploads
from tests.torture.nursery import Nursery

_UPLOADS, _SEED = 20, 3


def test_killed(database_url: str, nursery: Nursery, tmp_path: Path, run: Run[Any]) -> None:
    """Files, parts and images, cut by kill -9: what was acknowledged is served, and nothing else is wrong."""
    found = run(uploads.run(database_url, nursery, tmp_path / "files", _UPLOADS, _SEED))
    assert not found.faults(), found
    assert found.acknowledged
    assert found.acknowledged < _UPLOADS
    assert found.referred
