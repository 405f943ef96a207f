"""The preview of an import: the columns that it understands, and its first lines as they would land."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from app.bulk import import_files, import_requests
from app.bulk.dry_run import FileRehearsal
from app.bulk.import_options import Notes, NotUnderstood, Options
from app.bulk.seen_skus import SeenSkuFile
from app.domain.bulk import imports
from app.domain.bulk.import_jobs import Wanted
from app.domain.bulk.import_lines import Entry, Line, TypedLine, check_line
from app.domain.bulk.imports import Report
from app.domain.catalogue.product_fields import WRITABLE, Draft
from app.domain.errors import FieldError
from app.domain.unit_of_work import Database, Unit

LINES = 10
"""Lines of a preview at most."""
OUTCOMES = CREATED, UPDATED, UNCHANGED, BAD = ("created", "updated", "unchanged", "bad")


class PreviewedLine(NamedTuple):
    """A line: what would become of it, the product as it would leave it by member, or what is wrong with it."""

    number: int
    outcome: str
    product: Mapping[str, Any] | None
    field_errors: Sequence[FieldError]


class _Rehearsal(FileRehearsal):
    """Remembers the product that the last line has left, too."""

    last: Draft | None = None

    def keep(self, drafts: Mapping[int, Draft]) -> None:
        """Remember a product."""
        super().keep(drafts)
        self.last = next(iter(drafts.values()), None)


async def preview(
    database: Database, stream: BinaryIO, suffix: str, wanted: Wanted, *, cut: bool
) -> tuple[Notes, list[PreviewedLine]]:
    """What is noted of a file, and its first lines; of a file that is `cut`, the last line may be, and is left out.

    Nothing is stored. Raises `NotUnderstood`.
    """
    notes, options = Notes(), import_requests.options(wanted.format, wanted.options)
    lines = await asyncio.to_thread(_first, stream, suffix, options, notes, cut=cut)
    entries = [(line, check_line(line)) for line in lines]
    with closing(_Rehearsal()) as rehearsal, closing(SeenSkuFile()) as seen:

        async def work(unit: Unit) -> list[PreviewedLine]:
            found = []
            for line, entry in entries:
                rehearsal.last = None
                report = await imports.rehearse(unit, [entry], rehearsal, None if wanted.options["lastWins"] else seen)
                found.append(_previewed(line, entry, report, rehearsal.last))
            return found

        return notes, await database.read(work, snapshot=True, long=True)


def _first(stream: BinaryIO, suffix: str, options: Options, notes: Notes, *, cut: bool) -> list[Line | TypedLine]:
    lines: list[Line | TypedLine] = []
    reads = import_files.read(stream, suffix, options, notes)
    try:
        for read in islice(reads, LINES + cut):
            lines.append(read.line)  # noqa: PERF401 - what was read before a fault counts
    except NotUnderstood:
        if not (cut and lines):
            raise
    return lines[:LINES] if not cut or len(lines) > LINES else _whole(lines)


def _whole(lines: list[Line | TypedLine]) -> list[Line | TypedLine]:
    """The lines of a beginning without what may be cut off at its end."""
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
    product = {
        name: getattr(draft.first if member.of_variant else draft, member.attribute)
        for name, member in WRITABLE.items()
        if member.shown and member.column
    }
    return PreviewedLine(entry.number, outcome, {**product, "categories": categories}, ())
