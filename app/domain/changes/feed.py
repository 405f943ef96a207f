"""The feed: one reader of the log in each process, and all who follow it.

What is read stands in one buffer. A follower has no queue, only its place: it takes what comes after it from the buffer
once it is woken, and reads the log itself while its place is older than the buffer.
"""

import asyncio
import bisect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from contextvars import Context

import structlog

from app.domain.changes import reading
from app.domain.changes.places import Place
from app.domain.changes.reading import Filter, Page, Record, View
from app.domain.errors import TandemError
from app.domain.unit_of_work import Database, Unit

_log = structlog.get_logger("tandem")
Marker = tuple[int, int]
MOST_RECORDS = 4_096
"""Records that the buffer holds."""
_SECONDS_BETWEEN = 1.0
_SECONDS_PENDING = 0.01
"""Seconds until the log is read again while a running transaction holds back later records."""


class Feed:
    """The newest records of the log; they are read while someone follows."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._records: list[Record] = []
        self.begin: Marker | None = None
        self.end: Marker | None = None
        """The buffer has all records from one place on, up to the other; None before the first look."""
        self._news = asyncio.Event()
        self.followers = 0
        """How many follow now."""
        self._reader: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Have the log read for as long as this lasts."""
        self.followers += 1
        try:
            if self._reader is None:
                self._reader = asyncio.create_task(self._read_on(), context=Context())  # of no request
            yield
        finally:
            self.followers -= 1

    def after(self, place: Place) -> list[Record] | None:
        """The records from a place on; None where the buffer does not reach back to it."""
        if self.begin is None or place[:2] < self.begin:
            return None
        return self._records[bisect.bisect_left(self._records, place[:2], key=lambda record: record[:2]) :]

    def is_beyond(self, place: Place) -> bool:
        """Whether the buffer has records after a place."""
        return self.end is not None and self.end > place[:2]

    async def wait(self, seconds: float) -> None:
        """Wait until there are new records, or for so long."""
        news = self._news
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await news.wait()

    async def close(self) -> None:
        """Stop reading."""
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _read_on(self) -> None:
        """Read until nobody follows. It is not cancelled then: that would cost the connection that it reads on."""
        try:
            while self.followers:
                rows, pending = await self._read()
                self._publish(rows)
                if len(rows) < reading.WINDOW:
                    await self._database.committed(_SECONDS_PENDING if pending else _SECONDS_BETWEEN)
        finally:
            self._reader = self.begin = self.end = None
            self._records.clear()

    async def _read(self) -> tuple[list[Record], bool]:
        """The next records, and whether more are written, but not complete."""

        async def work(unit: Unit) -> tuple[Marker, list[Record], bool]:
            end = self.end or (await reading.end(unit))[:2]
            return end, await reading.records(unit, Place(*end)), await reading.pending(unit)

        try:
            end, rows, pending = await self._database.read(work)
        except TandemError as refusal:
            _log.warning("the change log could not be read", reason=refusal.message)
            return [], False
        except Exception:  # noqa: BLE001 - the next look may succeed
            _log.exception("the change log could not be read")
            return [], False
        if self.end is None:
            self.begin = self.end = end
            self.wake()  # who has read the log before has missed what was written before this look
        return rows, pending

    def _publish(self, rows: list[Record]) -> None:
        if not rows:
            return
        self._records += rows
        self.end = (rows[-1].epoch, rows[-1].id + 1)
        if len(self._records) > MOST_RECORDS:
            del self._records[:-MOST_RECORDS]
            self.begin = self._records[0][:2]
        self.wake()

    def wake(self) -> None:
        """Wake all who wait."""
        self._news.set()
        self._news = asyncio.Event()


class Follower:
    """Follows the log from a place on, as a view sees it; the feed has to be read meanwhile (`Feed.following`)."""

    def __init__(self, database: Database, feed: Feed, place: Place, view: View, wanted: Filter) -> None:
        self.place, self.stopped = place, False
        self._database, self._feed, self._view, self._wanted = database, feed, view, wanted

    async def next(self, size: int, seconds: float) -> Page:
        """Some changes as soon as there are any; none after so many seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while True:
            page = await self._page(size)
            self.place = page.next
            left = until - loop.time()
            if page.changes or ((left <= 0 or self.stopped) and not page.more):
                return page
            if not (page.more or self._feed.is_beyond(self.place)):
                await self._feed.wait(left)

    def stop(self) -> None:
        """Have `next` return soon, and nobody call it again."""
        self.stopped = True
        self._feed.wake()

    async def _page(self, size: int) -> Page:
        begin, records = self._feed.begin, self._feed.after(self.place)
        if records is not None:
            return reading.collect(records, self.place, self._view, self._wanted, size)
        page = await self._database.read(lambda unit: reading.page(unit, self.place, self._view, self._wanted, size))
        if page.more or begin is None or page.next[:2] >= begin:
            return page
        return page._replace(next=page.next._replace(epoch=begin[0], id=begin[1], seen=0))  # nothing is between them
