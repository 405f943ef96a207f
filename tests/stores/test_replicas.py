"""Reads on streaming replicas: a caller sees what it wrote, and a replica that is of no use is left out."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text

from app.domain import request_context
from app.domain.errors import Unavailable
from app.domain.unit_of_work import Statement, Unit
from app.stores.database import microseconds
from app.stores.migrate import migrate
from app.stores.postgres.database import PostgresDatabase
from app.stores.replicas.positions import SECONDS_UNSURE, LastWrites
from app.stores.replicas.reads import ReplicaReads
from app.stores.replicas.replica import SECONDS_BEHIND
from app.stores.snapshot_cache import SnapshotCache
from tests.conftest import Run
from tests.databases import Cluster, execute, start
from tests.redis_server import RedisServer
from tests.standbys import Standby, caught_up, standby

pytestmark = [pytest.mark.postgresql, pytest.mark.slow]
_ADD = Statement(
    text("INSERT INTO api_key (id, name, hash, scopes, created_at) VALUES (:id, 'n', repeat('0', 64), '', 1)")
)
_CONFLICT = Statement(text("DO $$ BEGIN RAISE EXCEPTION 'a conflict' USING ERRCODE = '40001'; END $$"))
_COUNT = Statement(text("SELECT count(*), pg_is_in_recovery() FROM api_key WHERE id = :id"))


class Rig(NamedTuple):
    """A primary, two replicas, and two processes' views of them with a clock that tests move."""

    primary: Cluster
    replicas: list[Standby]
    clock: list[float]
    redis: RedisServer
    views: list[tuple[PostgresDatabase, ReplicaReads]]

    async def settle(self) -> None:
        """Let every replica apply everything, and every process look."""
        for replica in self.replicas:
            await caught_up(self.primary.url, replica.url)
        self.clock[0] += 1
        for _, reads in self.views:
            for one in reads.replicas:
                await one.look(10)
            await reads._primary.end()  # noqa: SLF001


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Cluster, list[Standby]]]:
    """A primary and two replicas."""
    with ExitStack() as at_end:
        primary = start(at_end)
        if primary is None:
            pytest.skip("no PostgreSQL binaries (initdb, pg_ctl)")
        migrate(primary.url)
        yield primary, [standby(at_end, primary) for _ in range(2)]


@pytest.fixture
def rig(servers: tuple[Cluster, list[Standby]], redis_server: RedisServer, run: Run[Any]) -> Iterator[Rig]:
    """Two processes over these servers, which have caught up."""
    primary, replicas = servers
    execute(primary.url, "DELETE FROM api_key")
    for replica in replicas:
        replica.resume()
    clock = [1000.0]
    views = []
    for _ in range(2):
        database = PostgresDatabase(primary.url, microseconds)
        others = [PostgresDatabase(one.url, microseconds) for one in replicas]
        steady = lambda: clock[0]  # noqa: E731
        views.append((database, ReplicaReads(database, others, LastWrites(redis_server.url, steady), steady)))
    made = Rig(primary, replicas, clock, redis_server, views)
    run(made.settle())
    yield made
    for _, reads in views:
        run(reads.close())


def as_caller(name: str | None) -> None:
    """What follows belongs to a request of a caller; an empty name has shown no key."""
    request_context.begin({} if name is None else {"caller": name})


async def add(database: PostgresDatabase, identity: str) -> None:
    """Write."""
    await database.write(lambda unit: unit.all(_ADD, id=identity))


async def found(reads: ReplicaReads, identity: str) -> tuple[bool, bool]:
    """Whether something is there, and whether a replica says so."""

    async def work(unit: Unit) -> Any:
        return (await unit.all(_COUNT, id=identity))[0]

    count, standby = await reads.read(work)
    return count == 1, standby


@pytest.mark.parametrize("name", ["anne", None])
def test_a_caller_sees_what_it_wrote(rig: Rig, run: Run[Any], name: str | None) -> None:
    """While replicas lag, the writer reads from the primary in every process, and others from a replica."""

    async def scene() -> None:
        as_caller(name)
        for replica in rig.replicas:
            await asyncio.to_thread(replica.pause)
        await add(rig.views[0][0], "a")
        for _, reads in rig.views:
            assert await found(reads, "a") == (True, False)
        as_caller("bert")
        assert await found(rig.views[1][1], "a") == (False, True)
        as_caller("")
        assert await found(rig.views[1][1], "a") == (False, True)
        for replica in rig.replicas:
            await asyncio.to_thread(replica.resume)
            await caught_up(rig.primary.url, replica.url)
        as_caller(name)
        for _, reads in rig.views:
            assert await found(reads, "a") == (True, True)

    run(scene())


