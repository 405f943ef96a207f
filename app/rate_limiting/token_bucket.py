"""Token buckets: how much of a rate limit a caller has left, in this process. Shared: `redis_token_bucket`.

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


_EXACT = 2**53
"""Redis scripts compute with doubles, which are exact up to here."""


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """So many `points` in `seconds`; there is one object of each, so that they compare and hash by identity.

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
    if not 0 < limit.full <= _EXACT:
        raise ValueError(f"{limit} is no limit that can be kept exactly")
    return limit


def limit_of(item: RateLimitItem) -> Limit:
    """A limit of `limits`, ready for arithmetic; raises ValueError where that would not be exact."""
    return _limit(item.amount, item.get_expiry())


@lru_cache(maxsize=256)
def read_limit(text: str) -> Limit:
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
        """Take points out of a bucket, or nothing where it does not hold as many.

        A cost of 0 only looks, one below it puts points back; a bucket is never more than full.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class MemoryBuckets:
    """The buckets of one process. A bucket unused for a whole period is full, and is deleted.

    There are at most `size`, some 20 MB of them: past that the one that was touched the longest ago is forgotten.
    """

    def __init__(self, clock: Callable[[], int], size: int = 65_536) -> None:
        self._clock, self._size = clock, size
        self._debts: OrderedDict[tuple[str, Limit], tuple[int, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._debts)

    async def open(self) -> None:
        """Nothing has to be opened."""

    def take(self, key: str, limit: Limit, cost: int) -> Level:
        """Take all the points or none; a negative cost returns points."""
        now, place, debt = self._clock(), (key, limit), 0
        kept = self._debts.get(place)
        if kept is not None:
            debt, then = kept
            if now > then:  # a clock that was set back changes no level
                drained = (now - then) * limit.leak
                debt = debt - drained if debt > drained else 0
        wanted = debt + cost * limit.point
        if wanted > limit.full:
            return Level(limit, False, debt)
        if wanted > 0:
            self._debts[place] = (wanted, now)
            self._debts.move_to_end(place)
        else:
            wanted = 0
            if kept is not None:
                del self._debts[place]
        if kept is None:
            self._forget(now)
        return Level(limit, True, wanted)

    async def close(self) -> None:
        """Nothing is open."""

    def _forget(self, now: int) -> None:
        """Delete at most two old buckets for each new one, so that their number stays bounded."""
        for _ in range(2):
            oldest = next(iter(self._debts), None)
            if oldest is None or (len(self._debts) <= self._size and now - self._debts[oldest][1] < oldest[1].period):
                break
            del self._debts[oldest]
