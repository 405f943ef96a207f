"""Limits of SQLite's reads: few steps on the event loop, some seconds on a thread.

SQLite asks every few steps of a statement's program whether to continue, and ends the statement if not.
"""

import sqlite3
import time
from collections.abc import Callable

_STEPS, _TIMES = 4_000, 5
"""A page of 100 products takes some 6,000 steps, and 20,000 a few milliseconds."""
SECONDS = 15.0
"""The same as for a statement on PostgreSQL."""

Begin = Callable[[], None]
"""Starts the limit of a read; called before each."""


class Interrupted(Exception):
    """A read exceeded its limit of steps or time."""


def brief(connection: sqlite3.Connection) -> Begin:
    """Limit each read to few steps, for the event loop, which a longer read would block."""
    calls = 0

    def begin() -> None:
        nonlocal calls
        calls = 0

    def enough() -> bool:
        nonlocal calls
        calls += 1
        return calls > _TIMES

    connection.set_progress_handler(enough, _STEPS)
    return begin


class Timer:
    """The deadline of a long read: `SECONDS` from now, or at once after `cancel`."""

    def __init__(self) -> None:
        self._until = time.monotonic() + SECONDS

    def cancel(self) -> None:
        """End the read; any thread may call this."""
        self._until = 0.0

    def is_over(self) -> bool:
        """Whether the read has to end."""
        return time.monotonic() > self._until


def timed(connection: sqlite3.Connection, timer: Timer) -> None:
    """Limit a read by a timer."""
    connection.set_progress_handler(timer.is_over, 20 * _STEPS)
