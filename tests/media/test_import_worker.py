"""The worker of imports: how often it looks for one."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

from app.domain.bulk.import_jobs import Line
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
