"""The preview of an import: the recognised columns, and the results of the first lines."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from app.bulk import import_files, import_requests
from app.bulk.dry_run import FileDryRunState
from app.bulk.import_options import Notes, Options, UnreadableFile
from app.bulk.seen_skus import SeenSkuFile
from app.domain.bulk import imports
from app.domain.bulk.import_jobs import ImportSettings
from app.domain.bulk.import_lines import Entry, Line, TypedLine, check_line
from app.domain.bulk.imports import Report
from app.domain.errors import FieldError
from app.domain.fields.drafts import Draft
from app.domain.fields.product_fields import values_of
from app.domain.unit_of_work import Database, Unit

LINES = 10
"""The maximum lines of a preview."""
MOST_ROWS = 20_000
"""The maximum rows that are read: 1 MB of ordinary rows, from which the decimal marks follow, has fewer."""
OUTCOMES = CREATED, UPDATED, UNCHANGED, BAD = ("created", "updated", "unchanged", "bad")


class PreviewedLine(NamedTuple):
    """A line of a preview: its outcome, the resulting product by member, and its errors."""

    number: int
    outcome: str
    product: Mapping[str, Any] | None
    field_errors: Sequence[FieldError]


class _DryRunState(FileDryRunState):
    """Also keeps the product of the last line."""

    last: Draft | None = None

    def keep(self, drafts: Mapping[int, Draft]) -> None:
        """Remember a product."""
        super().keep(drafts)
        self.last = next(iter(drafts.values()), None)


async def preview(
    database: Database, stream: BinaryIO, suffix: str, settings: ImportSettings, *, cut: bool
) -> tuple[Notes, list[PreviewedLine]]:
    """What is noted of a file, and its first lines; of a file that is `cut`, the last line may be, and is left out.

    Nothing is stored. Raises `UnreadableFile`.
    """
    notes, options = Notes(), import_requests.options(settings.format, settings.options)
    options = options._replace(most_rows=MOST_ROWS)
    lines = await asyncio.to_thread(_first, stream, suffix, options, notes, cut=cut)
    entries = [(line, check_line(line)) for line in lines]
    with closing(_DryRunState()) as state, closing(SeenSkuFile()) as seen:

        async def work(unit: Unit) -> list[PreviewedLine]:
            found = []
            for line, entry in entries:
                state.last = None
                report = await imports.dry_run(unit, [entry], state, None if settings.options["lastWins"] else seen)
                found.append(_previewed(line, entry, report, state.last))
            return found

        return notes, await database.read(work, snapshot=True, long=True)


def _first(stream: BinaryIO, suffix: str, options: Options, notes: Notes, *, cut: bool) -> list[Line | TypedLine]:
    lines: list[Line | TypedLine] = []
    reads = import_files.read(stream, suffix, options, notes)
    try:
        for read in islice(reads, LINES + cut):
            lines.append(read.line)  # noqa: PERF401 - what was read before a fault counts
    except UnreadableFile:
        if not (cut and lines):
            raise
    return lines[:LINES] if not cut or len(lines) > LINES else _whole(lines)


def _whole(lines: list[Line | TypedLine]) -> list[Line | TypedLine]:
    """The complete lines of the beginning of a file."""
    lines = lines[:-1]
    while lines and isinstance(lines[-1].members, FieldError):
        lines.pop()
    return lines


def _previewed(line: Line | TypedLine, entry: Entry, report: Report, draft: Draft | None) -> PreviewedLine:
    if report.bad or draft is None:
        return PreviewedLine(entry.number, BAD, None, [fault for bad in report.bad for fault in bad.field_errors])
    outcome = CREATED if report.created else UPDATED if report.updated else UNCHANGED
    members = line.members
    categories = () if isinstance(members, FieldError) else members.get("categories") or ()
    return PreviewedLine(entry.number, outcome, {**values_of(draft), "categories": categories}, ())
