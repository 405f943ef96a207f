"""Limits of SQLite's reads: few steps on the event loop, some seconds on a thread.

SQLite asks every few steps of a statement's program whether to continue, and ends the statement if not.
"""

import sqlite3
import time
from collections.abc import Callable

_STEPS, _TIMES = 4_000, 5
"""A page of 100 products takes some 6,000 steps, and 20,000 a few milliseconds."""
SECONDS = 15.0
"""Seconds; the same as PostgreSQL allows a statement."""

Begin = Callable[[], None]
"""To be called before each read: what it may take counts from there."""


class Interrupted(Exception):
    """A read exceeded its limit of steps or time."""


def brief(connection: sqlite3.Connection) -> Begin:
    """Let each read take few steps: on the event loop, one that takes long keeps everybody waiting."""
    asked = 0

    def begin() -> None:
        nonlocal asked
        asked = 0

    def enough() -> bool:
        nonlocal asked
        asked += 1
        return asked > _TIMES

    connection.set_progress_handler(enough, _STEPS)
    return begin


class Timer:
    """When a long read has to end: `SECONDS` from now, or at once where nobody waits for it any more."""

    def __init__(self) -> None:
        self._until = time.monotonic() + SECONDS

    def cancel(self) -> None:
        """End the read; any thread may call this."""
        self._until = 0.0

    def is_over(self) -> bool:
        """Whether the read has to end."""
        return time.monotonic() > self._until


def timed(connection: sqlite3.Connection, timer: Timer) -> None:
    """Let a read take until its timer is over."""
    connection.set_progress_handler(timer.is_over, 20 * _STEPS)
