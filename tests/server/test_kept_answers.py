"""Answers that one process keeps, while another process writes."""

import asyncio
from pathlib import Path

from tests.prove import cache


def test_no_answer_is_stale(database_url: str, tmp_path: Path) -> None:
    """Over both protocols, no answer is older than what was acknowledged before it was asked for; some were kept."""
    done = asyncio.run(cache.run(database_url, tmp_path, reads=3000))
    assert done.stale == 0
    assert done.writes > 5
    assert done.hits > 100
