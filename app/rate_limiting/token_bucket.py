"""Token buckets in this process; `redis_token_bucket` has shared ones.

A bucket is kept as the debt of its owner and the time of that debt: the generic cell rate algorithm as a leaky bucket
meter (ITU-T I.371, annex A), whose two forms admit the same. All arithmetic is on integers: the unit of debt is the
greatest common divisor of the period's microseconds and the limit's points, so nothing is ever rounded.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from math import gcd
from typing import Protocol

import msgspec
from limits import RateLimitItem, parse_many

SECOND = 1_000_000


def steady() -> int:
    """The monotonic clock in microseconds. The time of day may be set, so budgets do not use it."""
    return time.monotonic_ns() // 1000


_MAX_EXACT = 2**53
"""Lua scripts in Redis compute with doubles, which are exact up to here."""


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """A limit of `points` in `seconds`. Equal limits are one object, so that they compare and hash by identity.

    A point weighs `point` units of debt, `leak` of which drain in a microsecond: `full` ones in the `period`.
    """

    points: int
    seconds: int
    point: int
    leak: int
    full: int
    period: int

    def __str__(self) -> str:
        return f"{self.points}/{self.seconds}"


@cache
def _limit(points: int, seconds: int) -> Limit:
    period = seconds * SECOND
    common = gcd(points, period)
    limit = Limit(points, seconds, period // common, points // common, points * period // common, period)
    if not 0 < limit.full <= _MAX_EXACT:
        raise ValueError(f"{limit} is no limit that can be kept exactly")
    return limit


def limit_of(item: RateLimitItem) -> Limit:
    """A limit of `limits`, ready for arithmetic; raises ValueError where that would not be exact."""
    return _limit(item.amount, item.get_expiry())


@lru_cache(maxsize=256)
def parse_limit(text: str) -> Limit:
    """The limit that a text such as `100/minute` means; raises ValueError where it means none, or several."""
    (item,) = parse_many(text)
    return limit_of(item)


class Level(msgspec.Struct, frozen=True, gc=False):
    """The level of a bucket after an operation, and whether that was `allowed`.

    `failure` says why it is not known: the store of the buckets did not answer, so everything is allowed.
    """

    limit: Limit
    allowed: bool
    debt: int
    failure: str | None = None

    @property
    def remaining(self) -> int:
        """The whole points left."""
        return (self.limit.full - self.debt) // self.limit.point

    @property
    def next(self) -> int:
        """Microseconds until the bucket gains a point; 0 if it is full."""
        return self.wait(self.remaining + 1) if self.debt else 0

    @property
    def left(self) -> tuple[int, int]:
        """The whole points left, and the whole seconds until the next one; 0 seconds if the bucket is full."""
        limit = self.limit
        points, rest = divmod(limit.full - self.debt, limit.point)
        return points, -((rest - limit.point) // (limit.leak * SECOND)) if self.debt else 0

    def wait(self, cost: int) -> int:
        """Microseconds until a cost of at most all points is allowed."""
        return max(0, -((self.limit.full - self.debt - cost * self.limit.point) // self.limit.leak))


Taken = Level | Awaitable[Level]
"""The level after an operation: at once for buckets in memory, else an awaitable."""


async def level_of(taken: Taken) -> Level:
    """The level, awaited if it is not there yet."""
    return taken if isinstance(taken, Level) else await taken


class Buckets(Protocol):
    """The buckets of all callers by key. A bucket belongs to one limit; a new one is full."""

    async def open(self) -> None:
        """Connect. While that fails, requests pass uncounted."""
        ...

    def take(self, key: str, limit: Limit, cost: int) -> Taken:
        """Take all the points or none. A cost of 0 only reads the level, and a negative one returns points."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class MemoryBuckets:
    """The buckets of one process. A bucket unused for a whole period is full, and is deleted.

    There are at most `size`, some 20 MB of them: the least recently used is evicted.
    """

    def __init__(self, clock: Callable[[], int], size: int = 65_536) -> None:
        self._clock, self._size = clock, size
        self._debts: OrderedDict[tuple[str, Limit], tuple[int, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._debts)

    async def open(self) -> None:
        """Do nothing: the buckets are in memory."""

    def take(self, key: str, limit: Limit, cost: int) -> Level:
        """Take all the points or none; a negative cost returns points."""
        now, place, debt = self._clock(), (key, limit), 0
        kept = self._debts.get(place)
        if kept is not None:
            debt, then = kept
            if now > then:  # a clock that was set back changes no level
                drained = (now - then) * limit.leak
                debt = debt - drained if debt > drained else 0
        new_debt = debt + cost * limit.point
        if new_debt > limit.full:
            return Level(limit, False, debt)
        if new_debt > 0:
            self._debts[place] = (new_debt, now)
            self._debts.move_to_end(place)
        else:
            new_debt = 0
            if kept is not None:
                del self._debts[place]
        if kept is None:
            self._evict(now)
        return Level(limit, True, new_debt)

    async def close(self) -> None:
        """Do nothing: the buckets are in memory."""

    def _evict(self, now: int) -> None:
        """Delete at most two old buckets for each new one, so that their number stays bounded."""
        for _ in range(2):
            oldest = next(iter(self._debts), None)
            if oldest is None or (len(self._debts) <= self._size and now - self._debts[oldest][1] < oldest[1].period):
                break
            del self._debts[oldest]
