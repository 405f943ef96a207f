"""Where the last write of each caller ended: what Redis is told, and how far it is trusted when it is late."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from app.stores.replicas import positions
from app.stores.replicas.positions import SECONDS_DISTRUSTED, START, UNKNOWN, LastWrites, Position
from tests.conftest import Run
from tests.redis_server import RedisServer
from tests.servers import PATIENCE


@pytest.fixture
def clock() -> list[float]:
    """A clock that tests move."""
    return [1000.0]


@pytest.fixture
def writes(redis_server: RedisServer, clock: list[float], run: Run[Any]) -> Iterator[LastWrites]:
    """One process's view."""
    made = LastWrites(redis_server.url, lambda: clock[0])
    yield made
    run(made.close())


def test_the_later_position_stays(writes: LastWrites, run: Run[Any]) -> None:
    """Notes of writes at the same time may come in any order; the next write is known where the last was not."""

    async def scene() -> list[Position]:
        told = []
        for position in (Position(1, 20), Position(1, 9), Position(2, 5), Position(1, 30), UNKNOWN, Position(2, 6)):
            await writes.note("anne", position)
            told.append(await writes.position_of("anne"))
        return told

    kept = [Position(1, 20), Position(1, 20), Position(2, 5), Position(2, 5), UNKNOWN, Position(2, 6)]
    assert run(scene()) == kept


def test_redis_is_late(writes: LastWrites, redis_server: RedisServer, run: Run[Any]) -> None:
    """Nothing is known while Redis is late; an answer that comes after all makes everything known again."""

    async def scene() -> None:
        assert await writes.position_of("anne") == START
        redis_server.freeze()
        assert await writes.position_of("anne") == UNKNOWN
        assert await writes.position_of("bert") == UNKNOWN
        redis_server.thaw()
        async with asyncio.timeout(PATIENCE):
            while await writes.position_of("anne") != START:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0)

    run(scene())


def test_redis_is_too_late(
    writes: LastWrites, redis_server: RedisServer, clock: list[float], run: Run[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another Redis may have taken over for one that is later; what it has forgotten reaches replicas first."""
    monkeypatch.setattr(positions, "_SECONDS_UNTIL_FAILED", 0.001)

    async def scene() -> None:
        redis_server.freeze()
        assert await writes.position_of("anne") == UNKNOWN
        async with asyncio.timeout(PATIENCE):
            while writes._late:  # noqa: ASYNC110, SLF001 - nothing tells
                await asyncio.sleep(0)
        redis_server.thaw()
        assert await writes.position_of("anne") == UNKNOWN
        clock[0] += SECONDS_DISTRUSTED
        assert await writes.position_of("anne") == START

    run(scene())
