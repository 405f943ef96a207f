"""Token buckets in one process: never early, never late, and bounded."""

import random
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from limits import parse
from limits.strategies import STRATEGIES

from app.domain.callers import Caller
from app.rate_limiting.limits import Rates, TokenBucket, network
from app.rate_limiting.redis_token_bucket import RedisBuckets
from app.rate_limiting.token_bucket import SECOND, Buckets, Level, Limit, MemoryBuckets, level_of, parse_limit, steady
from tests.clock import Clock
from tests.conftest import Run
from tests.redis_server import RedisServer


class Model:
    """A token bucket in exact fractions, as a textbook has it."""

    def __init__(self, limit: Limit, now: int) -> None:
        self.limit, self.now, self.tokens = limit, now, Fraction(limit.points)

    def _refill(self, now: int) -> None:
        gained = Fraction((now - self.now) * self.limit.points, self.limit.period)
        self.tokens, self.now = min(Fraction(self.limit.points), self.tokens + gained), now

    def take(self, now: int, cost: int) -> bool:
        """Take tokens, or nothing."""
        self._refill(now)
        allowed = cost <= self.tokens
        self.tokens -= cost if allowed else 0
        return allowed

    def give_back(self, now: int, cost: int) -> None:
        """Put tokens back."""
        self._refill(now)
        self.tokens = min(Fraction(self.limit.points), self.tokens + cost)


@pytest.fixture(params=["memory", "redis"])
def buckets(request: pytest.FixtureRequest, clock: Clock, run: Run[Any]) -> Iterator[Buckets]:
    """Each make in turn, on the fake clock."""
    if request.param == "memory":
        yield MemoryBuckets(clock)
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    made = RedisBuckets(server.url, deadline=5, clock=clock)
    yield made
    run(made.close())


async def take(buckets: Buckets, key: str, limit: Limit, cost: int) -> Level:
    """Take points, or put some back, in whatever make."""
    return await level_of(buckets.take(key, limit, cost))


