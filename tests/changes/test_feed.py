"""The feed: followers of any pace see every change once, in order."""

import asyncio
from typing import Any

import pytest

from app.domain.callers import EVERYONE
from app.domain.changes import feed, log
from app.domain.changes.change_log import ChangeLog
from app.domain.changes.feed import Follower
from app.domain.changes.log import NewChange, Type
from app.domain.changes.reading import Filter
from app.domain.unit_of_work import Database
from tests.conftest import Run

HOUR = 3_600_000_000


def test_every_pace(database: Database, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """One that keeps up reads the buffer; one that falls behind it reads the log, and catches up again."""
    monkeypatch.setattr(feed, "MAX_RECORDS", 8)
    changes = ChangeLog(database, HOUR)
    total = 300

    async def write() -> None:
        for n in range(1, total + 1):
            change = NewChange(Type.PRODUCT_CREATED, n, 1)
            await database.write(lambda unit, change=change: log.write(unit, change))

    async def follow(follower: Follower, size: int, pause: int) -> list[int]:
        found: list[int] = []
        while len(found) < total:
            page = await follower.next(size, 60)
            found += [one.subject_id or 0 for one in page.changes]
            for _ in range(pause):
                await asyncio.sleep(0)
        return found

    async def play() -> list[list[int]]:
        async with (
            changes.following("now", EVERYONE, Filter()) as first,
            changes.following(None, EVERYONE, Filter()) as second,
            changes.following(None, EVERYONE, Filter()) as third,
        ):
            paces = ((first, 100, 0), (second, 1, 3), (third, 7, 40))
            following = asyncio.gather(*(follow(*pace) for pace in paces))
            await write()
            return list(await following)

    assert run(play()) == [list(range(1, total + 1))] * 3


def test_nobody_follows(database: Database, run: Run[Any]) -> None:
    """Once the last follower is gone, nothing reads the log."""
    changes = ChangeLog(database, HOUR)

    async def play() -> None:
        async with changes.following(None, EVERYONE, Filter()) as follower:
            await follower.next(1, 0)
        (reading,) = [task for task in asyncio.all_tasks() if "_run_reader" in repr(task.get_coro())]
        await reading
        before = database.statements
        await database.write(lambda unit: log.write(unit, NewChange(Type.PRODUCT_CREATED, 1, 1)))
        assert (database.statements - before, changes.feed.begin) == (1, None)

    run(play())
