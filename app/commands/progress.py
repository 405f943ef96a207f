"""How an import tells of itself: a bar on a terminal, lines elsewhere, and every bad line; on stderr or into a file."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, BinaryIO

import click
import msgspec

from app.domain.imports import Bad, Report
from app.problems import path_of

_LINES_BETWEEN = 10_000
_CLEAR = "\r\x1b[K"
_encoder = msgspec.json.Encoder()


class Progress:
    """Counts what the batches of an import come to, and shows it.

    `length` is how many bytes there are, where that is known; `bad_lines` is a file for a record of each fault (NDJSON:
    line, field, code, message), without which they are told on stderr.
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
        self.created = self.updated = self.unchanged = self.bad = 0

    def __call__(self, report: Report, size: int) -> None:
        """Take in a batch of `size` bytes."""
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

    @property
    def lines(self) -> int:
        """How many lines there were so far."""
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
            try:
                self._bad_lines.write(_encoder.encode_lines([r for bad in bad_lines for r in _records(bad)]))
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
    for fault in bad.faults:
        where = f"line {bad.number}, {path_of(fault)}" if fault.field else f"line {bad.number}"
        yield f"{where}: {fault.code}: {fault.message}"


def _records(bad: Bad) -> Iterator[dict[str, object]]:
    for fault in bad.faults:
        yield {"line": bad.number, "field": path_of(fault), "code": fault.code, "message": fault.message}
