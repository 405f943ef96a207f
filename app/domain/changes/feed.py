"""The feed: one reader of the log in each process, and its followers.

The reader fills one buffer of records. A follower has no queue, only its place: once it is woken, it takes later
records from the buffer, and it reads the log itself while its place is older than the buffer. Followers with the same
place, access and filter share a page, and what is rendered from it.
"""

import asyncio
import bisect
from contextvars import Context

import structlog

from app.domain.changes import reading
from app.domain.changes.places import Place
from app.domain.changes.reading import ChangeAccess, Filter, Page, Record
from app.domain.errors import TandemError
from app.domain.unit_of_work import Database, Unit

_log = structlog.get_logger("tandem")
Marker = tuple[int, int]
MAX_RECORDS = 4_096
"""The maximum records in the buffer."""
_SECONDS_BETWEEN = 1.0
_SECONDS_PENDING = 0.01
"""Seconds until the next read while a running transaction holds back later records."""
_SECONDS_EACH = 0.0001
"""The pause of the reader per woken follower; meanwhile more records arrive, which it reads at once."""
_MAX_SECONDS = 0.05
_MAX_PAGES = 64
"""The maximum shared pages, which are kept until the reader reads again."""


class Feed:
    """The newest records of the log; they are read while someone follows."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._records: list[Record] = []
        self.begin: Marker | None = None
        self.end: Marker | None = None
        """The buffer has all records from `begin` up to `end`; None before the first read."""
        self._pages: dict[tuple[Place, ChangeAccess, Filter, int], Page] = {}
        self._waiting: set[asyncio.Future[None]] = set()
        self.followers = 0
        """The number of followers."""
        self._reader: asyncio.Task[None] | None = None

    def join(self) -> None:
        """Have the log read until `leave`."""
        self.followers += 1
        if self._reader is None:
            self._reader = asyncio.create_task(self._run_reader(), context=Context())  # of no request

    def leave(self) -> None:
        """Stop the reading when nobody follows."""
        self.followers -= 1

    def page(self, place: Place, access: ChangeAccess, filter_: Filter, size: int) -> Page | None:
        """The changes from a place on, at most so many; None where the buffer does not reach back to it."""
        if self.begin is None or place[:2] < self.begin:
            return None
        key = (place, access, filter_, size)
        page = self._pages.get(key)
        if page is None:
            records = self._records[bisect.bisect_left(self._records, place[:2], key=lambda record: record[:2]) :]
            page = reading.collect(records, place, access, filter_, size)._replace(made={})
            if len(self._pages) == _MAX_PAGES:
                self._pages.clear()
            self._pages[key] = page
        return page

    async def wait(self, woken: asyncio.Future[None], seconds: float) -> None:
        """Wait until there are new records, or for so long, or until the future is done."""
        timer = woken.get_loop().call_later(seconds, _wake, woken)
        self._waiting.add(woken)
        try:
            await woken
        finally:
            timer.cancel()
            self._waiting.discard(woken)

    async def close(self) -> None:
        """Stop reading."""
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _run_reader(self) -> None:
        """Read until nobody follows. The task is not cancelled, since that would close its connection."""
        try:
            while self.followers:
                rows, pending = await self._read()
                self._publish(rows)
                if rows:
                    await asyncio.sleep(min(self.followers * _SECONDS_EACH, _MAX_SECONDS))
                    self._pages.clear()  # those who waited have them
                if len(rows) < reading.WINDOW:
                    await self._database.committed(_SECONDS_PENDING if pending else _SECONDS_BETWEEN)
        finally:
            self._reader = self.begin = self.end = None
            self._records.clear()
            self._pages.clear()

    async def _read(self) -> tuple[list[Record], bool]:
        """The next records, and whether more are written but incomplete."""

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
            self.wake()  # followers that read the log before this may have missed records
        return rows, pending

    def _publish(self, rows: list[Record]) -> None:
        if not rows:
            return
        self._pages.clear()
        self._records += rows
        self.end = (rows[-1].epoch, rows[-1].id + 1)
        if len(self._records) > MAX_RECORDS:
            del self._records[:-MAX_RECORDS]
            self.begin = self._records[0][:2]
        self.wake()

    def wake(self) -> None:
        """Wake all waiters."""
        waiting, self._waiting = self._waiting, set()
        for one in waiting:
            _wake(one)


class Follower:
    """Follows the log from a place on, as its access allows, until it leaves the feed that it has joined."""

    def __init__(self, database: Database, feed: Feed, place: Place, access: ChangeAccess, filter_: Filter) -> None:
        self.place, self.stopped = place, False
        self._database, self._feed, self._access, self._filter = database, feed, access, filter_
        self._woken: asyncio.Future[None] | None = None

    async def next(self, size: int, seconds: float) -> Page:
        """Some changes as soon as there are any; none after so many seconds, or after a long scan without a match."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while True:
            page = await self._page(size)
            self.place = page.next
            left = until - loop.time()
            if page.changes or page.more or left <= 0 or self.stopped:
                return page
            if self._feed.end is not None and self._feed.end > self.place[:2]:
                await asyncio.sleep(0)
            else:
                self._woken = loop.create_future()
                await self._feed.wait(self._woken, left)

    def leave(self) -> None:
        """Stop following; called once, at the end."""
        self._feed.leave()

    def stop(self) -> None:
        """Make `next` return soon; it must not be called again."""
        self.stopped = True
        if self._woken:
            _wake(self._woken)

    async def _page(self, size: int) -> Page:
        begin = self._feed.begin
        if shared := self._feed.page(self.place, self._access, self._filter, size):
            return shared
        page = await self._database.read(lambda unit: reading.page(unit, self.place, self._access, self._filter, size))
        if page.more or begin is None or page.next[:2] >= begin:
            return page
        return page._replace(next=page.next._replace(epoch=begin[0], id=begin[1], seen=0))  # nothing is between them


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
