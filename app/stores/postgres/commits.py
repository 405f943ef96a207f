"""Waiting for commits on PostgreSQL: each process reports its commits to the others by NOTIFY.

A NOTIFY inside a transaction serializes all commits, so one NOTIFY follows many commits. If the process dies before it,
the others find the commits when they poll.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from typing import Any

import asyncpg

from app.stores.commits import POLL_SECONDS, Commits
from app.stores.postgres.connecting import connect
from app.stores.postgres.errors import CONNECTION_LOST, UNAVAILABLE

CHANNEL = "tandem_commits"
_NOTIFY_DELAY = 0.02
_SECONDS_TO_RECONNECT = 1.0


class PostgresCommits:
    """The commits of all processes on a database. `notify` sends a NOTIFY on `CHANNEL`."""

    def __init__(self, url: str, notify: Callable[[], Awaitable[object]]) -> None:
        self._url, self._notify = url, notify
        self._commits = Commits()
        self._notifying: asyncio.Task[None] | None = None
        self._listener: asyncio.Task[None] | None = None
        self._is_listening = False

    def report(self) -> None:
        """Report a commit of this process."""
        self._commits.report()
        if self._notifying is None or self._notifying.done():
            self._notifying = asyncio.create_task(self._notify_others(), context=Context())

    async def wait(self, seconds: float) -> None:
        """Wait until something was committed since the last wait, or for so long."""
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen(), context=Context())
        await self._commits.wait(seconds if self._is_listening else min(seconds, POLL_SECONDS))

    async def close(self) -> None:
        """Stop listening, and send the last NOTIFY."""
        if self._listener:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        if self._notifying:
            await self._notifying

    async def _notify_others(self) -> None:
        await asyncio.sleep(_NOTIFY_DELAY)
        with suppress(Exception):  # the others poll
            await self._notify()

    async def _listen(self) -> None:
        """Listen, and reconnect; returns behind a pooler, where LISTEN does not work."""
        while True:
            with suppress(*UNAVAILABLE, *CONNECTION_LOST, asyncpg.PostgresError):
                if not await self._listen_once():
                    return
            self._is_listening = False
            await asyncio.sleep(_SECONDS_TO_RECONNECT)

    async def _listen_once(self) -> bool:
        connection: Any = await connect(self._url, statement_cache_size=0)
        try:
            if await connection.fetchval("SELECT pg_backend_pid()") != connection.get_server_pid():
                return False
            gone = asyncio.Event()
            connection.add_termination_listener(lambda *_: gone.set())
            await connection.add_listener(CHANNEL, lambda *_: self._commits.report())
            self._is_listening = True
            self._commits.report()  # of what was committed before
            await gone.wait()
        finally:
            self._is_listening = False
            connection.terminate()
        return True
