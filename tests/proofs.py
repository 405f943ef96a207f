"""What the proofs of `make prove` share: databases that go with them, and tables as the docs keep them."""

import os
import platform
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import click

from tests.databases import Databases

ROOT = Path(__file__).parent.parent
_DOCS = ROOT / "docs"


@contextmanager
def databases() -> Iterator[tuple[Databases, Path]]:
    """Makes databases, and a folder; all of it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tandem-prove-") as folder:
        made = Databases(Path(folder))
        try:
            yield made, Path(folder)
        finally:
            made.close()


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table in Markdown, with the day and what it was measured on."""
    click.echo(f"\n### {title}\n\n{machine()}\n\n{markdown(header, rows)}")


def write_table(name: str, header: Sequence[str], rows: Sequence[Sequence[object]], proof: str | None = None) -> None:
    """Write a table to its place in `docs/NAME.md`, between two comments, and print it; a `proof` has another name."""
    path = _DOCS / f"{name}.md"
    begin, end = f"<!-- by make prove PROVE={proof or name} -->\n", "<!-- end -->\n"
    before, _, rest = path.read_text().partition(begin)
    written = f"\n{machine()}\n\n{markdown(header, rows)}\n\n"
    path.write_text(before + begin + written + end + rest.partition(end)[2])
    click.echo(written)


def markdown(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(map(str, cells))} |" for cells in (header, ["---"] * len(header), *rows))


def machine() -> str:
    """The day, and what is measured on."""
    day = datetime.now(UTC).date()
    versions = f"CPython {platform.python_version()}, SQLite {sqlite3.sqlite_version}, asyncpg {asyncpg.__version__}"
    return f"{day}; {versions}; {platform.system()} {platform.machine()}, {os.cpu_count()} cores."
