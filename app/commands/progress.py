"""How an import tells of itself: a bar on a terminal, lines elsewhere, and every bad line, all on stderr."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from app.domain.imports import Bad, Report
from app.problems import path_of

_LINES_BETWEEN = 10_000


class Progress:
    """Counts what the batches of an import come to, and shows it."""

    def __init__(self, bar: Any = None) -> None:
        self._bar = bar
        self.created = self.updated = self.unchanged = self.bad = 0

    def __call__(self, report: Report, size: int) -> None:
        """Take in a batch of `size` bytes."""
        before = self.lines
        self.created += report.created
        self.updated += report.updated
        self.unchanged += report.unchanged
        self.bad += len(report.bad)
        for bad in report.bad:
            self._say("\n".join(_lines(bad)))
        if self._bar is not None:
            self._bar.update(size)
        elif before // _LINES_BETWEEN != self.lines // _LINES_BETWEEN:
            self._say(f"{self.lines} lines: {self}")

    @property
    def lines(self) -> int:
        """How many lines there were so far."""
        return self.created + self.updated + self.unchanged + self.bad

    def __str__(self) -> str:
        return f"{self.created} created, {self.updated} updated, {self.unchanged} unchanged, {self.bad} bad"

    def _say(self, text: str) -> None:
        clear = "" if self._bar is None else "\r\x1b[K"
        click.echo(clear + text, err=True)


@contextmanager
def shown(length: int | None) -> Iterator[Progress]:
    """Progress through so many bytes; a bar where stderr is a terminal and the length is known."""
    if length is None or not sys.stderr.isatty():
        yield Progress()
        return
    with click.progressbar(length=length, label="Importing", file=sys.stderr) as bar:
        yield Progress(bar)


def _lines(bad: Bad) -> Iterator[str]:
    for fault in bad.faults:
        where = f"line {bad.number}, {path_of(fault)}" if fault.field else f"line {bad.number}"
        yield f"{where}: {fault.code}: {fault.message}"
