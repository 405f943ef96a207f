"""Commits on PostgreSQL: a process knows its own, and tells the others by NOTIFY.

A NOTIFY within a transaction makes all commits wait for one another. So it is sent after them, once for many. If the
process dies in between, the others find out at their next look.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from typing import Any

import asyncpg

from app.stores.commits import SECONDS_BETWEEN_LOOKS, Commits
from app.stores.postgres.errors import AWAY, LOST
from app.stores.postgres.session import SECONDS_TO_CONNECT

CHANNEL = "tandem_commits"
_SECONDS_BETWEEN = 0.02
_SECONDS_AWAY = 1.0


class PostgresCommits:
    """The commits of all processes on a database. `notify` sends a NOTIFY on `CHANNEL`."""

    def __init__(self, url: str, notify: Callable[[], Awaitable[object]]) -> None:
        self._url, self._notify = url, notify
        self._commits = Commits()
        self._telling: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._hears = False

    def tell(self) -> None:
        """This process has committed something."""
        self._commits.tell()
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_others(), context=Context())

    async def wait(self, seconds: float) -> None:
        """Wait until something was committed since the last wait, or for so long."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen(), context=Context())
        await self._commits.wait(seconds if self._hears else min(seconds, SECONDS_BETWEEN_LOOKS))

    async def close(self) -> None:
        """Stop listening; what others are still to be told of is told."""
        if self._listening:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        if self._telling:
            await self._telling

    async def _tell_others(self) -> None:
        await asyncio.sleep(_SECONDS_BETWEEN)
        with suppress(Exception):  # they look by themselves
            await self._notify()

    async def _listen(self) -> None:
        """Listen for as long as the server is there; behind a pooler nobody can."""
        while True:
            with suppress(*AWAY, *LOST, asyncpg.PostgresError):
                if not await self._listen_once():
                    return
            self._hears = False
            await asyncio.sleep(_SECONDS_AWAY)

    async def _listen_once(self) -> bool:
        connection: Any = await asyncpg.connect(self._url, timeout=SECONDS_TO_CONNECT, statement_cache_size=0)
        try:
            if await connection.fetchval("SELECT pg_backend_pid()") != connection.get_server_pid():
                return False
            gone = asyncio.Event()
            connection.add_termination_listener(lambda *_: gone.set())
            await connection.add_listener(CHANNEL, lambda *_: self._commits.tell())
            self._hears = True
            self._commits.tell()  # of what was committed before
            await gone.wait()
        finally:
            self._hears = False
            connection.terminate()
        return True
