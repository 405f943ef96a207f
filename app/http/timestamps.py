"""Timestamps as both protocols print and read them."""

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - in UTC, without the offset that would be printed
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,30})?(Z|[+-][0-9]{2}:[0-9]{2})")
MAX_LENGTH = 56
EXPECTED = "must be a time such as 2026-01-31T12:00:00Z"


def rfc3339(microseconds: int) -> str:
    """A time in microseconds since 1970 as text in UTC (RFC 3339), always with six decimals."""
    return f"{(_EPOCH + timedelta(microseconds=microseconds)).isoformat(timespec='microseconds')}Z"


def microseconds(text: str) -> int:
    """The microseconds since 1970 of a time (RFC 3339), truncated; raises `ValueError`."""
    if not _TIME.fullmatch(text.upper()):
        raise ValueError(EXPECTED)
    try:
        since = datetime.fromisoformat(text.upper()) - datetime.fromtimestamp(0, UTC)
    except ValueError:
        raise ValueError(EXPECTED) from None
    return since // timedelta(microseconds=1)
