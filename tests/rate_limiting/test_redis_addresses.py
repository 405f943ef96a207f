"""Redis under sentinels, in a cluster and behind TLS: counted as by one server, and no request fails meanwhile."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.rate_limiting.redis_token_bucket import RedisBuckets, ping
from app.rate_limiting.token_bucket import Level, parse_limit
from app.redis_client import FAILURES
from app.settings import Settings
from app.stores.replicas.positions import SECONDS_DISTRUSTED, UNKNOWN, LastWrites, Position
from tests.conftest import Run
from tests.redis_groups import Group, in_a_cluster, under_sentinels, with_tls
from tests.servers import PATIENCE

LIMIT = parse_limit("100/hour")
GROUPS = pytest.mark.parametrize("group", [under_sentinels, in_a_cluster])
Started = Callable[[Path], AbstractContextManager[Group]]


async def counted(buckets: RedisBuckets) -> Level:
    """The level after points that were taken until Redis counted one; every request before passed."""
    async with asyncio.timeout(PATIENCE):
        while (level := await buckets.take("a", LIMIT, 1)).failure:
            assert level.allowed
            await asyncio.sleep(0.02)
    return level


@GROUPS
@pytest.mark.slow
def test_a_server_dies(group: Started, tmp_path: Path, run: Run[Any]) -> None:
    """Two processes share the buckets, and do again once another server has taken over; all passes meanwhile."""

    async def scene(servers: Group) -> None:
        one, other = (RedisBuckets(servers.url, deadline=5) for _ in range(2))
        for buckets in (one, other):
            await buckets.open()
        first = await asyncio.gather(*(buckets.take(key, LIMIT, 1) for buckets in (one, other) for key in "abc"))
        assert [level.failure for level in first] == [None] * 6
        assert (await one.take("a", LIMIT, 1)).remaining == 97
        servers.kill()
        for buckets in (one, other):
            await counted(buckets)
        before = (await one.take("b", LIMIT, 1)).remaining
        assert (await other.take("b", LIMIT, 1)).remaining == before - 1
        await ping(servers.url, 60)
        for buckets in (one, other):
            await buckets.close()

    with group(tmp_path) as servers:
        run(scene(servers))


@GROUPS
@pytest.mark.slow
def test_last_writes(group: Started, tmp_path: Path, run: Run[Any]) -> None:
    """While a server dies, positions are unknown, and for a while longer; then they are told again."""

    async def scene(servers: Group) -> None:
        now = [0.0]
        one, other = (LastWrites(servers.url, lambda: now[0]) for _ in range(2))
        async with asyncio.timeout(PATIENCE):
            while (await one.position_of("anne")) == UNKNOWN:
                now[0] += SECONDS_DISTRUSTED

        async def note(position: Position) -> None:
            """Note a position until the other client reads it; on a busy machine Redis may be late."""
            async with asyncio.timeout(PATIENCE):
                while await other.position_of("{tandem}") != position:
                    now[0] += SECONDS_DISTRUSTED
                    await one.note("{tandem}", position)

        await note(Position(1, 5))
        servers.kill()
        assert await other.position_of("{tandem}") == UNKNOWN
        assert await other.position_of("bert") == UNKNOWN
        await note(Position(1, 6))
        await one.close()
        await other.close()

    with group(tmp_path) as servers:
        run(scene(servers))


def test_tls(tmp_path: Path, run: Run[Any]) -> None:
    """A server behind TLS counts; one whose certificate nobody vouches for is none."""

    async def scene(url: str) -> None:
        buckets = RedisBuckets(url, deadline=5)
        await buckets.open()
        assert (await buckets.take("a", LIMIT, 1)).remaining == 99
        await buckets.close()
        await ping(url, 60)
        with pytest.raises(FAILURES):
            await ping(url.partition("?")[0], 60)

    with with_tls(tmp_path) as server:
        run(scene(server.url))


def test_opening_may_take_longer_than_a_request_waits(tmp_path: Path, run: Run[Any]) -> None:
    """A deadline that is over before TLS has shaken hands is no reason never to count again."""

    async def scene(url: str) -> None:
        buckets = RedisBuckets(url, deadline=0.000_3)
        assert (await buckets.take("a", LIMIT, 1)).failure
        async with asyncio.timeout(PATIENCE):
            while buckets._failing:  # noqa: SLF001 - a request may still be too late for so short a deadline
                await buckets.take("a", LIMIT, 0)
                await asyncio.sleep(0.1)
        await buckets.close()

    with with_tls(tmp_path) as server:
        run(scene(server.url))


@pytest.mark.parametrize("url", ["redis+sentinel://host:26379", "redis+cluster:///0", "http://host"])
def test_refused(url: str) -> None:
    """An address without a host or a service is refused at the start."""
    with pytest.raises(ValidationError, match="redis_url"):
        Settings(redis_url=url)
