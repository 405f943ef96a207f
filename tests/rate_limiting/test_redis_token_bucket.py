"""Buckets in Redis: shared between processes, and done without where Redis fails or stalls."""

import asyncio
import statistics
import time
from collections.abc import Iterator
from typing import Any

import pytest

from app.rate_limiting.redis_token_bucket import RedisBuckets
from app.rate_limiting.token_bucket import Level, parse_limit
from tests.conftest import Run
from tests.ports import free_port
from tests.redis_server import RedisServer

LIMIT = parse_limit("100/hour")
PATIENT = 5.0


@pytest.fixture
def buckets(redis_server: RedisServer, run: Run[Any]) -> Iterator[RedisBuckets]:
    """Buckets as they are served, warm."""
    made = RedisBuckets(redis_server.url)
    run(made.take("warm", LIMIT, 0))
    yield made
    run(made.close())


async def timed(buckets: RedisBuckets, key: str = "a") -> tuple[float, Level]:
    """The seconds that taking a point takes, and what comes of it."""
    start = time.perf_counter()
    level = await buckets.take(key, LIMIT, 1)
    return time.perf_counter() - start, level


def test_shared(redis_server: RedisServer, run: Run[Any]) -> None:
    """Two processes' buckets are one: of 300 at once exactly 100 pass."""

    async def all_at_once() -> list[Level]:
        makes = [RedisBuckets(redis_server.url, PATIENT) for _ in range(2)]
        levels = await asyncio.gather(*(makes[i % 2].take("a", LIMIT, 1) for i in range(300)))
        await asyncio.gather(*(make.close() for make in makes))
        return levels

    levels = run(all_at_once())
    assert [level.failure for level in levels] == [None] * 300
    assert sum(level.allowed for level in levels) == 100


@pytest.mark.parametrize("how", ["stop", "freeze"])
def test_failure(buckets: RedisBuckets, redis_server: RedisServer, run: Run[Any], how: str) -> None:
    """Without Redis everything passes within 50 ms, and all but the first at once; when it is back, it counts again."""

    async def without_redis() -> None:
        first = [await timed(buckets)]
        rest = [await timed(buckets) for _ in range(100)]
        for _, level in first + rest:
            assert level.allowed
            assert level.failure
        assert statistics.median(seconds for seconds, _ in rest) < first[0][0] < 0.05

    getattr(redis_server, how)()
    run(without_redis())
    (redis_server.start_again if how == "stop" else redis_server.thaw)()
    run(asyncio.sleep(1.05))
    _, level = run(timed(buckets))
    assert level.failure is None
    assert level.remaining in {98, 99}  # what a frozen Redis had been asked for, it does once it is thawed


def test_one_call_tries_a_frozen_redis(buckets: RedisBuckets, redis_server: RedisServer, run: Run[Any]) -> None:
    """While one call finds out whether Redis is back, the others do not wait for it."""

    async def later() -> None:
        await timed(buckets)
        await asyncio.sleep(1.01)
        probe = asyncio.create_task(timed(buckets))
        await asyncio.sleep(0.005)
        seconds, level = await timed(buckets)
        assert level.failure
        assert seconds < (await probe)[0]

    redis_server.freeze()
    run(later())
    redis_server.thaw()


def test_no_redis_at_all(run: Run[Any]) -> None:
    """Where none ever listened, everything passes too."""

    async def nobody_there() -> Level:
        buckets = RedisBuckets(f"redis://127.0.0.1:{free_port()}")
        _, level = await timed(buckets)
        await buckets.close()
        return level

    assert run(nobody_there()).failure


def test_a_busy_loop_is_no_failure(buckets: RedisBuckets, run: Run[Any]) -> None:
    """That the event loop was busy past the deadline is not held against Redis."""

    async def busy() -> Level:
        asked = asyncio.create_task(buckets.take("busy", LIMIT, 1))
        for _ in range(3):
            await asyncio.sleep(0)
        time.sleep(0.2)  # noqa: ASYNC251 - that is the point
        return await asked

    assert run(busy()).failure is None


def test_a_cancelled_request(buckets: RedisBuckets, run: Run[Any]) -> None:
    """A request that is given up does not harm those that are asked for with it."""

    async def one_of_two() -> Level:
        given_up, asked = (asyncio.create_task(buckets.take(key, LIMIT, 1)) for key in "ab")
        await asyncio.sleep(0)
        given_up.cancel()
        return await asked

    assert run(one_of_two()).remaining == 99


def test_keys_are_forgotten(buckets: RedisBuckets, redis_server: RedisServer, run: Run[Any]) -> None:
    """A bucket's key lives a little longer than it takes to fill; a full one has none."""

    async def lifetimes() -> tuple[int, int]:
        redis = buckets._redis  # noqa: SLF001 - what it keeps is looked at from outside
        key = "{tandem}:bucket:a:100/3600"
        await buckets.take("a", LIMIT, 10)
        spent = await redis.pttl(key)
        await buckets.take("a", LIMIT, -10)
        return spent, await redis.exists(key)

    spent, full = run(lifetimes())
    assert 360_000 < spent <= 370_001
    assert full == 0
