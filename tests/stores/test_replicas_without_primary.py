"""Reads on streaming replicas while the primary is away."""

import asyncio
from typing import Any

import pytest

from app.domain.errors import ConnectionLost, Unavailable
from app.stores.postgres.database import PostgresDatabase
from app.stores.replicas.replica import SECONDS_BEHIND
from tests.conftest import Run
from tests.servers import PATIENCE
from tests.stores.replica_rig import Rig, add, as_caller, found

pytestmark = [pytest.mark.postgresql, pytest.mark.slow]


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


def test_the_primary_says_nothing(rig: Rig, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """While replicas lag for too long, and no look at the primary is answered, no read waits for the primary."""

    async def scene() -> None:
        as_caller("")
        database, reads = rig.views[0]
        for replica in rig.replicas:
            await asyncio.to_thread(replica.pause)
        await add(database, "k")
        for _ in range(2):
            rig.clock[0] += SECONDS_BEHIND + 1
            await reads._primary.end()  # noqa: SLF001
        assert await found(reads, "k") == (True, False)

        async def silent(*_: Any, **__: Any) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(database, "read", silent)
        rig.clock[0] += 1
        assert not reads._primary.away  # noqa: SLF001
        await asyncio.sleep(0)
        rig.clock[0] += 2
        async with asyncio.timeout(PATIENCE):
            assert await found(reads, "k") == (False, True)
        for replica in rig.replicas:
            await asyncio.to_thread(replica.resume)

    run(scene())


@pytest.mark.parametrize("looked_for", [0, SECONDS_BEHIND + 1])
def test_the_primary_dies_with_what_no_replica_has(rig: Rig, run: Run[Any], looked_for: float) -> None:
    """Replicas serve whoever needs nothing of it, whether or not they had lagged for too long while it was there."""

    async def scene() -> None:
        as_caller("")
        reads = rig.views[0][1]
        for replica in rig.replicas:
            await asyncio.to_thread(replica.pause)
        await add(rig.views[0][0], "i")
        rig.clock[0] += 1
        await reads._primary.end()  # noqa: SLF001
        rig.clock[0] += looked_for
        await reads._primary.end()  # noqa: SLF001
        await asyncio.to_thread(rig.primary.stop)
        try:
            rig.clock[0] += 60
            assert await found(reads, "i") == (False, True)
        finally:
            await asyncio.to_thread(rig.primary.start)
            for replica in rig.replicas:
                await asyncio.to_thread(replica.resume)

    run(scene())


def test_no_server_for_a_moment(rig: Rig, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A read waits out the moment of a failover in which no server takes connections; one that lasts is an error."""
    database, reads = rig.views[0]
    refusals: list[int] = []

    def refuse(most: int) -> None:
        refusals.clear()
        real = PostgresDatabase.read

        async def read(self: PostgresDatabase, *given: Any, **how: Any) -> Any:
            if len(refusals) < most:
                refusals.append(self is database)
                raise ConnectionLost("gone")
            return await real(self, *given, **how)

        monkeypatch.setattr(PostgresDatabase, "read", read)

    async def scene() -> None:
        as_caller("anne")
        await add(database, "moment")
        with monkeypatch.context() as patch:
            patch.setattr("app.stores.replicas.reads._PAUSES", (0, 0, 0))
            refuse(12)
            assert (await found(reads, "moment"))[0]
            assert sum(refusals) > 1
            refuse(10_000)
            with pytest.raises(ConnectionLost):
                await found(reads, "moment")

    run(scene())
