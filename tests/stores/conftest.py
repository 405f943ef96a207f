"""The fixtures of the tests of replicas: their servers, which start once, and the processes that use them."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from app.stores.database import microseconds
from app.stores.migrate import migrate
from app.stores.postgres.database import PostgresDatabase
from app.stores.replicas.positions import LastWrites
from app.stores.replicas.reads import ReplicaReads
from tests.conftest import Run
from tests.databases import Cluster, execute, own_server
from tests.redis_server import RedisServer
from tests.standbys import Standby, standby
from tests.stores.replica_rig import Rig


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[Cluster, list[Standby]]]:
    """A primary and two replicas."""
    with ExitStack() as at_end:
        primary = own_server(at_end)
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
