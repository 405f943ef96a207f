"""The free list of connections to PostgreSQL. How many are in use at once is for the lanes to bound."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from app.domain.errors import ConnectionLost
from app.stores.postgres.errors import NotBegun
from app.stores.postgres.session import SECONDS_TO_CONNECT, Session, open_session

_SECONDS_IDLE = 300.0
"""Seconds that a connection stays open unused."""


class Pool:
    """Connections that are free; the one that was used last is used next. `clock` is monotonic, in seconds."""

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self._url, self._clock = url, clock
        self._free: deque[Session] = deque()
        self._closing: set[asyncio.Task[None]] = set()
        self._pooled = self._closed = False
        self._given_back = asyncio.Event()
        self.used = self.cleared = 0

    @property
    def idle(self) -> int:
        """The number of free connections."""
        return len(self._free)

    async def take(self) -> Session:
        """A whole connection that nobody else has, opened if none is free; `give_back` has to follow."""
        session = self._last_used() or await self._open()
        if session.plans.over(self._clock()) and not session.pooled:
            try:
                await session.execute("DISCARD PLANS")
            except ConnectionLost as error:
                self._close(session)
                raise NotBegun from error
            except BaseException:
                self._close(session)
                raise
        self.used += 1
        return session

    def give_back(self, session: Session, done: Callable[[], None]) -> None:
        """Keep a connection for the next, or close it if it is not whole; `done` is called once it does nothing more.

        What a cancelled statement does in the server goes on until the server learns of it.
        """
        self.used -= 1
        self._given_back.set()
        if self._closed or not session.usable:
            self._close(session).add_done_callback(lambda _: done())
            return
        session.idle_since = self._clock()
        self._free.append(session)
        if self._free[0].idle_since < session.idle_since - _SECONDS_IDLE:
            self._close(self._free.popleft())
        done()

    def clear(self) -> None:
        """Close what is free: the server that it leads to is gone, or is no longer the right one."""
        self.cleared += 1
        while self._free:
            self._close(self._free.pop())

    async def close(self) -> None:
        """Close what is free now, and what is in use once it is given back: work of no request may still use some."""
        self._closed = True
        self.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_TO_CONNECT):
                while self.used:
                    self._given_back.clear()
                    await self._given_back.wait()
        while self._closing:
            await asyncio.wait(self._closing)

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
