"""Readers that follow the change log by cursor, and what must hold of what they see."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from app.domain.callers import EVERYONE
from app.domain.changes.change_log import ChangeLog
from app.domain.changes.log import c
from app.domain.changes.reading import Change, Filter
from app.domain.unit_of_work import Database, Statement


class Follower:
    """Reads what is new, and remembers all that it saw."""

    def __init__(self, log: ChangeLog, size: int = 100) -> None:
        self.log, self.size = log, size
        self.after: str | None = None
        self.seen: list[Change] = []

    async def follow(self) -> Sequence[Change]:
        """What is new since the last time."""
        found: list[Change] = []
        more = True
        while more:
            page = await self.log.page(self.after, EVERYONE, Filter(), self.size)
            found += page.changes
            self.after, more = page.next.cursor, page.more
        self.seen += found
        return found


class BySequence:
    """Reads what has a higher number than it has seen, as if numbers were in the order of commits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.seen: list[int] = []

    async def follow(self) -> None:
        """Read what is new since the last time."""
        last = self.seen[-1] if self.seen else 0
        self.seen += [row[0] for row in await self._database.read(lambda unit: unit.all(_BY_SEQUENCE, last=last))]


_BY_SEQUENCE = Statement(select(c.id).where(c.id > bindparam("last", type_=c.id.type)).order_by(c.id))


def turned(changes: Sequence[Change]) -> list[Change]:
    """The edits that stand behind a later version of their subject."""
    newest: dict[tuple[str, int | None], int] = {}
    found = []
    for one in changes:
        if one.version is not None:
            subject = (one.subject, one.subject_id)
            if one.version < newest.get(subject, 0):
                found.append(one)
            newest[subject] = one.version
    return found