def test_one_replica_has_it(rig: Rig, run: Run[Any]) -> None:
    """A replica that has what the caller wrote serves it while the other does not."""

    async def scene() -> None:
        as_caller("anne")
        reads = rig.views[0][1]
        behind = next(one for one in rig.replicas if str(one.port) in reads.replicas[0].database._pool._url)  # noqa: SLF001
        await asyncio.to_thread(behind.pause)
        await add(rig.views[0][0], "b")
        for replica in rig.replicas:
            if replica is not behind:
                await caught_up(rig.primary.url, replica.url)
        assert await found(reads, "b") == (True, True)
        await asyncio.to_thread(behind.resume)

    run(scene())


def test_kept_answers(rig: Rig, run: Run[Any]) -> None:
    """No answer that was kept before a write is given to its writer; without a write it is given again."""

    async def scene() -> None:
        as_caller("anne")
        database, reads = rig.views[0]
        cache, made = SnapshotCache(reads, 1_000_000), 0

        async def ask() -> bool:
            async def make() -> tuple[bool, bool]:
                nonlocal made
                made += 1
                return await found(reads, "c")

            return (await cache.get(("key",), make, lambda _: 1))[0]

        assert [await ask() for _ in range(4)] == [False] * 4
        assert made == 2
        for replica in rig.replicas:
            await asyncio.to_thread(replica.pause)
        await add(database, "c")
        assert await ask()
        as_caller("bert")
        assert not await ask()
        for replica in rig.replicas:
            await asyncio.to_thread(replica.resume)
        await rig.settle()
        assert await ask()

    run(scene())


def test_a_replica_that_dies(rig: Rig, run: Run[Any]) -> None:
    """Reads go on elsewhere when replicas stop, and come back once these run again."""

    async def scene() -> None:
        as_caller("")
        reads = rig.views[0][1]
        assert (await found(reads, "d"))[1]
        await asyncio.to_thread(rig.replicas[0].stop)
        assert (await found(reads, "d"))[1]
        await asyncio.to_thread(rig.replicas[1].stop)
        assert await found(reads, "d") == (False, False)
        for replica in rig.replicas:
            await asyncio.to_thread(replica.start)
        await rig.settle()
        assert (await found(reads, "d"))[1]

    run(scene())


def test_a_replica_that_lags(rig: Rig, run: Run[Any]) -> None:
    """A replica that lags for too long serves nobody, and comes back once it has caught up."""

    async def scene() -> None:
        as_caller("")
        reads = rig.views[0][1]
        for replica in rig.replicas:
            await asyncio.to_thread(replica.pause)
        await add(rig.views[0][0], "e")
        rig.clock[0] += 1
        for expected in (True, False):
            await reads._primary.end()  # noqa: SLF001
            assert await found(reads, "e") == (not expected, expected)
            rig.clock[0] += SECONDS_BEHIND + 1
        for replica in rig.replicas:
            await asyncio.to_thread(replica.resume)
        await rig.settle()
        assert await found(reads, "e") == (True, True)

    run(scene())


def test_a_conflict(rig: Rig, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A read that a replica cancels (40001) is run elsewhere, and no answer from before it is kept."""

    async def scene() -> None:
        as_caller("")
        reads = rig.views[0][1]
        before = await reads.version()
        tries = 0

        async def work(unit: Unit) -> Any:
            nonlocal tries
            tries += 1
            if tries == 1:
                await unit.all(_CONFLICT)
            return (await unit.all(_COUNT, id="f"))[0][1]

        assert await reads.read(work) is True
        assert tries == 2
        assert await reads.version() != before

    run(scene())


def test_redis_forgets(rig: Rig, run: Run[Any]) -> None:
    """While Redis is away, and for longer than a replica may lag afterwards, everyone with a key reads the primary."""

    async def scene() -> None:
        as_caller("anne")
        for replica in rig.replicas:
            await asyncio.to_thread(replica.pause)
        await add(rig.views[0][0], "g")
        rig.redis.stop()
        for _, reads in rig.views:
            assert await found(reads, "g") == (True, False)
        rig.redis.start_again()
        for _, reads in rig.views:
            assert await found(reads, "g") == (True, False)
        for replica in rig.replicas:
            await asyncio.to_thread(replica.resume)
        rig.clock[0] += SECONDS_UNSURE + 1
        await rig.settle()
        assert await found(rig.views[0][1], "g") == (True, True)

    run(scene())


def test_the_primary_is_away(rig: Rig, run: Run[Any]) -> None:
    """Reads are served by replicas while no write is taken; what was being written is unsure, and waits for it."""

    async def scene() -> None:
        as_caller("anne")
        await asyncio.to_thread(rig.primary.stop)
        try:
            assert await found(rig.views[0][1], "h") == (False, True)
            with pytest.raises(Unavailable):
                await add(rig.views[0][0], "h")
            rig.clock[0] += 60
            assert await found(rig.views[0][1], "h") == (False, True)
        finally:
            await asyncio.to_thread(rig.primary.start)

    run(scene())
