"""One replica: what it has replayed, whether it lags, and whether it is in use."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context

from sqlalchemy import text

from app.domain.errors import TandemError
from app.domain.unit_of_work import Statement, first
from app.stores.postgres.database import PostgresDatabase
from app.stores.postgres.errors import Collided
from app.stores.replicas.positions import NOWHERE, Position
from app.stores.shared_run import SharedRun

_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_TO_CATCH_UP = 0.05
SECONDS_BEHIND = 5.0
"""A replica that lags for longer is left out."""
SECONDS_ALONE = 300.0
"""For so long replicas are read from while the primary is away."""
_PAGE, _HEADERS = 8192, {24, 40}
_TIMELINE = "CAST(CAST('x' || left(pg_walfile_name({}), 8) AS bit(32)) AS integer)"
_END = "pg_current_wal_insert_lsn()"
_WRITTEN = Statement(text(f"SELECT {_TIMELINE.format(_END)}, CAST({_END} - '0/0' AS bigint)"))
# Only the receiver knows the timeline at once; it tells none to a role without `pg_monitor`.
_REPLAYED = Statement(
    text(
        "SELECT coalesce((SELECT received_tli FROM pg_stat_wal_receiver), timeline_id),"
        " CAST(pg_last_wal_replay_lsn() - '0/0' AS bigint) FROM pg_control_checkpoint() WHERE pg_is_in_recovery()"
    )
)


class Primary:
    """Where the primary's log ends, looked at now and then. `clock` is monotonic, in seconds."""

    def __init__(self, database: PostgresDatabase, clock: Callable[[], float]) -> None:
        self.database, self._clock = database, clock
        self._ends = deque[tuple[float, Position]](maxlen=60)
        """When the log ended where, the oldest first."""
        self._look = SharedRun(self._read)
        self._due = Due(self._look, clock)

    async def end(self) -> Position:
        """Where the log ends after all that was committed before; raises where the primary is away."""
        return await self._look()

    @property
    def timeline(self) -> int:
        """The newest timeline that was seen."""
        return self._ends[-1][1].timeline if self._ends else 0

    def lag(self, position: Position) -> float:
        """For how many seconds at least the log has been longer than this; infinite if nobody has looked for long."""
        self._due.look()
        now = self._clock()
        if not self._ends or now - self._ends[-1][0] > SECONDS_ALONE:
            return float("inf")
        longer = [at for at, end in self._ends if end > position]
        return now - longer[0] if longer else 0.0

    async def _read(self) -> Position:
        row = await self.database.read(lambda unit: first(unit, _WRITTEN))
        end = Position(row[0], _end_of_record(row[1])) if row else NOWHERE
        now = self._clock()
        if not self._ends or now - self._ends[-1][0] >= _SECONDS_BETWEEN_LOOKS / 2:
            self._ends.append((now, end))
        return end


class Replica:
    """A replica. What fails on it puts it out of use until a later look goes well."""

    def __init__(self, database: PostgresDatabase, primary: Primary, clock: Callable[[], float]) -> None:
        self.database, self._primary = database, primary
        self.position: Position | None = None
        """What it has replayed at least; None while it is out of use."""
        self._look = SharedRun(self._read)
        self._due = Due(self._look, clock)

    @property
    def in_use(self) -> bool:
        """Whether it can be read from at all."""
        self._due.look()
        position = self.position
        if position is None or position.timeline < self._primary.timeline:
            return False
        return self._primary.lag(position) <= SECONDS_BEHIND

    async def has(self, needed: Position) -> bool:
        """Whether it has replayed this by now."""
        if self.position is None or _reaches(self.position, needed):
            return self.position is not None
        if needed.timeline > self.position.timeline:
            return False
        position = await self.look(_SECONDS_TO_CATCH_UP)
        return position is not None and _reaches(position, needed)

    async def look(self, seconds: float) -> Position | None:
        """What it has replayed, looked at after the question; None if it does not tell in time."""
        try:
            async with asyncio.timeout(seconds):
                return await self._look()
        except (TandemError, Collided, TimeoutError):
            return None

    def leave_out(self) -> None:
        """Something failed on it."""
        self.position = None

    async def _read(self) -> Position | None:
        try:
            row = await self.database.read(lambda unit: first(unit, _REPLAYED))
        except BaseException:
            self.leave_out()
            raise
        self.position = Position(*row) if row else None  # a primary has no such row
        return self.position


class Due:
    """Runs a look in the background whenever the last one is old; what it meets is for the next to tell."""

    def __init__(self, look: Callable[[], Awaitable[object]], clock: Callable[[], float]) -> None:
        self._run, self._clock, self._next = look, clock, float("-inf")
        self._task: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Look if it is time to."""
        now = self._clock()
        if now < self._next or (self._task and not self._task.done()):
            return
        self._next = now + _SECONDS_BETWEEN_LOOKS
        self._task = asyncio.create_task(self._try(), context=Context())

    async def _try(self) -> None:
        try:
            await self._run()
        except (TandemError, Collided):
            return


def _end_of_record(byte: int) -> int:
    """Where the last record ends: at the end of a page PostgreSQL tells where the next one would begin."""
    header = byte % _PAGE
    return byte - header if header in _HEADERS else byte


def _reaches(position: Position, needed: Position) -> bool:
    """A later timeline has all that was not lost with the earlier one."""
    return position.timeline >= needed.timeline and position.byte >= needed.byte
