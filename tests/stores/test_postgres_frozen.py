"""A PostgreSQL server that is frozen: it neither answers nor refuses."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from app.domain.errors import Code, TandemError
from app.domain.unit_of_work import Engine
from app.stores.database import microseconds
from app.stores.postgres import connecting
from app.stores.postgres import session as postgres_session
from app.stores.postgres.database import PostgresDatabase
from tests.conftest import Run
from tests.databases import Cluster, own_server
from tests.servers import PATIENCE
from tests.stores.reads import one

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of our own, which may be frozen."""
    with ExitStack() as at_end:
        made = own_server(at_end)
        yield made


def test_a_frozen_server(cluster: Cluster, engine: Engine, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a server that neither answers nor refuses can be given up at once; later work goes well."""
    monkeypatch.setattr(postgres_session, "SECONDS_TO_CONNECT", 0.2)
    database = PostgresDatabase(cluster.url, microseconds)

    async def scene() -> None:
        await database.read(one)
        cluster.signal(signal.SIGSTOP)
        reading = [asyncio.create_task(database.read(one)) for _ in range(9)]
        writing = [asyncio.create_task(database.write(one)) for _ in range(9)]
        await asyncio.sleep(0)
        for task in (*reading, *writing):
            task.cancel()
        await asyncio.gather(*reading, *writing, return_exceptions=True)
        cluster.signal(signal.SIGCONT)
        async with asyncio.timeout(PATIENCE):
            assert await database.read(one) == [(1,)]
            assert await database.write(one) == [(1,)]
            await database.close()
        assert database.connections() == {"used": 0, "idle": 0}

    run(scene())


@pytest.mark.parametrize("age", [0.0, 10.0], ids=["plans_stay", "plans_are_made_anew"])
@pytest.mark.parametrize("lane", ["short", "long", "writes", "snapshots"])
def test_free_connections_to_a_frozen_server(
    cluster: Cluster, engine: Engine, run: Run[Any], monkeypatch: pytest.MonkeyPatch, lane: str, age: float
) -> None:
    """Work on a free connection whose server says nothing is refused with 503, in whichever lane."""
    for module in (postgres_session, connecting):
        monkeypatch.setattr(module, "SECONDS_TO_CONNECT", 0.2)
    monkeypatch.setattr(postgres_session, "SECONDS_TO_ANSWER", 0.2)
    clock = [100.0]
    database = PostgresDatabase(cluster.url, microseconds, lambda: clock[0])

    async def snapshot() -> None:
        async with database.snapshot() as held:
            await held.read(one)

    async def scene() -> None:
        await asyncio.gather(*(database.read(one) for _ in range(5)))
        clock[0] += age
        ways = {
            "short": lambda: database.read(one),
            "long": lambda: database.read(one, long=True),
            "writes": lambda: database.write(one),
            "snapshots": snapshot,
        }
        cluster.signal(signal.SIGSTOP)
        try:
            with pytest.raises(TandemError) as refused:
                await ways[lane]()
            assert refused.value.code is Code.UNAVAILABLE
        finally:
            cluster.signal(signal.SIGCONT)
            await database.close()

    run(scene())
