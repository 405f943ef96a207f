"""The change log of a database, as both protocols read it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.domain.callers import Caller
from app.domain.changes import reading, retention
from app.domain.changes.feed import Feed, Follower
from app.domain.changes.places import CursorExpired, Place, decode
from app.domain.changes.reading import ChangeAccess, Filter, Page
from app.domain.unit_of_work import Database, Unit

NOW = "now"
"""A special cursor: from now on."""
_SWEEP_SIZE = 1_000


class ChangeLog:
    """Reads the log, and deletes changes older than `ttl` microseconds."""

    def __init__(self, database: Database, ttl: int) -> None:
        self.database, self.ttl = database, ttl
        self.feed = Feed(database)

    async def page(self, after: str | None, caller: Caller, filter_: Filter, size: int) -> Page:
        """A page of the changes that a caller may see, from a cursor or from the oldest kept change on.

        Raises `InvalidCursor` or `CursorExpired`.
        """
        return await self.database.read(lambda unit: self.read(unit, after, caller, filter_, size))

    async def read(self, unit: Unit, after: str | None, caller: Caller, filter_: Filter, size: int) -> Page:
        """The same as `page`, read on a unit."""
        if after == NOW:
            return Page([], await reading.end(unit), more=False)
        return await reading.page(unit, self._place(after, unit), ChangeAccess.of(caller), filter_, size)

    async def follow(self, after: str | None, caller: Caller, filter_: Filter) -> Follower:
        """A follower of the changes that a caller may see, from a cursor on; raises as `page`."""

        async def work(unit: Unit) -> Place:
            return await reading.end(unit) if after == NOW else self._place(after, unit)

        self.feed.join()
        try:
            place = await self.database.read(work)
        except BaseException:
            self.feed.leave()
            raise
        return Follower(self.database, self.feed, place, ChangeAccess.of(caller), filter_)

    @asynccontextmanager
    async def following(self, after: str | None, caller: Caller, filter_: Filter) -> AsyncIterator[Follower]:
        """A follower that is closed at the end of the block."""
        follower = await self.follow(after, caller, filter_)
        try:
            yield follower
        finally:
            follower.leave()

    async def page_of_product(self, product_id: int, after: str | None, caller: Caller, size: int) -> Page:
        """A page of the changes of one product; otherwise like `page`."""

        async def work(unit: Unit) -> Page:
            if after == NOW:
                return Page([], await reading.end(unit), more=False)
            return await reading.page_of_product(
                unit, product_id, self._place(after, unit), ChangeAccess.of(caller), size
            )

        return await self.database.read(work)

    async def sweep(self) -> bool:
        """Delete some old changes; returns whether there may be more."""
        return await self.database.write(lambda unit: retention.sweep(unit, self.ttl, _SWEEP_SIZE)) == _SWEEP_SIZE

    def _place(self, after: str | None, unit: Unit) -> Place:
        if after is None:
            return Place()
        place = decode(after)
        if place.at < unit.now() - self.ttl:
            raise CursorExpired
        return place
