"""Positions in PostgreSQL's write-ahead log, and where the last write of each caller ended."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.observability import metrics

_SECONDS_KEPT = 900
_SECONDS_TO_ANSWER = 0.25
SECONDS_UNSURE = 15.0
"""Longer than a replica in use may lag: what a Redis that failed has forgotten is everywhere by then."""


class Position(NamedTuple):
    """A place in the log: the timeline, which each promotion begins anew, and the bytes since the first."""

    timeline: int
    byte: int


NOWHERE = Position(0, 0)
UNKNOWN = Position(2**31, 0)
"""No replica is known to have replayed it."""


class LastWrites:
    """Where the last write of each caller ended, in Redis, for all processes. `clock` is monotonic, in seconds.

    While Redis does not answer, and for as long afterwards as a replica may lag, every position is `UNKNOWN`.
    """

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self._redis = Redis.from_url(url, protocol=2, socket_connect_timeout=_SECONDS_TO_ANSWER)
        self._clock, self._unsure_until = clock, 0.0

    async def note(self, caller: str, position: Position) -> None:
        """Tell all processes of a write. Where Redis fails, this process reads from the primary for a while."""
        value = f"{position.timeline} {position.byte}"
        await self._ask(self._redis.set(_key(caller), value, ex=_SECONDS_KEPT))

    async def of(self, caller: str) -> Position:
        """The position that a replica needs to have what a caller wrote."""
        if self._clock() < self._unsure_until:
            return UNKNOWN
        answered, value = await self._ask(self._redis.get(_key(caller)))
        if not answered:
            return UNKNOWN
        return Position(*map(int, value.split())) if value else NOWHERE

    async def close(self) -> None:
        """Close the connections."""
        with suppress(RedisError, OSError):
            await self._redis.aclose()

    async def _ask(self, command: Awaitable[Any]) -> tuple[bool, Any]:
        """Whether Redis answered, and what."""
        try:
            async with asyncio.timeout(_SECONDS_TO_ANSWER):
                return True, await command
        except (RedisError, OSError, TimeoutError):
            self._unsure_until = self._clock() + SECONDS_UNSURE
            metrics.REPLICA_DOUBTS.inc()
            return False, None


def _key(caller: str) -> str:
    return f"tandem:written:{caller}"
