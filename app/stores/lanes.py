"""Lanes: bounds on how much work of one kind runs at once, for each caller and in all, with a fair queue.

Work takes a place in its lane. Where none is free it waits: callers take turns, and each caller's work goes first in
first out. A lane belongs to one event loop; it is not for other threads.
"""

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from app.domain import request_context
from app.domain.errors import Unavailable


class Bounds(NamedTuple):
    """The bounds of a lane: how much runs, how much waits, and the longest wait in seconds, on the loop's clock.

    `places_each` and `waiting_each` are for one caller.
    """

    places: int
    places_each: int
    waiting: int
    waiting_each: int
    seconds: float


def caller() -> str:
    """The sender of the current request: the payer of its rate limit. Empty for the service's own work."""
    return request_context.noted("payer") or ""


class Lane:
    """One lane."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.used = 0
        self.queued = 0
        self._running: dict[str, int] = {}
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        """By caller, the one whose turn is next first; no queue is empty."""

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Hold a place for a caller. Raises as `acquire` does."""
        if not self.try_acquire(name):
            await self.acquire(name)
        try:
            yield
        finally:
            self.release(name)

    def try_acquire(self, name: str) -> bool:
        """Take a place if one is free for this caller and nobody waits for it; then `release` has to follow."""
        if self.used >= self.bounds.places:
            return False
        mine = self._running.get(name, 0)
        if mine >= self.bounds.places_each:
            return False
        self._running[name] = mine + 1
        self.used += 1
        return True

    async def acquire(self, name: str) -> None:
        """Wait for a place and take it; then `release` has to follow.

        Raises `Unavailable` (503 with Retry-After) where the queue is full, or where the wait is too long.
        """
        turn = self._enqueue(name)
        try:
            async with asyncio.timeout(self.bounds.seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self.release(name)  # the place was given at the same moment
            else:
                self._dequeue(name, turn)
            if isinstance(error, TimeoutError):
                raise self._refusal() from None
            raise

    def release(self, name: str) -> None:
        """Give a place back; the next caller in turn that may have it gets it."""
        self.used -= 1
        if self._running[name] > 1:
            self._running[name] -= 1
        else:
            del self._running[name]
        if self.queued:
            self._admit_next()

    def is_wanted(self, name: str) -> bool:
        """Whether somebody waits who could have the place of this caller."""
        return name in self._queues or (self.queued > 0 and self.used >= self.bounds.places)

    def _enqueue(self, name: str) -> asyncio.Future[None]:
        queue = self._queues.get(name)
        if self.queued >= self.bounds.waiting or (queue and len(queue) >= self.bounds.waiting_each):
            raise self._refusal()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if queue is None:
            queue = self._queues[name] = deque()
        queue.append(turn)
        self.queued += 1
        return turn

    def _admit_next(self) -> None:
        for name, queue in self._queues.items():
            # One that was cancelled a moment ago leaves the queue by itself.
            turn = next((one for one in queue if not one.done()), None)
            if turn is not None and self.try_acquire(name):
                self._dequeue(name, turn)
                if name in self._queues:
                    self._queues.move_to_end(name)
                turn.set_result(None)
                return

    def _dequeue(self, name: str, turn: asyncio.Future[None]) -> None:
        queue = self._queues[name]
        queue.remove(turn)
        self.queued -= 1
        if not queue:
            del self._queues[name]

    def _refusal(self) -> Unavailable:
        return Unavailable("Too many others wait for the same just now.", retry_after=math.ceil(self.bounds.seconds))
