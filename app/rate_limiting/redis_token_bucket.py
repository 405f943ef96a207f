"""Token buckets that processes share, in Redis: one script call at a time serves all requests that waited.

If Redis fails or misses the deadline, requests are allowed, and their `Level` says why. A circuit breaker then skips
Redis for a second. After that a task reconnects, and one request waits for it until its deadline: with TLS, or during a
failover by Sentinel, connecting takes longer than a request may wait.
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from app.rate_limiting.token_bucket import Level, Limit
from app.redis_client import FAILURES, ends, open_redis

_SECONDS_TO_OPEN = 1.0
_SECONDS_TO_PING = 0.5
_SECONDS_BROKEN = 1.0
_MAX_BATCH = 200
"""The maximum requests per call, during which Redis serves no other client."""

_SCRIPT = """
local now = tonumber(ARGV[1])
if now < 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local levels = {}
for i, key in ipairs(KEYS) do
  local at = 4 * i - 2
  local point, leak = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local full, cost = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local debt = 0
  local kept = redis.call('GET', key)
  if kept then
    local units, since = string.match(kept, '^(%d+) (%d+)$')
    local elapsed = math.min(math.max(now - tonumber(since), 0), full / leak)
    debt = math.max(0, tonumber(units) - elapsed * leak)
  end
  local wanted = math.max(0, debt + cost * point)
  local allowed = wanted <= full
  if allowed then
    debt = wanted
    if debt == 0 then
      redis.call('DEL', key)
    elseif cost ~= 0 then
      local lifetime = math.ceil(debt / leak / 1000) + 10000
      redis.call('SET', key, string.format('%.0f %.0f', debt, now), 'PX', string.format('%.0f', lifetime))
    end
  end
  levels[2 * i - 1] = allowed and 1 or 0
  levels[2 * i] = debt
end
return levels
"""


class _Request(NamedTuple):
    key: str
    limit: Limit
    cost: int
    answer: asyncio.Future[Level]


class RedisBuckets:
    """Buckets in Redis, on its own clock unless one is given; `deadline` is in seconds."""

    def __init__(self, url: str, deadline: float = 0.03, clock: Callable[[], int] | None = None) -> None:
        self._deadline, self._clock = deadline, clock
        self._waiting: list[_Request] = []
        self._call_task: asyncio.Task[None] | None = None
        self._opening: asyncio.Task[None] | None = None
        self._failing, self._broken_until = False, 0.0
        # One connection is in use, one may be closing.
        self._redis = open_redis(url, 2, socket_timeout=None)
        self._script = self._redis.register_script(_SCRIPT)

    async def open(self) -> None:
        """Connect and load the script, so that no request waits for it."""
        try:
            async with asyncio.timeout(_SECONDS_TO_OPEN):
                await self._redis.script_load(_SCRIPT)
        except FAILURES:
            self._failing = True
        else:
            self._failing, self._broken_until = False, 0.0

    async def take(self, key: str, limit: Limit, cost: int) -> Level:
        """Take all the points or none; a negative cost returns points."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._broken_until:
            return _allowed_unknown(limit, "Redis failed within the last second")
        if self._failing and not await self._reopen():
            return _allowed_unknown(limit, "Redis failed, and does not answer yet")
        request = _Request(key, limit, cost, loop.create_future())
        self._waiting.append(request)
        if self._call_task is None:
            self._call_task = asyncio.create_task(self._run_calls())
        return await request.answer

    async def close(self) -> None:
        """Close the connections."""
        for task in (self._call_task, self._opening):
            if task is not None:
                await task
        await self._redis.aclose()

    async def _reopen(self) -> bool:
        """Reconnect to Redis, unless a task is doing so; whether that succeeds before the deadline."""
        self._broken_until = asyncio.get_running_loop().time() + _SECONDS_BROKEN
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self.open())
        return await ends(self._opening, self._deadline) and not self._failing

    async def _run_calls(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MAX_BATCH], self._waiting[_MAX_BATCH:]
            await self._answer(batch)
        self._call_task = None

    async def _answer(self, batch: list[_Request]) -> None:
        try:
            levels = await self._levels(batch)
            self._failing, self._broken_until = False, 0.0
        except Exception as error:  # noqa: BLE001 - every waiting request needs an answer
            self._failing, self._broken_until = True, asyncio.get_running_loop().time() + _SECONDS_BROKEN
            batch, self._waiting = batch + self._waiting, []
            levels = [_allowed_unknown(request.limit, f"{type(error).__name__}: {error}") for request in batch]
        for request, level in zip(batch, levels, strict=True):
            if not request.answer.done():  # it is done if its request was cancelled
                request.answer.set_result(level)

    async def _levels(self, batch: list[_Request]) -> list[Level]:
        # The hash tag in braces puts all keys on one server of a cluster, as a script requires.
        arguments = [-1 if self._clock is None else self._clock()]
        for _, limit, cost, _ in batch:
            arguments += (limit.point, limit.leak, limit.full, cost)
        keys = [f"{{tandem}}:bucket:{key}:{limit}" for key, limit, *_ in batch]
        call = asyncio.ensure_future(self._script(keys, arguments))
        if not await ends(call, self._deadline):
            call.cancel()
            raise TimeoutError(f"Redis did not answer within {self._deadline * 1000:.0f} ms")
        found = call.result()
        pairs = zip(batch, found[::2], found[1::2], strict=True)
        return [Level(request.limit, allowed == 1, debt) for request, allowed, debt in pairs]


def _allowed_unknown(limit: Limit, why: str) -> Level:
    return Level(limit, allowed=True, debt=0, failure=why)


async def answers(url: str) -> bool:
    """Whether Redis answers a ping in time."""
    try:
        await ping(url, _SECONDS_TO_PING)
    except FAILURES:
        return False
    return True


async def ping(url: str, seconds: float) -> None:
    """Ping Redis over a new connection. Raises one of `FAILURES` if it does not answer within the seconds."""
    client = open_redis(url)
    try:
        async with asyncio.timeout(seconds):
            await client.ping()
    finally:
        await client.aclose()
