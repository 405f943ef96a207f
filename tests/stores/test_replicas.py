"""Reads on streaming replicas: a caller sees what it wrote, and a replica that is of no use is left out."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from app.domain.errors import Unavailable
from app.domain.unit_of_work import Statement, Unit
from app.stores.database import microseconds
from app.stores.postgres.database import PostgresDatabase
from app.stores.replicas.positions import SECONDS_DISTRUSTED, LastWrites
from app.stores.replicas.reads import ReplicaReads
from app.stores.replicas.replica import SECONDS_BEHIND
from app.stores.snapshot_cache import SnapshotCache
from tests.conftest import Run
from tests.databases import execute
from tests.standbys import caught_up
from tests.stores.replica_rig import COUNT, Rig, add, as_caller, found

pytestmark = [pytest.mark.postgresql, pytest.mark.slow]
_CONFLICT = Statement(text("DO $$ BEGIN RAISE EXCEPTION 'a conflict' USING ERRCODE = '40001'; END $$"))
_WHERE = Statement(text("SELECT current_database()"))


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


def test_a_transaction_that_stays_open(rig: Rig, run: Run[Any]) -> None:
    """What an open transaction has written, and only the primary has, makes no replica late, and no caller wait."""

    async def scene() -> None:
        as_caller("anne")
        database, reads = rig.views[0]
        async with AsyncExitStack() as at_end:
            other = await asyncpg.connect(rig.primary.url)
            at_end.push_async_callback(other.close)
            noted = database.on_write

            async def opened() -> None:
                await other.execute("BEGIN")
                await other.execute("SELECT pg_logical_emit_message(true, 'x', 'x')")
                assert noted
                await noted()

            database.on_write = opened
            await add(database, "j")
            for _ in range(int(SECONDS_BEHIND) + 2):
                await rig.settle()
            assert await found(reads, "j") == (True, True)

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
            return (await unit.all(COUNT, id="f"))[0][1]

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
        rig.clock[0] += SECONDS_DISTRUSTED + 1
        await rig.settle()
        assert await found(rig.views[0][1], "g") == (True, True)

    run(scene())


def test_the_replica_of_another_database(rig: Rig, run: Run[Any]) -> None:
    """A replica whose URL names another database serves nobody, not even while the primary is away."""
    execute(rig.primary.url, "DROP DATABASE IF EXISTS other", "CREATE DATABASE other")

    async def scene() -> None:
        as_caller("")
        await rig.settle()
        wrong = f"{rig.replicas[0].url.rpartition('/')[0]}/other"
        database, clock = PostgresDatabase(rig.primary.url, microseconds), lambda: rig.clock[0]
        reads = ReplicaReads(database, [PostgresDatabase(wrong, microseconds)], LastWrites(rig.redis.url, clock), clock)

        async def work(unit: Unit) -> Any:
            return (await unit.all(_WHERE))[0][0]

        await reads._primary.end()  # noqa: SLF001
        assert await reads.replicas[0].poll(10)
        assert await reads.read(work) == "postgres"
        await asyncio.to_thread(rig.primary.stop)
        try:
            with pytest.raises(Unavailable):
                await reads.read(work)
        finally:
            await asyncio.to_thread(rig.primary.start)
            await reads.close()

    run(scene())
