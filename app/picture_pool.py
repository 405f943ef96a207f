"""Work on pictures: beside the event loop, one at a time, and what many ask for at once is made once."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from app.domain.errors import Unavailable

T = TypeVar("T")


class PicturePool:
    """One thread, since one large picture may take 400 MB; what waits for it is bounded, too."""

    most = 256
    """Works that run or wait; beyond that they are refused."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1, "pictures")
        self._taken = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Do it in the thread; raises `Unavailable` where too much waits already.

        It has ended when this does, even if that is cancelled: whatever it works on may be let go then.
        """
        if self._taken >= self.most:
            raise Unavailable("Too many images are being worked on.", retry_after=2)
        self._taken += 1
        future = self._threads.submit(work)
        running = asyncio.wrap_future(future)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            if not future.cancel():
                await asyncio.wait([running])
            raise
        finally:
            self._taken -= 1

    def close(self) -> None:
        """Take no more work; what waits is given up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class SingleFlight:
    """Makes a thing once for all who ask for it in the meantime; if it fails it fails for all of them."""

    def __init__(self) -> None:
        self._flights: dict[str, asyncio.Future[None]] = {}

    async def __call__(self, name: str, make: Callable[[], Awaitable[None]]) -> None:
        """Make what has this name, or wait for who does. Who leaves meanwhile does not end it for the others."""
        flight = self._flights.get(name)
        if flight is None:
            flight = self._flights[name] = asyncio.ensure_future(make())
            flight.add_done_callback(lambda ended: self._land(name, ended))
        await asyncio.shield(flight)

    def _land(self, name: str, ended: asyncio.Future[None]) -> None:
        del self._flights[name]
        if not ended.cancelled():
            ended.exception()  # told to all who wait; if none of them is left, it need not be told
