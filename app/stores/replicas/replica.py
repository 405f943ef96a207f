"""The state of a primary and of a replica, by polling: log positions, lag, and whether a replica is in use."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context

from sqlalchemy import text

from app.domain.errors import TandemError
from app.domain.unit_of_work import Statement, first
from app.stores.postgres.database import PostgresDatabase
from app.stores.postgres.errors import SerializationConflict
from app.stores.replicas.positions import Position
from app.stores.shared_run import SharedRun

_POLL_SECONDS = 0.5
_SECONDS_TO_CATCH_UP = 0.05
SECONDS_BEHIND = 5.0
"""A replica that lags for longer is left out."""
_SECONDS_UNTIL_AWAY = 1.0
"""A primary is unavailable if a poll is unanswered for longer."""
SECONDS_WITHOUT_PRIMARY = 300.0
"""The maximum time for which replicas serve reads while the primary is unavailable."""
_PAGE_BYTES, _HEADER_BYTES = 8192, {24, 40}
_TIMELINE = "CAST(CAST('x' || left(pg_walfile_name({}), 8) AS bit(32)) AS integer)"
# The flushed end: records of open transactions after it may not reach replicas for long. Commits with
# `synchronous_commit = off` may be after it, so then it is the inserted end.
_LOG_END = (
    "CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn()"
    " ELSE pg_current_wal_flush_lsn() END"
)
IDENTITY = Statement(
    text(
        "SELECT system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database())"
        " FROM pg_control_system()"
    )
)
"""What a server shares with its replicas alone: the system identifier, and the id of the database."""
_PRIMARY_POSITION = Statement(text(f"SELECT {_TIMELINE.format(_LOG_END)}, CAST({_LOG_END} - '0/0' AS bigint)"))
# Only the WAL receiver knows a new timeline at once; it hides it from roles without `pg_monitor`.
_REPLICA_POSITION = Statement(
    text(
        "SELECT coalesce((SELECT received_tli FROM pg_stat_wal_receiver), timeline_id),"
        " CAST(pg_last_wal_replay_lsn() - '0/0' AS bigint), system_identifier,"
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
        " FROM pg_control_checkpoint(), pg_control_system() WHERE pg_is_in_recovery()"
    )
)


class Primary:
    """The end of the primary's log, polled. `clock` is monotonic, in seconds."""

    def __init__(self, database: PostgresDatabase, clock: Callable[[], float]) -> None:
        self.database, self._clock = database, clock
        self._ends = deque[tuple[float, Position]](maxlen=60)
        """The times and ends of the log, the oldest first."""
        self._poll = SharedRun(self._read)
        self._background = BackgroundPoll(self._poll, clock)
        self._unanswered_since: float | None = None
        """When the first poll began that has no answer yet, nor has any later one."""
        self.cluster: tuple[int, int] | None = None
        """The cluster and the database, once they are known."""

    async def end(self) -> Position:
        """The end of the log, after all earlier commits; raises if the primary is unavailable."""
        return await self._poll()

    @property
    def away(self) -> bool:
        """Whether it has not answered for so long that a read would wait for its deadline."""
        self._background.poll()
        return self._unanswered_since is not None and self._clock() - self._unanswered_since > _SECONDS_UNTIL_AWAY

    @property
    def timeline(self) -> int:
        """The newest timeline that was seen."""
        return self._ends[-1][1].timeline if self._ends else 0

    def lag(self, position: Position) -> float:
        """The minimum seconds for which the log had been longer than this when the primary last answered.

        Infinite if that was long ago. The time since then does not count: no replica can catch up without its primary.
        """
        self._background.poll()
        now = self._clock()
        if not self._ends or now - self._ends[-1][0] > SECONDS_WITHOUT_PRIMARY:
            return float("inf")
        longer = [at for at, end in self._ends if end > position]
        return self._ends[-1][0] - longer[0] if longer else 0.0

    async def _read(self) -> Position:
        if self._unanswered_since is None:
            self._unanswered_since = self._clock()
        if self.cluster is None:
            ((cluster, database),) = await self.database.read(lambda unit: unit.all(IDENTITY))
            self.cluster = cluster, database
        ((timeline, byte),) = await self.database.read(lambda unit: unit.all(_PRIMARY_POSITION))
        end = Position(timeline, _end_of_record(byte))
        now, self._unanswered_since = self._clock(), None
        if not self._ends or now - self._ends[-1][0] >= _POLL_SECONDS / 2:
            self._ends.append((now, end))
        return end


