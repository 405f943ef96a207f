"""The pool of free connections to PostgreSQL. The lanes bound how many are in use."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from app.domain.errors import ConnectionLost
from app.stores.postgres.connecting import SECONDS_TO_CONNECT
from app.stores.postgres.errors import NotBegun, StatementTimeout
from app.stores.postgres.session import Session, open_session

_SECONDS_IDLE = 300.0
"""Seconds that a connection stays open unused."""


class Pool:
    """Free connections, last in first out. `clock` is monotonic, in seconds."""

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self._url, self._clock = url, clock
        self._free: deque[Session] = deque()
        self._closing: set[asyncio.Task[None]] = set()
        self._pooled = self._closed = self._abandoned = False
        self._given_back = asyncio.Event()
        self.used = self.cleared = 0

    @property
    def idle(self) -> int:
        """The number of free connections."""
        return len(self._free)

    async def take(self) -> Session:
        """Take a free connection, or open one; `give_back` has to follow."""
        session = self._last_used() or await self._open()
        if session.plans.over(self._clock()) and not session.pooled:
            try:
                await session.execute("DISCARD PLANS")
            except (ConnectionLost, StatementTimeout) as error:  # a server that does not answer is as good as gone
                self._close(session)
                raise NotBegun from error
            except BaseException:
                self._close(session)
                raise
        self.used += 1
        return session

    def give_back(self, session: Session, done: Callable[[], None]) -> None:
        """Return a connection, which is closed if it is broken. `done` is called once the server is done with it.

        A cancelled statement runs on in the server until the cancellation arrives.
        """
        self.used -= 1
        self._given_back.set()
        if self._abandoned:  # nobody waits for a task any more
            session.abandon()
            done()
            return
        if self._closed or not session.usable:
            self._close(session).add_done_callback(lambda _: done())
            return
        session.idle_since = self._clock()
        self._free.append(session)
        if self._free[0].idle_since < session.idle_since - _SECONDS_IDLE:
            self._close(self._free.popleft())
        done()

    def clear(self) -> None:
        """Close all free connections: their server is gone, or is no longer the primary."""
        self.cleared += 1
        while self._free:
            self._close(self._free.pop())

    async def close(self) -> None:
        """Close the free connections, and those in use by background work if they are returned in time."""
        self._closed = True
        self.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_TO_CONNECT):
                while self.used:
                    self._given_back.clear()
                    await self._given_back.wait()
        while self._closing:
            await asyncio.wait(self._closing)
        self._abandoned = True

    def _last_used(self) -> Session | None:
        while self._free:
            session = self._free.pop()
            if session.usable:
                return session
            self._close(session)
        return None

    async def _open(self) -> Session:
        session = await open_session(self._url, self._clock(), pooled=self._pooled)
        self._pooled = session.pooled
        return session

    def _close(self, session: Session) -> asyncio.Task[None]:
        session.drop()
        task = asyncio.create_task(session.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        return task
