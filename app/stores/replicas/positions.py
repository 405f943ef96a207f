"""Positions in PostgreSQL's write-ahead log, and where the last write of each caller ended."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from typing import Any, NamedTuple

from app.observability import metrics
from app.redis_client import FAILURES, ends, open_redis

_SECONDS_KEPT = 900
_SECONDS_TO_ANSWER = 0.25
_SECONDS_UNTIL_FAILED = 2.0
"""Shorter than any failover: a Redis that answers by then has lost no data."""
SECONDS_DISTRUSTED = 15.0
"""Longer than a replica in use may lag: by then all replicas have the writes whose positions Redis lost."""
_NOTE = """
local kept = redis.call('GET', KEYS[1])
local noted = ARGV[1] .. ' ' .. ARGV[2]
if kept then
  local timeline, byte = string.match(kept, '^(%d+) (%d+)$')
  local ahead = tonumber(timeline) - tonumber(ARGV[1])
  if timeline ~= ARGV[4] and (ahead > 0 or (ahead == 0 and tonumber(byte) > tonumber(ARGV[2]))) then
    noted = kept
  end
end
redis.call('SET', KEYS[1], noted, 'EX', ARGV[3])
"""
"""Of concurrent writes the later position is kept, in whichever order they are noted."""


class Position(NamedTuple):
    """A position in the log: the timeline, which each promotion increments, and the byte in the log."""

    timeline: int
    byte: int


START = Position(0, 0)
UNKNOWN = Position(2**31, 0)
"""A position that no replica reaches, so that the primary is read."""


class LastWrites:
    """Where the last write of each caller ended, in Redis, for all processes. `clock` is monotonic, in seconds.

    While Redis is late, every position is `UNKNOWN`; once it has failed, also for as long as a replica may lag.
    """

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self._redis = open_redis(url, socket_connect_timeout=_SECONDS_TO_ANSWER)
        self._clock, self._distrusted_until = clock, 0.0
        self._late = set[asyncio.Task[None]]()
        self._note = self._redis.register_script(_NOTE)

    async def note(self, caller: str, position: Position) -> None:
        """Note the end of a write for all processes. If Redis fails, this one reads from the primary for a while."""
        await self._ask(self._note([_key(caller)], [*position, _SECONDS_KEPT, UNKNOWN.timeline]))

    async def position_of(self, caller: str) -> Position:
        """The position that a replica needs to have what a caller wrote."""
        if self._late or self._clock() < self._distrusted_until:
            return UNKNOWN
        answered, value = await self._ask(self._redis.get(_key(caller)))
        if not answered:
            return UNKNOWN
        return Position(*map(int, value.split())) if value else START

    async def close(self) -> None:
        """Close the connections."""
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)
        with suppress(*FAILURES):
            await self._redis.aclose()

    async def _ask(self, command: Awaitable[Any]) -> tuple[bool, Any]:
        """Whether Redis answered in time, and its answer."""
        call = asyncio.ensure_future(command)
        try:
            if await ends(call, _SECONDS_TO_ANSWER):
                return True, call.result()
        except FAILURES:
            self._distrust_redis()
            return False, None
        except asyncio.CancelledError:
            call.cancel()
            raise
        waiting = asyncio.create_task(self._wait_for_late_answer(call), context=Context())
        self._late.add(waiting)
        waiting.add_done_callback(self._late.discard)
        return False, None

    async def _wait_for_late_answer(self, call: asyncio.Future[Any]) -> None:
        """Wait for a late answer, which shows that Redis was only busy."""
        try:
            async with asyncio.timeout(_SECONDS_UNTIL_FAILED):
                await call
        except (*FAILURES, TimeoutError):
            self._distrust_redis()

    def _distrust_redis(self) -> None:
        self._distrusted_until = self._clock() + SECONDS_DISTRUSTED
        metrics.REPLICA_DOUBTS.inc()


def _key(caller: str) -> str:
    return f"tandem:written:{caller}"
