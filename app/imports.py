"""Running an import: batches of lines, each in a transaction of its own, onto an open database."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing

from app.domain import imports
from app.domain.errors import Conflict, Invalid, Unavailable
from app.domain.imports import Line, Report
from app.domain.unit import Database
from app.import_files import Read
from app.stores.rehearsal import FileRehearsal

BATCH_LINES = 500
_BATCH_BYTES = 4_000_000
_ATTEMPTS = 5
_SECONDS_BETWEEN = 0.2

Progress = Callable[[Report, int], None]
"""Told after each batch: its report, and how many bytes of the file it took."""


async def run(database: Database, lines: Iterable[Read], progress: Progress, *, dry_run: bool = False) -> None:
    """Upsert all lines, or only say what that would do. Raises `Unavailable`; the batches before it have landed."""
    with closing(FileRehearsal()) as rehearsal:
        for batch, size in _batches(lines):
            progress(await (_rehearse(database, batch, rehearsal) if dry_run else _upsert(database, batch)), size)


def _batches(lines: Iterable[Read]) -> Iterator[tuple[list[Line], int]]:
    """Lines in groups that are bounded in number and in bytes."""
    batch: list[Line] = []
    size = 0
    for line, line_size in lines:
        batch.append(line)
        size += line_size
        if len(batch) == BATCH_LINES or size >= _BATCH_BYTES:
            yield batch, size
            batch, size = [], 0
    if batch:
        yield batch, size


async def _rehearse(database: Database, batch: Sequence[Line], rehearsal: FileRehearsal) -> Report:
    return await database.read(lambda unit: imports.rehearse(unit, batch, rehearsal), long=True)


async def _upsert(database: Database, batch: Sequence[Line]) -> Report:
    for attempt in range(_ATTEMPTS):
        try:
            return await database.write(lambda unit: imports.upsert(unit, batch))
        except (Conflict, Invalid, Unavailable):  # another writer came in between, or holds a lock
            if attempt == _ATTEMPTS - 1:
                raise
            await asyncio.sleep(_SECONDS_BETWEEN)
    raise AssertionError("unreachable")
