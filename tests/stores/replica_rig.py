"""A primary with two replicas, as two processes see them."""

from typing import Any, NamedTuple

from sqlalchemy import text

from app.domain import request_context
from app.domain.unit_of_work import Statement, Unit
from app.stores.postgres.database import PostgresDatabase
from app.stores.replicas.reads import ReplicaReads
from tests.databases import Cluster
from tests.redis_server import RedisServer
from tests.standbys import Standby, caught_up

_ADD = Statement(
    text("INSERT INTO api_key (id, name, hash, scopes, created_at) VALUES (:id, 'n', repeat('0', 64), '', 1)")
)
COUNT = Statement(text("SELECT count(*), pg_is_in_recovery() FROM api_key WHERE id = :id"))


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
                await one.poll(10)
            await reads._primary.end()  # noqa: SLF001


def as_caller(name: str | None) -> None:
    """What follows belongs to a request of a caller; an empty name has shown no key."""
    request_context.begin({} if name is None else {"caller": name})


async def add(database: PostgresDatabase, identity: str) -> None:
    """Write."""
    await database.write(lambda unit: unit.all(_ADD, id=identity))


async def found(reads: ReplicaReads, identity: str) -> tuple[bool, bool]:
    """Whether something is there, and whether a replica says so."""

    async def work(unit: Unit) -> Any:
        return (await unit.all(COUNT, id=identity))[0]

    count, standby = await reads.read(work)
    return count == 1, standby
