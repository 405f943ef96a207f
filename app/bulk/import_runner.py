"""Running an import: batches of lines, each in a transaction of its own, onto an open database.

While one batch is stored the next one is read, and between two transactions there is a gap for other processes.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from time import perf_counter
from typing import NamedTuple, Protocol

from app.bulk.dry_run import FileRehearsal
from app.bulk.import_options import Images, Read
from app.bulk.pending_images import PendingImages
from app.bulk.seen_skus import SeenSkuFile
from app.domain.bulk import imports
from app.domain.bulk.import_lines import Entry, check_lines
from app.domain.bulk.import_targets import SeenSkus
from app.domain.bulk.imports import Report
from app.domain.changes import log
from app.domain.changes.log import Change, Type
from app.domain.errors import Conflict, Invalid, Unavailable
from app.domain.unit_of_work import Database, Unit

FEWEST_LINES, MOST_LINES = 1_000, 16_000
"""A batch has as many lines as fit `_SECONDS`, within these. A large batch writes each page of an index once for many
rows, so that the import does not slow down as the indexes grow."""
_MOST_BYTES = 8_000_000
_SECONDS = 0.5
"""The approximate maximum of a transaction in seconds: on SQLite others wait for it."""
_ATTEMPTS = 5
_SECONDS_BETWEEN = 0.2
_SECONDS_OF_GAP = 0.01
"""Seconds between batches in which other processes can begin a transaction (`stores.sqlite`)."""

Progress = Callable[[Report, int], None]
"""Called after each batch with its report and its size in the file in bytes."""


class Checkpoint(Protocol):
    """Stores the progress of an import that may be interrupted."""

    @property
    def skip(self) -> int:
        """The lines that have landed before."""

    async def record(self, unit: Unit, report: Report, lines: int, size: int) -> None:
        """Record the outcome of some lines in the transaction that stores them; an exception ends the import."""


class _Batch(NamedTuple):
    entries: list[Entry]
    size: int
    images: Mapping[int, Images]


class _Pace:
    """The number of lines of the next batch."""

    def __init__(self, most: int = MOST_LINES) -> None:
        self.lines, self._most = FEWEST_LINES, most

    def adjust(self, lines: int, seconds: float) -> None:
        """Grow or shrink after a batch that took so long."""
        fitting = int(lines * _SECONDS / max(seconds, _SECONDS / 4))
        self.lines = max(FEWEST_LINES, min(self._most, 2 * self.lines, fitting))


async def run(
    database: Database,
    lines: Iterable[Read],
    progress: Progress,
    *,
    dry_run: bool = False,
    last_wins: bool = False,
    pending: PendingImages | None = None,
    checkpoint: Checkpoint | None = None,
) -> None:
    """Upsert all lines, or only say what that would do. A repeated sku is a bad line, unless its last line wins.

    The images of products that landed are `pending` then. Raises `Unavailable`; the batches before it have landed.
    With a `checkpoint` it goes on where it was cut off, batches stay small, and the change log is the caller's.
    """
    pace, lines = _Pace(MOST_LINES if checkpoint is None else FEWEST_LINES), iter(lines)
    with closing(FileRehearsal()) as rehearsal, closing(SeenSkuFile()) as seen_skus:
        seen = None if last_wins else seen_skus
        if checkpoint is not None:
            await _skip(database, islice(lines, checkpoint.skip), seen)
        batches = _batches(lines, pace)
        batch, landed = next(batches, None), False
        while batch is not None:
            if dry_run:
                storing = _rehearse(database, batch, rehearsal, seen, checkpoint)
            else:
                storing = _upsert(database, batch, pace, seen, checkpoint)
            stored, following = await asyncio.gather(storing, asyncio.to_thread(next, batches, None))
            progress(stored, batch.size)
            if pending is not None and not dry_run:
                _remember(batch, stored, pending)
            batch, landed = following, landed or bool(stored.created or stored.updated)
    if landed and not dry_run and checkpoint is None:
        await database.write(lambda unit: log.write(unit, Change(Type.IMPORT_FINISHED, public_type="")))


def _batches(lines: Iterable[Read], pace: _Pace) -> Iterator[_Batch]:
    """Lines in groups that are bounded in number and in bytes."""
    group: list[Read] = []
    total = 0
    for read in lines:
        group.append(read)
        total += read.size
        if len(group) >= pace.lines or total >= _MOST_BYTES:
            yield _batch(group, total)
            group, total = [], 0
    if group:
        yield _batch(group, total)


def _batch(group: Sequence[Read], size: int) -> _Batch:
    images = {read.line.number: read.images for read in group if read.images.urls}
    return _Batch(check_lines([read.line for read in group]), size, images)


def _remember(batch: _Batch, stored: Report, pending: PendingImages) -> None:
    """Note the images of the lines that landed."""
    bad = {line.number for line in stored.bad}
    for entry in batch.entries:
        if entry.number in batch.images and entry.number not in bad:
            pending.add(entry.number, entry.sku, batch.images[entry.number])


async def _skip(database: Database, lines: Iterator[Read], seen: SeenSkus | None) -> None:
    """Pass over lines that have landed; a later line with a sku of theirs is bad as before."""
    batches = _batches(lines, _Pace())
    while (batch := await asyncio.to_thread(next, batches, None)) is not None:
        if seen is not None:
            await database.read(partial(imports.recognise, entries=batch.entries, seen=seen), long=True)


async def _rehearse(
    database: Database,
    batch: _Batch,
    rehearsal: FileRehearsal,
    seen: SeenSkus | None,
    checkpoint: Checkpoint | None,
) -> Report:
    report = await database.read(lambda unit: imports.rehearse(unit, batch.entries, rehearsal, seen), long=True)
    if checkpoint is not None:
        await database.write(lambda unit: checkpoint.record(unit, report, len(batch.entries), batch.size))
    return report


async def _store(unit: Unit, batch: _Batch, seen: SeenSkus | None, checkpoint: Checkpoint | None) -> Report:
    report = await imports.upsert(unit, batch.entries, seen)
    if checkpoint is not None:
        await checkpoint.record(unit, report, len(batch.entries), batch.size)
    return report


async def _upsert(
    database: Database, batch: _Batch, pace: _Pace, seen: SeenSkus | None, checkpoint: Checkpoint | None
) -> Report:
    for attempt in range(_ATTEMPTS):
        begun = perf_counter()
        try:
            report = await database.write(lambda unit: _store(unit, batch, seen, checkpoint))
        except (Conflict, Invalid, Unavailable):  # another transaction wrote in between, or holds a lock
            if attempt == _ATTEMPTS - 1:
                raise
            await asyncio.sleep(_SECONDS_BETWEEN)
        else:
            pace.adjust(len(batch.entries), perf_counter() - begun)
            await asyncio.sleep(_SECONDS_OF_GAP)
            return report
    raise AssertionError("unreachable")
