"""Readers that follow the change log by cursor, and what must hold of what they see."""

from collections.abc import Sequence

from app.domain.callers import EVERYONE
from app.domain.changes.change_log import ChangeLog
from app.domain.changes.reading import Change, Filter


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
