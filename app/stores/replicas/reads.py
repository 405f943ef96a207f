"""Reads of the catalogue and of lists, on a replica that has what the caller wrote, else on the primary.

Each process prefers one replica while that is in use, so that successive reads do not go back in time, and so that
answers are kept by what this one has replayed.
"""

import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

from app.domain import request_context
from app.domain.errors import ConnectionLost, NotMigrated, TandemError
from app.domain.unit_of_work import Engine, Work
from app.observability import metrics
from app.stores.postgres.database import PostgresDatabase
from app.stores.postgres.errors import Away, Blocked, Collided
from app.stores.replicas.positions import NOWHERE, UNKNOWN, LastWrites, Position
from app.stores.replicas.replica import Primary, Replica

T = TypeVar("T")
_FAILED = (ConnectionLost, Away, NotMigrated, Blocked, Collided)
"""What may go well elsewhere: a replica is cancelled where it needs what it has to replay away (40001)."""


class ReplicaReads:
    """Reads over a primary and its replicas. It takes over to note the writes of the primary."""

    engine: Engine = "postgresql"

    def __init__(
        self,
        primary: PostgresDatabase,
        replicas: Sequence[PostgresDatabase],
        writes: LastWrites,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._primary, self._writes = Primary(primary, clock), writes
        made = [Replica(one, self._primary, clock) for one in replicas]
        first = os.getpid() % len(made)
        self.replicas = made[first:] + made[:first]
        self._detours = 0
        primary.on_write = self._note

    @property
    def statements(self) -> int:
        """How many statements were run so far, wherever."""
        return self._primary.database.statements + sum(one.database.statements for one in self.replicas)

    async def read(self, work: Work[T], *, snapshot: bool = False, long: bool = False) -> T:
        """Run reading work on the first replica that can serve the caller, else on the primary."""
        async for replica in self._candidates(await self._needed()):
            try:
                made = await replica.database.read(work, snapshot=snapshot, long=long)
            except _FAILED:
                replica.leave_out()
                self._detours += 1
                continue
            metrics.READS.add("replica")
            return made
        metrics.READS.add("primary")
        return await self._primary.database.read(work, snapshot=snapshot, long=long)

    async def version(self) -> object:
        """What the preferred replica has replayed, if it serves the caller; None: this answer is not to be kept.

        A read that did not go to that replica ends every kept answer, since it may have seen less.
        """
        async for replica in self._candidates(await self._needed()):
            position = await replica.look(1.0)
            if position is None or replica is not self._preferred():
                return None
            return id(replica), position, self._detours
        return None

    async def close(self) -> None:
        """Close the connections to the primary, the replicas and Redis."""
        await self._primary.database.close()
        for replica in self.replicas:
            await replica.database.close()
        await self._writes.close()

    def _preferred(self) -> Replica | None:
        return next((one for one in self.replicas if one.in_use), None)

    async def _candidates(self, needed: Position) -> AsyncIterator[Replica]:
        for replica in self.replicas:
            if replica.in_use and await replica.has(needed):
                yield replica

    async def _needed(self) -> Position:
        caller = _caller()
        return NOWHERE if caller is None else await self._writes.of(caller)

    async def _note(self) -> None:
        """Note where a write ends that was just committed, before anyone is told of it."""
        caller = _caller()
        if caller is None:
            return
        try:
            end = await self._primary.end()
        except (TandemError, Collided):
            end = UNKNOWN
        await self._writes.note(caller, end)


def _caller() -> str | None:
    """Whose request this is; None for one without a key, who writes nothing where keys are asked for."""
    caller: str | None = request_context.noted("caller")
    return caller or (None if caller == "" else "")
