"""The worker of imports: how often it looks for one, and how soon it takes over that of a killed one."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

from app.domain.bulk.import_jobs import LEASE, Line
from app.media import import_worker
from app.media.import_worker import ImportWorker
from tests import virtual_time


class _Database:
    """A database with so many unfinished imports, which counts how often it is asked."""

    def __init__(self, line: Line) -> None:
        self.line, self.reads = line, 0

    async def read(self, _work: Callable[..., Awaitable[Any]]) -> Line:
        """The same line at each read."""
        self.reads += 1
        return self.line


def _reads(line: Line, minutes: int, wakes: int = 0) -> int:
    """How often a worker asks in so many minutes."""

    async def main() -> int:
        database = _Database(line)
        worker = ImportWorker(SimpleNamespace(database=database))  # type: ignore[arg-type] # no more of it is used
        running = asyncio.create_task(worker.run())
        for _ in range(wakes):
            await asyncio.sleep(0.1)
            worker.wake()
        await asyncio.sleep(60 * minutes)
        running.cancel()
        return database.reads

    return virtual_time.run(main())


def test_idle() -> None:
    """It looks at once, then twice a minute where no import is unfinished; whoever starts one wakes it."""
    looks = 600 / import_worker._SECONDS_IDLE  # noqa: SLF001 - what it is about
    idle = _reads(Line(0, 0), 10)
    assert 2 < idle <= 2 * looks + 2
    assert _reads(Line(0, 0), 10, wakes=5) >= idle + 5


def test_another_one_runs() -> None:
    """It looks every 5 seconds after the import that another worker runs."""
    looks = 600 / import_worker._SECONDS_BETWEEN_LOOKS  # noqa: SLF001 - what it is about
    assert looks <= _reads(Line(2, 1), 10) <= 2 * looks + 2


class _Abandoned:
    """A database on which another worker begins an import after some seconds, and is killed at once."""

    def __init__(self, begun: float) -> None:
        self.begun, self.taken_over = begun, asyncio.Event()

    @property
    def _seconds(self) -> float:
        """Seconds since the other worker was alive."""
        return asyncio.get_running_loop().time() - self.begun

    async def read(self, _work: Callable[..., Awaitable[Any]]) -> Line:
        """The line at this time."""
        return Line(int(self._seconds >= 0), int(0 <= self._seconds <= LEASE / 1_000_000))

    async def write(self, _work: Callable[..., Awaitable[Any]]) -> None:
        """The worker claims the import."""
        self.taken_over.set()
        await asyncio.get_running_loop().create_future()


def _seconds_to_take_over(begun: float) -> float:
    async def main() -> float:
        database = _Abandoned(begun)
        worker = ImportWorker(SimpleNamespace(database=database))  # type: ignore[arg-type] # no more of it is used
        running = asyncio.create_task(worker.run())
        await database.taken_over.wait()
        running.cancel()
        return asyncio.get_running_loop().time() - begun

    return virtual_time.run(main())


def test_takeover() -> None:
    """Whenever another worker is killed, this one goes on after its lease, within the 40 seconds that README says."""
    waits = [_seconds_to_take_over(begun / 4) for begun in range(1, 200)]
    assert min(waits) > LEASE / 1_000_000
    assert max(waits) <= 40
