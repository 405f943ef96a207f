"""Running an import: batches of lines, each in a transaction of its own, onto an open database.

While one batch is stored the next one is read, and between two transactions there is a gap for other processes.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import NamedTuple

from app.domain import imports
from app.domain.errors import Conflict, Invalid, Unavailable
from app.domain.imports import Entry, Report
from app.domain.unit import Database
from app.import_files import Read
from app.stores.rehearsal import FileRehearsal

BATCH_LINES = 1_000
_BATCH_BYTES = 4_000_000
_ATTEMPTS = 5
_SECONDS_BETWEEN = 0.2
_SECONDS_OF_GAP = 0.01
"""What other processes get to begin a transaction in; they look for it more often (`stores.sqlite`)."""

Progress = Callable[[Report, int], None]
"""Told after each batch: its report, and how many bytes of the file it took."""


class _Batch(NamedTuple):
    entries: list[Entry]
    size: int


async def run(database: Database, lines: Iterable[Read], progress: Progress, *, dry_run: bool = False) -> None:
    """Upsert all lines, or only say what that would do. Raises `Unavailable`; the batches before it have landed."""
    batches = _batches(lines)
    with closing(FileRehearsal()) as rehearsal:
        batch = next(batches, None)
        while batch is not None:
            storing = _rehearse(database, batch, rehearsal) if dry_run else _upsert(database, batch)
            stored, following = await asyncio.gather(storing, asyncio.to_thread(next, batches, None))
            progress(stored, batch.size)
            batch = following


def _batches(lines: Iterable[Read]) -> Iterator[_Batch]:
    """Lines in groups that are bounded in number and in bytes."""
    batch = _Batch([], 0)
    for line, size in lines:
        batch.entries.append(imports.read(line))
        batch = batch._replace(size=batch.size + size)
        if len(batch.entries) == BATCH_LINES or batch.size >= _BATCH_BYTES:
            yield batch
            batch = _Batch([], 0)
    if batch.entries:
        yield batch


async def _rehearse(database: Database, batch: _Batch, rehearsal: FileRehearsal) -> Report:
    return await database.read(lambda unit: imports.rehearse(unit, batch.entries, rehearsal), long=True)


async def _upsert(database: Database, batch: _Batch) -> Report:
    for attempt in range(_ATTEMPTS):
        try:
            report = await database.write(lambda unit: imports.upsert(unit, batch.entries))
        except (Conflict, Invalid, Unavailable):  # another writer came in between, or holds a lock
            if attempt == _ATTEMPTS - 1:
                raise
            await asyncio.sleep(_SECONDS_BETWEEN)
        else:
            await asyncio.sleep(_SECONDS_OF_GAP)
            return report
    raise AssertionError("unreachable")
