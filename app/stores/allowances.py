"""How much of SQLite's work a read may take: few steps on the event loop, some seconds on a thread.

SQLite asks every so many steps of a statement's program whether it may go on, and ends the statement where not.
"""

import sqlite3
import time
from collections.abc import Callable

_STEPS, _TIMES = 4_000, 5
"""A page of 100 products takes some 6,000 steps, and 20,000 a few milliseconds."""
SECONDS = 15.0
"""What PostgreSQL gives a statement, too."""

Begin = Callable[[], None]
"""To be called before each read: what it may take counts from there."""


class Interrupted(Exception):
    """A read took more than it may; nothing else is wrong with it."""


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


def timed(connection: sqlite3.Connection) -> Begin:
    """Let each read take `SECONDS`."""
    until = 0.0

    def begin() -> None:
        nonlocal until
        until = time.monotonic() + SECONDS

    connection.set_progress_handler(lambda: time.monotonic() > until, 20 * _STEPS)
    return begin
