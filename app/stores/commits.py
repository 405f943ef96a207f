"""Commits, and how waiters learn of them."""

import asyncio
from contextlib import suppress

SECONDS_BETWEEN_LOOKS = 0.25
"""The maximum wait in seconds where other processes do not report their commits."""


class Commits:
    """Wakes the waiters for a commit; any thread may report one."""

    def __init__(self) -> None:
        self._told: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop

    def tell(self) -> None:
        """Something was committed; this costs nothing while nobody has waited since the last time."""
        told = self._told
        if told is not None and not told.is_set():
            with suppress(RuntimeError):  # the loop is closed, and its waiters are gone
                self._loop.call_soon_threadsafe(told.set)

    async def wait(self, seconds: float) -> None:
        """Wait until something was committed since the last wait, or for so long."""
        if self._told is None:
            self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._told.wait()
        self._told.clear()
