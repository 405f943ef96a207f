"""SQLite's long reads: on a few threads, in a lane, each with a deadline."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from app.domain.errors import Unavailable
from app.domain.unit_of_work import Work
from app.stores import lanes
from app.stores.lanes import Bounds, Lane
from app.stores.sqlite import limits as sqlite_limits
from app.stores.sqlite.limits import Interrupted, Timer
from app.stores.sqlite.unit import SqliteUnit, read

T = TypeVar("T")
LONG = Bounds(places=3, places_each=2, waiting=256, waiting_each=64, seconds=5.0)
"""Concurrent long reads; one caller never takes all places."""


class LongReads:
    """The threads of long reads; each has a connection of its own, opened on first use."""

    def __init__(self, open_unit: Callable[[], SqliteUnit]) -> None:
        self._open_unit = open_unit
        self._lane = Lane(LONG)
        self._threads = ThreadPoolExecutor(LONG.places, "sqlite-reader")
        self._local = threading.local()

    async def run(self, work: Work[T], *, snapshot: bool) -> T:
        """Run reading work. Raises `Unavailable` if the queue is full, or if the work takes too long.

        A cancelled caller returns at once; the place is released when the thread is done.
        """
        caller, loop, timer = lanes.caller(), asyncio.get_running_loop(), Timer()
        if not self._lane.try_acquire(caller):
            await self._lane.acquire(caller)

        def release(_: object) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and its lane is gone
                loop.call_soon_threadsafe(self._lane.release, caller)

        try:
            running = self._threads.submit(self._read, work, timer, snapshot=snapshot)
        except RuntimeError:  # the service stops
            self._lane.release(caller)
            raise Unavailable from None
        running.add_done_callback(release)
        try:
            return await asyncio.wrap_future(running)
        except asyncio.CancelledError:
            timer.cancel()
            raise

    def _read(self, work: Work[T], timer: Timer, *, snapshot: bool) -> T:
        unit = self._unit()
        sqlite_limits.timed(unit.connection, timer)
        try:
            return read(unit, work, snapshot=snapshot)
        except Interrupted:
            raise Unavailable("The read takes too long.") from None

    def _unit(self) -> SqliteUnit:
        if not hasattr(self._local, "unit"):
            self._local.unit = self._open_unit()
        unit: SqliteUnit = self._local.unit
        return unit

    def close(self) -> None:
        """Wait for the threads."""
        self._threads.shutdown()
