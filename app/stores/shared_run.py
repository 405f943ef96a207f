"""One run of a job for all who ask at the same time."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SharedRun(Generic[T]):
    """Each caller gets the result of a run that began after its call. One run is active at a time.

    `SingleFlight` in `app.media` joins callers to a run that has begun, whose data may be older than their call.
    """

    def __init__(self, job: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._job = job
        self._running: asyncio.Task[T] | None = None
        self._next: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        """The result; raises what the job raises."""
        if self._next is None:
            # The run belongs to no request: the first caller may disconnect.
            self._next = asyncio.create_task(self._run(self._running), context=Context())
        return await asyncio.shield(self._next)

    async def _run(self, before: asyncio.Task[T] | None) -> T:
        if before is not None:
            await asyncio.wait([before])
        self._running, self._next = self._next, None
        return await self._job()
