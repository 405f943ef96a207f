"""PostgreSQL servers that stand in for one another: which is found, and what is acknowledged between two of them."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import click
import pytest

from app.commands.error_messages import settings
from app.domain.callers import EVERYONE
from app.domain.idempotency import Command, IdempotentRunner, Outcome, Snapshot
from app.domain.unit_of_work import Unit
from app.stores.database import microseconds
from app.stores.migrate import migrate
from app.stores.postgres.connecting import connect
from app.stores.postgres.database import PostgresDatabase
from app.stores.replicas.replica import Primary, Replica
from tests.conftest import Run
from tests.databases import Cluster, execute, own_server
from tests.servers import PATIENCE
from tests.standbys import Standby, standby

pytestmark = [pytest.mark.postgresql, pytest.mark.slow]
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture(scope="module")
def primary() -> Iterator[Cluster]:
    """A server of our own, migrated."""
    with ExitStack() as at_end:
        made = own_server(at_end)
        migrate(made.url)
        yield made


@pytest.fixture(scope="module")
def replica(primary: Cluster) -> Iterator[Standby]:
    """A replica of it."""
    with ExitStack() as at_end:
        yield standby(at_end, primary)


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def listed(*ports: int) -> str:
    """The URL that names servers at several ports."""
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    return f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write"


def test_the_one_that_leads_is_found(primary: Cluster, replica: Standby, silent: int, run: Run[Any]) -> None:
    """Of a server that is cut off, a replica and the primary, connections and migrations find the primary."""

    async def scene(url: str) -> int:
        connection = await connect(url)
        try:
            return int(await connection.fetchval("SELECT inet_server_port()"))
        finally:
            await connection.close()

    url = listed(silent, replica.port, primary.port)
    assert run(scene(url)) == primary.port
    assert migrate(url) == []


def test_commands_take_several_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such an address is a setting; a wrong port in it is refused."""
    monkeypatch.setenv("TANDEM_DATABASE_URL", listed(1, 2))
    assert settings().database_url == listed(1, 2)
    monkeypatch.setenv("TANDEM_DATABASE_URL", "postgresql://postgres@one:1,two:x/shop")
    with pytest.raises(click.UsageError, match="ports are numbers"):
        settings()


def test_none_leads(replica: Standby, silent: int, run: Run[Any]) -> None:
    """Where no server leads, that is what connecting says."""
    with pytest.raises(Exception, match="hosts match the target"):
        run(connect(listed(replica.port, replica.port)))


def test_a_replay_waits_for_the_replica(primary: Cluster, run: Run[Any]) -> None:
    """What was cancelled while it waited for a replica is there; no retry acknowledges it before a replica has it."""

    async def made(_: Unit) -> Snapshot:
        return {"id": 1}

    async def scene() -> Outcome:
        database = PostgresDatabase(primary.url, microseconds)
        runner = IdempotentRunner(database, 10**9)
        looks = await connect(primary.url)

        async def waiting(number: int) -> None:
            while await looks.fetchval(_WAITING) != number:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0)

        async def trying() -> Outcome:
            return await runner.run(EVERYONE, "K", Command("order.place", {}, made))

        async with asyncio.timeout(PATIENCE):
            first = asyncio.create_task(trying())
            await waiting(1)
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            await waiting(0)
            second = asyncio.create_task(trying())
            await waiting(1)
            assert not second.done()
            await asyncio.to_thread(synchronous, primary, "")
            outcome = await second
        await looks.close()
        await database.close()
        return outcome

    synchronous(primary, "nobody")
    try:
        assert run(scene()) == Outcome({"id": 1}, replayed=True)
    finally:
        synchronous(primary, "")


def test_a_replica_does_not_forget_its_timeline(run: Run[Any]) -> None:
    """A replica that followed a promoted server stays in use when that dies before the replica's next checkpoint."""

    async def scene(promoted: Cluster, follower: Cluster) -> None:
        primary = Primary(PostgresDatabase(promoted.url, microseconds), time.monotonic)
        replica = Replica(PostgresDatabase(follower.url, microseconds), primary, time.monotonic)
        async with asyncio.timeout(PATIENCE):
            while (await primary.end()).timeline != 2 or not await replica.poll(10) or not replica.in_use:
                pass
            await asyncio.to_thread(promoted.crash)
            looks = await connect(follower.url)
            while await looks.fetchval("SELECT count(*) FROM pg_stat_wal_receiver"):
                pass
            await looks.close()
        assert await replica.poll(10)
        assert replica.in_use
        await primary.database.close()
        await replica.database.close()

    with ExitStack() as at_end:
        first = own_server(at_end)
        promoted = standby(at_end, first)
        follower = standby(at_end, promoted)
        promoted.control("promote", "-w")
        run(scene(promoted, follower))
        promoted.start()


def synchronous(server: Cluster, names: str) -> None:
    """Say which replicas a commit waits for."""
    execute(server.url, f"ALTER SYSTEM SET synchronous_standby_names = '{names}'", "SELECT pg_reload_conf()")
