"""Running an import: batches of lines, each in its own transaction, into an open database.

While one batch is stored the next one is read, and between two transactions there is a gap for other processes.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from itertools import islice
from time import perf_counter
from typing import NamedTuple, Protocol

from app.bulk.dry_run import FileDryRunState
from app.bulk.import_options import Images, Read
from app.bulk.pending_images import PendingImages
from app.bulk.seen_skus import SeenSkuFile
from app.domain.bulk import imports, statistics
from app.domain.bulk.import_lines import Entry, check_lines
from app.domain.bulk.import_targets import SeenSkus
from app.domain.bulk.imports import Report
from app.domain.changes import log
from app.domain.changes.log import NewChange, Type
from app.domain.errors import Conflict, Invalid, Unavailable
from app.domain.unit_of_work import Database, Unit

MIN_LINES, MAX_LINES = 1_000, 16_000
"""A batch has as many lines as fit `_SECONDS`, within these. A large batch writes each page of an index once for many
rows, so that the import does not slow down as the indexes grow."""
_MAX_BYTES = 8_000_000
_SECONDS = 0.5
"""The approximate maximum duration of a transaction in seconds: on SQLite other writers wait for it."""
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
        """The number of lines that were imported before."""

    async def record(self, unit: Unit, report: Report, lines: int, size: int) -> None:
        """Record the outcome of some lines in the transaction that stores them; an exception ends the import."""


class _Batch(NamedTuple):
    entries: list[Entry]
    size: int
    images: Mapping[int, Images]


class _Pace:
    """The size of the next batch, and whether most of its lines are probably new products."""

    def __init__(self, most: int = MAX_LINES) -> None:
        self.lines, self._most = MIN_LINES, most
        self.new = True

    def adjust(self, lines: int, seconds: float) -> None:
        """Adjust the size to the duration of the last batch."""
        fitting = int(lines * _SECONDS / max(seconds, _SECONDS / 4))
        self.lines = max(MIN_LINES, min(self._most, 2 * self.lines, fitting))


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
    """Upsert all lines, or report what an import would do. A repeated sku is a bad line, unless `last_wins`.

    The images of products that landed are `pending` then. Raises `Unavailable`; the batches before it have landed.
    With a `checkpoint` it continues where it was interrupted, batches stay small, and the caller writes the change log.
    """
    pace, lines = _Pace(MAX_LINES if checkpoint is None else MIN_LINES), iter(lines)
    with closing(FileDryRunState()) as state, closing(SeenSkuFile()) as seen_skus:
        seen = None if last_wins else seen_skus
        if checkpoint is not None:
            await _skip(database, islice(lines, checkpoint.skip), seen)
        batches = _batches(lines, pace)
        batch, landed = next(batches, None), 0
        while batch is not None:
            if dry_run:
                storing = _dry_run(database, batch, state, seen, checkpoint)
            else:
                storing = _upsert(database, batch, pace, seen, checkpoint)
            stored, following = await asyncio.gather(storing, asyncio.to_thread(next, batches, None))
            pace.new = 2 * stored.created >= len(batch.entries)
            progress(stored, batch.size)
            if pending is not None and not dry_run:
                _remember(batch, stored, pending)
            batch, landed = following, landed + stored.created + stored.updated
    if landed and not dry_run:
        await _finish(database, landed, checkpoint)


async def _finish(database: Database, landed: int, checkpoint: Checkpoint | None) -> None:
    if checkpoint is None:
        await database.write(lambda unit: log.write(unit, NewChange(Type.IMPORT_FINISHED, public_type="")))
    if landed >= statistics.MANY and database.engine == "postgresql":
        with suppress(Unavailable):  # the lines have landed; the server takes its sample itself, only later
            await database.write(statistics.refresh)


def _batches(lines: Iterable[Read], pace: _Pace) -> Iterator[_Batch]:
    """Lines in groups that are bounded in number and in bytes."""
    group: list[Read] = []
    total = 0
    for read in lines:
        group.append(read)
        total += read.size
        if len(group) >= pace.lines or total >= _MAX_BYTES:
            yield _batch(group, total, prepare=pace.new)
            group, total = [], 0
    if group:
        yield _batch(group, total, prepare=pace.new)


def _batch(group: Sequence[Read], size: int, *, prepare: bool) -> _Batch:
    images = {read.line.number: read.images for read in group if read.images.urls}
    return _Batch(check_lines([read.line for read in group], prepare=prepare), size, images)


def _remember(batch: _Batch, stored: Report, pending: PendingImages) -> None:
    """Store the images of the imported lines."""
    bad = {line.number for line in stored.bad}
    for entry in batch.entries:
        if entry.number in batch.images and entry.number not in bad:
            pending.add(entry.number, entry.sku, batch.images[entry.number])


async def _skip(database: Database, lines: Iterator[Read], seen: SeenSkus | None) -> None:
    """Skip imported lines; a later line with one of their skus is bad, as before."""
    pace = _Pace()
    pace.new = False
    batches = _batches(lines, pace)
    while (batch := await asyncio.to_thread(next, batches, None)) is not None:
        if seen is not None:
            await database.read(partial(imports.recognise, entries=batch.entries, seen=seen), long=True)


async def _dry_run(
    database: Database, batch: _Batch, state: FileDryRunState, seen: SeenSkus | None, checkpoint: Checkpoint | None
) -> Report:
    report = await database.read(lambda unit: imports.dry_run(unit, batch.entries, state, seen), long=True)
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
    attempts = _ATTEMPTS
    while True:
        attempts -= 1
        begun = perf_counter()
        try:
            report = await database.write(lambda unit: _store(unit, batch, seen, checkpoint))
        except (Conflict, Invalid, Unavailable):  # another transaction wrote meanwhile, or holds a lock
            if not attempts:
                raise
            await asyncio.sleep(_SECONDS_BETWEEN)
        else:
            pace.adjust(len(batch.entries), perf_counter() - begun)
            await asyncio.sleep(_SECONDS_OF_GAP)
            return report
