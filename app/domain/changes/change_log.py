"""The change log of a database, as both protocols read it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.domain.callers import Caller
from app.domain.changes import reading, retention
from app.domain.changes.feed import Feed, Follower
from app.domain.changes.places import CursorExpired, Place, decode
from app.domain.changes.reading import Filter, Page, View
from app.domain.unit_of_work import Database, Unit

NOW = "now"
"""Stands for a cursor: from now on."""
_SWEPT_AT_ONCE = 1_000


class ChangeLog:
    """Reads the log, and forgets what is older than `ttl` microseconds."""

    def __init__(self, database: Database, ttl: int) -> None:
        self.database, self.ttl = database, ttl
        self.feed = Feed(database)

    async def page(self, after: str | None, caller: Caller, wanted: Filter, size: int) -> Page:
        """A page of the changes that a caller may see, from a cursor on.

        Without one from the oldest that is kept. Raises `InvalidCursor` or `CursorExpired`.
        """

        return await self.database.read(lambda unit: self.read(unit, after, caller, wanted, size))

    async def read(self, unit: Unit, after: str | None, caller: Caller, wanted: Filter, size: int) -> Page:
        """The same on a unit."""
        if after == NOW:
            return Page([], await reading.end(unit), more=False)
        return await reading.page(unit, self._place(after, unit), View.of(caller), wanted, size)

    @asynccontextmanager
    async def following(self, after: str | None, caller: Caller, wanted: Filter) -> AsyncIterator[Follower]:
        """A follower of the changes that a caller may see, from a cursor on; raises as `page`."""

        async def work(unit: Unit) -> Place:
            return await reading.end(unit) if after == NOW else self._place(after, unit)

        async with self.feed.following():
            place = await self.database.read(work)
            yield Follower(self.database, self.feed, place, View.of(caller), wanted)

    async def page_of_product(self, product_id: int, after: str | None, caller: Caller, size: int) -> Page:
        """A page of the changes of one product; as `page` else."""

        async def work(unit: Unit) -> Page:
            if after == NOW:
                return Page([], await reading.end(unit), more=False)
            return await reading.page_of_product(unit, product_id, self._place(after, unit), View.of(caller), size)

        return await self.database.read(work)

    async def sweep(self) -> bool:
        """Forget some changes; whether there may be more."""
        return await self.database.write(lambda unit: retention.sweep(unit, self.ttl, _SWEPT_AT_ONCE)) == _SWEPT_AT_ONCE

    def _place(self, after: str | None, unit: Unit) -> Place:
        if after is None:
            return Place()
        place = decode(after)
        if place.at < unit.now() - self.ttl:
            raise CursorExpired
        return place
