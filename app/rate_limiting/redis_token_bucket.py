"""Token buckets that processes share, in Redis: one script call at a time serves all requests that waited.

Redis may fail or stall: a request is then allowed once the deadline is over, and its `Level` says why. After that
Redis is left alone for a second, then tried by one call, while everything else passes without waiting.
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.rate_limiting.token_bucket import Level, Limit

_SECONDS_TO_OPEN = 1.0
_SECONDS_LEFT_ALONE = 1.0
_SLICES = 3
_A_CALL = 200
"""Requests in one call at most: Redis does nothing else during a call."""

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
        self._calls: asyncio.Task[None] | None = None
        self._failing, self._shut_until = False, 0.0
        # One connection is in use, one may be closing. They send no command at connect that is not needed.
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=2,
            timeout=None,
            socket_timeout=None,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            driver_info=None,
        )
        self._redis = Redis.from_pool(pool)
        self._script = self._redis.register_script(_SCRIPT)

    async def open(self) -> None:
        """Connect and load the script, so that the first requests do not wait for it."""
        try:
            async with asyncio.timeout(_SECONDS_TO_OPEN):
                await self._redis.script_load(_SCRIPT)
        except (RedisError, OSError):
            self._failing = True

    async def take(self, key: str, limit: Limit, cost: int) -> Level:
        """Take all the points or none; a negative cost returns points."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._shut_until:
            return _unknown(limit, "Redis failed within the last second")
        if self._failing:  # this call probes whether Redis works again
            self._shut_until = loop.time() + _SECONDS_LEFT_ALONE
        request = _Request(key, limit, cost, loop.create_future())
        self._waiting.append(request)
        if self._calls is None:
            self._calls = asyncio.create_task(self._call())
        return await request.answer

    async def close(self) -> None:
        """Close the connections."""
        if self._calls is not None:
            await self._calls
        await self._redis.aclose()

    async def _call(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_A_CALL], self._waiting[_A_CALL:]
            await self._decide(batch)
        self._calls = None

    async def _decide(self, batch: list[_Request]) -> None:
        try:
            levels = await self._levels(batch)
            self._failing, self._shut_until = False, 0.0
        except Exception as error:  # noqa: BLE001 - every waiting request needs an answer
            self._failing, self._shut_until = True, asyncio.get_running_loop().time() + _SECONDS_LEFT_ALONE
            batch, self._waiting = batch + self._waiting, []
            levels = [_unknown(request.limit, f"{type(error).__name__}: {error}") for request in batch]
        for request, level in zip(batch, levels, strict=True):
            if not request.answer.done():  # it is done if its request was cancelled
                request.answer.set_result(level)

    async def _levels(self, batch: list[_Request]) -> list[Level]:
        arguments = [-1 if self._clock is None else self._clock()]
        for _, limit, cost, _ in batch:
            arguments += (limit.point, limit.leak, limit.full, cost)
        keys = [f"tandem:bucket:{key}:{limit}" for key, limit, *_ in batch]
        found = await self._in_time(asyncio.ensure_future(self._script(keys, arguments)))
        pairs = zip(batch, found[::2], found[1::2], strict=True)
        return [Level(request.limit, allowed == 1, debt) for request, allowed, debt in pairs]

    async def _in_time(self, call: asyncio.Future[list[int]]) -> list[int]:
        """The result of a call. Waits for the deadline in slices, so that delays of a busy event loop do not count."""
        for _ in range(_SLICES):
            if (await asyncio.wait({call}, timeout=self._deadline / _SLICES))[0]:
                return call.result()
        call.cancel()
        raise TimeoutError(f"Redis did not answer within {self._deadline * 1000:.0f} ms")


def _unknown(limit: Limit, why: str) -> Level:
    return Level(limit, allowed=True, debt=0, failure=why)


async def answers(url: str) -> bool:
    """Whether Redis answers a ping within 0.2 s, over a connection of its own."""
    client = Redis.from_url(url, socket_timeout=0.2, socket_connect_timeout=0.2)
    try:
        await client.ping()
    except (RedisError, OSError):
        return False
    finally:
        await client.aclose()
    return True
