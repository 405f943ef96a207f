"""Reads of the catalogue and of lists: on a replica that has replayed the caller's writes, else on the primary.

Each process prefers one replica while it is in use, so that successive reads do not go back in time, and so that the
position of one replica is the version of cached answers.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TypeVar

from app.domain import request_context
from app.domain.errors import ConnectionLost, NotMigrated, TandemError
from app.domain.unit_of_work import Engine, Work
from app.observability import metrics
from app.stores.postgres.database import PostgresDatabase
from app.stores.postgres.errors import Blocked, ConnectFailed, SerializationConflict
from app.stores.replicas.positions import START, UNKNOWN, LastWrites, Position
from app.stores.replicas.replica import Primary, Replica

T = TypeVar("T")
_FALL_BACK = (ConnectionLost, ConnectFailed, NotMigrated, Blocked, SerializationConflict)
"""Errors that another server may not have: replay cancels reads of rows that it removes (40001)."""
_SECONDS_TO_POLL = 1.0
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds between attempts of a read while no server takes connections."""
_SECONDS_REFUSED = 1.5
"""A read is not tried again once its attempts took longer: servers that refuse say so at once."""


class _NoReplicaError(Exception):
    """No replica can serve a read."""


class ReplicaReads:
    """Reads over a primary and its replicas. It sets `on_write` of the primary, to note its writes."""

    engine: Engine = "postgresql"

    def __init__(
        self,
        primary: PostgresDatabase,
        replicas: Sequence[PostgresDatabase],
        writes: LastWrites,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._primary, self._writes, self._clock = Primary(primary, clock), writes, clock
        made = [Replica(one, self._primary, clock) for one in replicas]
        first = os.getpid() % len(made)
        self.replicas = made[first:] + made[:first]
        self._fallbacks = 0
        primary.on_write = self._note

    @property
    def statements(self) -> int:
        """The number of statements run so far, on all servers."""
        return self._primary.database.statements + sum(one.database.statements for one in self.replicas)

    async def read(self, work: Work[T], *, snapshot: bool = False, long: bool = False) -> T:
        """Run reading work on the first replica that can serve the caller, else on the primary.

        While the primary fails over, for a moment no server may take connections: the read is tried again.
        """
        needed, how = await self._needed(), {"snapshot": snapshot, "long": long}
        begun = self._clock()
        for pause in _PAUSES:
            try:
                return await self._read_anywhere(work, needed, how)
            except (ConnectionLost, ConnectFailed):
                if self._clock() - begun > _SECONDS_REFUSED:
                    raise
            await asyncio.sleep(pause)
        return await self._read_anywhere(work, needed, how)

    async def _read_anywhere(self, work: Work[T], needed: Position, how: Mapping[str, bool]) -> T:
        """Run work on a replica or the primary.

        If that is unavailable, a replica that lags for long, or does not follow yet, is better than nothing.
        """
        for late in (False, True) if self._primary.away else (False,):
            try:
                return await self._read(work, self._candidates(needed, late=late), how)
            except _NoReplicaError:
                pass
        try:
            made = await self._primary.database.read(work, **how)
        except (ConnectionLost, ConnectFailed) as away:
            try:
                return await self._read(work, self._candidates(needed, late=True), how)
            except _NoReplicaError:
                raise away from None
        metrics.READS.add("primary")
        return made

    async def _read(self, work: Work[T], replicas: AsyncIterator[Replica], options: Mapping[str, bool]) -> T:
        async for replica in replicas:
            try:
                made = await replica.database.read(work, **options)
            except _FALL_BACK:
                replica.mark_failed()
                self._fallbacks += 1
            else:
                metrics.READS.add("replica")
                return made
        raise _NoReplicaError

    async def version(self) -> object:
        """The position of the preferred replica, if it serves the caller; None: the answer must not be cached.

        A read that fell back from that replica invalidates all cached answers, since it may have seen less.
        """
        async for replica in self._candidates(await self._needed()):
            position = await replica.poll(_SECONDS_TO_POLL)
            if position is None or replica is not self._preferred():
                return None
            return id(replica), position, self._fallbacks
        return None

    async def close(self) -> None:
        """Close the connections to the primary, the replicas and Redis."""
        await self._primary.database.close()
        for replica in self.replicas:
            await replica.database.close()
        await self._writes.close()

    def _preferred(self) -> Replica | None:
        return next((one for one in self.replicas if one.in_use), None)

    async def _candidates(self, needed: Position, *, late: bool = False) -> AsyncIterator[Replica]:
        """The replicas in use that have replayed what is needed; `late`: any that answers."""
        for replica in self.replicas:
            if late and replica.position is None:
                await replica.poll(_SECONDS_TO_POLL)
            if (replica.in_use or (late and not replica.foreign)) and await replica.has_replayed(needed):
                yield replica

    async def _needed(self) -> Position:
        caller = _caller()
        return START if caller is None else await self._writes.position_of(caller)

    async def _note(self) -> None:
        """Note the position of a commit, before it is reported to anyone."""
        caller = _caller()
        if caller is None:
            return
        try:
            end = await self._primary.end()
        except (TandemError, SerializationConflict):
            end = UNKNOWN
        await self._writes.note(caller, end)


def _caller() -> str | None:
    """The caller of the request; None without a key, since such a caller writes nothing where keys are required."""
    caller: str | None = request_context.noted("caller")
    return caller or (None if caller == "" else "")
