"""Waiting for commits."""

import asyncio
from contextlib import suppress

POLL_SECONDS = 0.25
"""The maximum wait if other processes do not report their commits."""


class Commits:
    """Wakes the waiters for a commit; any thread may report one."""

    def __init__(self) -> None:
        self._event: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop

    def report(self) -> None:
        """Wake the waiters; free of cost if nobody has waited since the last commit."""
        event = self._event
        if event is not None and not event.is_set():
            with suppress(RuntimeError):  # the loop is closed, and its waiters are gone
                self._loop.call_soon_threadsafe(event.set)

    async def wait(self, seconds: float) -> None:
        """Wait until something was committed since the last wait, or for so long."""
        if self._event is None:
            self._loop, self._event = asyncio.get_running_loop(), asyncio.Event()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        self._event.clear()
