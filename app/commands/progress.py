"""The progress of an import: a bar on a terminal, lines elsewhere, and every bad line, on stderr or in a file."""

import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, BinaryIO, TypeVar

import click
import msgspec

from app.bulk.import_options import Notes
from app.commands.on_database import on_database
from app.domain.bulk.import_lines import Line, TypedLine
from app.domain.bulk.imports import Bad, Report
from app.domain.errors import FieldError
from app.domain.unit_of_work import Database
from app.http.problem_details import path_of
from app.observability import terminal

T = TypeVar("T")
_LINES_BETWEEN = 10_000
_MAX_NAMES = 20
_EXAMPLE = 500
"""The maximum characters of an example."""
_CLEAR = "\r\x1b[K"
_encoder = msgspec.json.Encoder(decimal_format="number")


class Progress:
    """Counts and shows the results of the batches of an import.

    `length` is how many bytes there are, where that is known; `bad_lines` is a file for a record of each fault (NDJSON:
    line, field, code, message), without it they are printed to stderr.
    """

    def __init__(
        self,
        length: int | None = None,
        bar: Any = None,
        bad_lines: BinaryIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._length, self._bar, self._bad_lines, self._clock = length, bar, bad_lines, clock
        self._begun, self._bytes = clock(), 0
        self.created = self.updated = self.unchanged = self.bad = self._warnings = 0

    def __call__(self, report: Report, size: int) -> None:
        """Add the report of a batch of `size` bytes."""
        before = self.lines
        self._bytes += size
        self.created += report.created
        self.updated += report.updated
        self.unchanged += report.unchanged
        self.bad += len(report.bad)
        self._tell(report.bad)
        if self._bar is not None:
            self._bar.label = f"Importing, {self._rate():,.0f} lines/s"
            self._bar.update(size)
        elif before // _LINES_BETWEEN != self.lines // _LINES_BETWEEN:
            self._say(f"{self.lines} lines: {self} ({self._rate():.0f} lines/s{self._left()})")

    def example(self, line: Line | TypedLine) -> None:
        """Show how a line is read."""
        if not isinstance(line.members, FieldError):
            text = _encoder.encode(line.members).decode()
            self._say(terminal.line(f"line {line.number}: {text[:_EXAMPLE]}{'…' if len(text) > _EXAMPLE else ''}"))

    def warn(self, line: int, index: int, message: str) -> None:
        """Report an image that could not be fetched; the report has them all, a terminal the first ones."""
        self._warnings += 1
        if self._bad_lines is None and self._warnings <= _MAX_NAMES:
            self._say(terminal.line(f"line {line}, images.{index}: {message}"))
        self._write([{"line": line, "field": f"images.{index}", "code": "not_fetched", "message": message}])

    def images(self, fetched: int, known: int) -> None:
        """Report the number of images so far."""
        failed = f", {self._warnings} not fetched: import the file again to retry them" if self._warnings else ""
        self._say(f"Images: {fetched} fetched, {known} already there{failed}")

    def notes(self, notes: Notes) -> None:
        """Report the notes on the file."""
        if notes.summary is not None:
            self._say(terminal.line(str(notes.summary)))
        if notes.taken:
            mapping = _encoder.encode(notes.taken).decode()
            self._say(terminal.line(f"Columns were recognised by name, as with this --mapping: {mapping}"))
        self._unused(notes.unused)

    def _unused(self, counts: Mapping[str, int]) -> None:
        """Name the columns and members that the import does not use, with how many values they hold."""
        if not counts:
            return
        names = [f"{name} ({count})" for name, count in list(counts.items())[:_MAX_NAMES]]
        more = f", and {len(counts) - len(names)} others" if len(counts) > len(names) else ""
        self._say(terminal.line(f"Unused columns, with their number of values: {', '.join(names)}{more}"))
        self._write(
            [
                {"line": None, "field": name, "code": "not_used", "message": f"Not used; it has {count} values."}
                for name, count in counts.items()
            ]
        )

    @property
    def lines(self) -> int:
        """The number of lines so far."""
        return self.created + self.updated + self.unchanged + self.bad

    def __str__(self) -> str:
        return f"{self.created} created, {self.updated} updated, {self.unchanged} unchanged, {self.bad} bad"

    def _rate(self) -> float:
        return self.lines / max(self._clock() - self._begun, 0.001)

    def _left(self) -> str:
        if not self._length:
            return ""
        seconds = (self._clock() - self._begun) * (self._length / self._bytes - 1)
        return f", {timedelta(seconds=max(round(seconds), 0))} left"

    def _tell(self, bad_lines: list[Bad]) -> None:
        if self._bad_lines is None:
            for bad in bad_lines:
                self._say("\n".join(_lines(bad)))
        elif bad_lines:
            self._write([record for bad in bad_lines for record in _records(bad)])

    def _write(self, records: list[dict[str, object]]) -> None:
        if self._bad_lines is None:
            return
        try:
            self._bad_lines.write(_encoder.encode_lines(records))
            self._bad_lines.flush()
        except OSError as error:
            raise click.ClickException(f"The report cannot be written: {error.strerror}.") from error

    def _say(self, text: str) -> None:
        click.echo(text if self._bar is None else _CLEAR + text, err=True)


@contextmanager
def shown(length: int | None, bad_lines: BinaryIO | None = None) -> Iterator[Progress]:
    """Progress through so many bytes; a bar where stderr is a terminal and the length is known."""
    if length is None or not sys.stderr.isatty():
        yield Progress(length, bad_lines=bad_lines)
        return
    with click.progressbar(length=length, label="Importing", file=sys.stderr) as bar:
        yield Progress(length, bar, bad_lines)


def _lines(bad: Bad) -> Iterator[str]:
    for fault in bad.field_errors:
        where = f"line {bad.number}, {path_of(fault)}" if fault.field else f"line {bad.number}"
        yield terminal.line(f"{where}: {fault.code}: {fault.message}")


def _records(bad: Bad) -> Iterator[dict[str, object]]:
    for fault in bad.field_errors:
        yield {"line": bad.number, "field": path_of(fault), "code": fault.code, "message": fault.message}


def with_progress(work: Callable[[Database], Awaitable[T]], progress: Progress) -> T:
    """Run work on the database; an error is reported with the number of imported lines."""
    try:
        return on_database(work)
    except click.UsageError:
        raise
    except click.ClickException as error:
        raise click.ClickException(error.message + _landed(progress)) from error
    except KeyboardInterrupt:
        raise click.ClickException(f"Interrupted.{_landed(progress)}") from None


def _landed(progress: Progress) -> str:
    return f" Before that: {progress}; to continue, import the whole file again." if progress.lines else ""