class Replica:
    """A replica. An error takes it out of use until a poll succeeds."""

    def __init__(self, database: PostgresDatabase, primary: Primary, clock: Callable[[], float]) -> None:
        self.database, self._primary = database, primary
        self._timeline = 0
        self._cluster: tuple[int, int] | None = None
        self.position: Position | None = None
        """The position that it has replayed, or an earlier one; None while it is out of use."""
        self._poll = SharedRun(self._read)
        self._background = BackgroundPoll(self._poll, clock)

    @property
    def foreign(self) -> bool:
        """Whether it is a replica of another server, or of another database."""
        return None not in (self._cluster, self._primary.cluster) and self._cluster != self._primary.cluster

    @property
    def in_use(self) -> bool:
        """Whether it can be read from, follows the primary that was seen last, and does not lag for long."""
        self._background.poll()
        position = self.position
        if position is None or position.timeline < self._primary.timeline or self.foreign:
            return False
        return self._primary.lag(position) <= SECONDS_BEHIND

    async def has_replayed(self, needed: Position) -> bool:
        """Whether it has replayed this position; it has a moment to catch up."""
        if self.position is None or _reaches(self.position, needed):
            return self.position is not None
        if needed.timeline > self.position.timeline:
            return False
        position = await self.poll(_SECONDS_TO_CATCH_UP)
        return position is not None and _reaches(position, needed)

    async def poll(self, seconds: float) -> Position | None:
        """The position that it has replayed, by a new poll; None if there is no answer in time."""
        try:
            async with asyncio.timeout(seconds):
                return await self._poll()
        except (TandemError, SerializationConflict, TimeoutError):
            return None

    def mark_failed(self) -> None:
        """Take it out of use after an error."""
        self.position = None

    async def _read(self) -> Position | None:
        try:
            row = await self.database.read(lambda unit: first(unit, _REPLICA_POSITION))
        except BaseException:
            self.mark_failed()
            raise
        if row is None:  # a primary has no such row
            self.position = None
            return None
        self._cluster = row[2], row[3]
        self._timeline = max(self._timeline, row[0])  # without a receiver this is that of its last checkpoint
        self.position = Position(self._timeline, row[1])
        return self.position


class BackgroundPoll:
    """Polls in the background if the last poll is old; errors are ignored."""

    def __init__(self, look: Callable[[], Awaitable[object]], clock: Callable[[], float]) -> None:
        self._run, self._clock, self._next = look, clock, float("-inf")
        self._task: asyncio.Task[None] | None = None

    def poll(self) -> None:
        """Start a poll if one is due."""
        now = self._clock()
        if now < self._next or (self._task and not self._task.done()):
            return
        self._next = now + _POLL_SECONDS
        self._task = asyncio.create_task(self._try(), context=Context())

    async def _try(self) -> None:
        try:
            await self._run()
        except (TandemError, SerializationConflict):
            return


def _end_of_record(byte: int) -> int:
    """The end of the last record: at the end of a page PostgreSQL reports where the next record would begin."""
    header = byte % _PAGE_BYTES
    return byte - header if header in _HEADER_BYTES else byte


def _reaches(position: Position, needed: Position) -> bool:
    """Whether a position includes another; a later timeline has everything up to the same byte."""
    return position.timeline >= needed.timeline and position.byte >= needed.byte
