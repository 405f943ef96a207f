"""Image work: off the event loop, one task at a time, and once for concurrent requests of the same result."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from app.stores import lanes
from app.stores.lanes import Bounds, Lane

T = TypeVar("T")


BOUNDS = Bounds(places=1, places_each=1, waiting=255, waiting_each=127, seconds=30.0)
"""A large image may take 400 MB, so one task runs at a time; callers take turns."""


class ImagePool:
    """A thread for work on images, with a fair queue."""

    def __init__(self, bounds: Bounds = BOUNDS) -> None:
        self._threads = ThreadPoolExecutor(1, "images")
        self._lane = Lane(bounds)

    async def run(self, work: Callable[[], T]) -> T:
        """Run work in the thread; raises `Unavailable` if too much is waiting, or for too long.

        The work has ended when this returns, even if it is cancelled, so its files may be closed then.
        """
        async with self._lane.hold(lanes.caller()):
            running = asyncio.wrap_future(self._threads.submit(work))
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.wait([running])
                raise

    def close(self) -> None:
        """Cancel what waits, and accept no more work."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class SingleFlight:
    """Runs a task once for all concurrent callers with the same name; if it fails, it fails for all of them.

    A caller joins a run that has begun, which suits content that never changes. `SharedRun` in `app.stores` gives each
    caller a run that begins after its call, as a look at changing data needs.
    """

    def __init__(self) -> None:
        self._flights: dict[str, asyncio.Future[None]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._flights

    async def __call__(self, name: str, make: Callable[[], Awaitable[None]]) -> None:
        """Run the task of this name, or wait for the one that runs. A cancelled caller does not end it for others."""
        flight = self._flights.get(name)
        if flight is None:
            flight = self._flights[name] = asyncio.ensure_future(make())
            flight.add_done_callback(lambda ended: self._land(name, ended))
        await asyncio.shield(flight)

    def _land(self, name: str, ended: asyncio.Future[None]) -> None:
        del self._flights[name]
        if not ended.cancelled():
            ended.exception()  # marks it as seen: every waiter raises it, and there may be none