def test_against_a_model(buckets: Buckets, clock: Clock, run: Run[Any]) -> None:
    """Over random limits, costs and pauses: no early admission, no early refusal, and after its wait a cost passes."""

    async def trial(seed: int) -> None:
        chance = random.Random(seed)
        limit = parse_limit(f"{chance.randint(1, 1000)} per {chance.choice('second minute hour day'.split())}")
        model, key = Model(limit, clock()), f"trial {seed}"
        for _ in range(20):
            clock.now += chance.choice([0, 1, chance.randint(0, limit.period // limit.points), limit.period // 3])
            cost = chance.randint(0, limit.points if chance.random() < 0.3 else min(limit.points, 3))
            if chance.random() < 0.2:
                model.give_back(clock(), cost)
                level = await take(buckets, key, limit, -cost)
            else:
                level = await take(buckets, key, limit, cost)
                assert level.allowed == model.take(clock(), cost)
            assert level.failure is None
            assert level.remaining == int(model.tokens)
            if not level.allowed:
                await just_in_time(key, limit, model, level.wait(cost), cost)

    async def just_in_time(key: str, limit: Limit, model: Model, wait: int, cost: int) -> None:
        clock.now += wait - 1
        assert not (await take(buckets, key, limit, cost)).allowed
        clock.now += 1
        assert (await take(buckets, key, limit, cost)).allowed
        assert model.take(clock(), cost)

    async def every_trial() -> None:
        for seed in range(1000 if isinstance(buckets, MemoryBuckets) else 200):
            await trial(seed)

    run(every_trial())


def test_next_point(buckets: Buckets, clock: Clock, run: Run[Any]) -> None:
    """The next point comes exactly when it was announced, and a full bucket announces none."""
    limit = parse_limit("7/minute")
    assert run(take(buckets, "a", limit, 0)).next == 0
    level = run(take(buckets, "a", limit, 3))
    assert (level.remaining, level.next) == (4, 8_571_429)
    clock.now += level.next - 1
    assert run(take(buckets, "a", limit, 0)).remaining == 4
    clock.now += 1
    assert run(take(buckets, "a", limit, 0)).remaining == 5


def test_a_clock_that_is_set_back(buckets: Buckets, clock: Clock, run: Run[Any]) -> None:
    """It neither fills a bucket nor bars its owner for longer."""
    limit = parse_limit("10/minute")
    run(take(buckets, "a", limit, 10))
    clock.now -= 3600 * SECOND
    assert not run(take(buckets, "a", limit, 1)).allowed
    assert run(take(buckets, "a", limit, -1)).remaining == 1
    clock.now += 54 * SECOND
    assert run(take(buckets, "a", limit, 10)).allowed


def test_memory_is_bounded(clock: Clock) -> None:
    """Idle buckets are forgotten, spent ones are not while there is room, and there is never more than the bound."""
    limit, buckets = parse_limit("10/minute"), MemoryBuckets(clock, size=1000)
    buckets.take("spent", limit, 10)
    for number in range(900):
        clock.now += 1000
        buckets.take(f"other {number}", limit, 1)
    assert len(buckets) == 901
    assert not buckets.take("spent", limit, 1).allowed
    for number in range(5000):
        buckets.take(f"crowd {number}", limit, 1)
        assert len(buckets) <= 1000
    clock.now += 60 * SECOND
    for number in range(500):
        buckets.take(f"late {number}", limit, 1)
    assert len(buckets) == 500
    buckets.take("late 499", limit, -1)
    assert len(buckets) == 499


def test_a_strategy_of_limits(clock: Clock, run: Run[Any]) -> None:
    """`token-bucket` is known to `limits`, and keeps its interface."""
    rates = Rates("2/minute", MemoryBuckets(clock))
    assert STRATEGIES["token-bucket"] is TokenBucket  # type: ignore[comparison-overlap] # it is awaited
    strategy, item = rates.limiter, parse("2/minute")
    assert isinstance(strategy, TokenBucket)
    assert run(strategy.hit(item, "a", "b", cost=2)) is True
    assert run(strategy.hit(item, "a", "b")) is False
    assert run(strategy.test(item, "a", "b")) is False
    assert run(strategy.get_window_stats(item, "a", "b")) == (30, 0)
    run(strategy.clear(item, "a", "b"))
    assert run(strategy.test(item, "a", "b", cost=2)) is True


@pytest.mark.parametrize("text", ["", "0/minute", "1/minute; 2/hour", "often", "999983/year"])
def test_limits_that_are_none(text: str) -> None:
    """What is no limit, several, or cannot be kept exactly is refused; a key that has it stored gets the default."""
    with pytest.raises(ValueError):  # noqa: PT011 - three reasons, one meaning
        parse_limit(text)
    rates = Rates("100/minute", MemoryBuckets(Clock()))
    assert rates.limit_for(Caller("a", frozenset(), rate=text)) == rates.default


def test_networks() -> None:
    """An IPv4 address is one payer however it is written; an IPv6 one pays as its /64."""
    assert network("192.0.2.7") == network("::ffff:192.0.2.7") == "192.0.2.7"
    assert network("2001:db8:1:2:3::4") == network("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert network("2001:db8:1:3::1") != network("2001:db8:1:2::1")
    assert network("fe80::1%eth0") == "fe80::/64"
    assert network("unknown") == "unknown"


def test_the_time_of_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buckets fill by the monotonic clock: a time of day that is set back or forth gives nothing and takes nothing."""
    now = 5 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: 10**18)
    monkeypatch.setattr(time, "monotonic_ns", lambda: now)
    buckets, limit = MemoryBuckets(steady), parse_limit("60/minute")
    buckets.take("a", limit, 60)
    monkeypatch.setattr(time, "time_ns", lambda: 10**19)
    assert buckets.take("a", limit, 0).remaining == 0
    now += 10**9
    assert buckets.take("a", limit, 0).remaining == 1
