"""Timestamps have one width, whatever the time: clients compare and cut them as text."""

from datetime import datetime

import pytest

from app.http.timestamps import rfc3339


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1_780_000_000_000_000, "2026-05-28T20:26:40.000000Z"),
        (1_780_000_000_000_001, "2026-05-28T20:26:40.000001Z"),
        (1_780_000_000_100_000, "2026-05-28T20:26:40.100000Z"),
        (1_780_000_000_999_999, "2026-05-28T20:26:40.999999Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_six_decimals(microseconds: int, text: str) -> None:
    """A whole second has six zeros, and no digit is lost."""
    assert rfc3339(microseconds) == text
    assert datetime.fromisoformat(text).microsecond == microseconds % 1_000_000
