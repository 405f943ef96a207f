"""A copy of a SQLite database while others read and write it."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from app.stores.durability import sync_folder
from app.stores.sqlite.unit import connect


class Damaged(Exception):
    """The database or its copy failed a check; the text is SQLite's."""


def quick_check(path: Path) -> None:
    """Check the structure of a database. Raises `Damaged`, `Unavailable` or `sqlite3.Error`."""
    with _raising_damaged(), closing(connect(path)) as connection:
        _check(connection, "PRAGMA quick_check(1)")


def back_up(source: Path, target: Path) -> int:
    """Copy one committed state into a new file, and verify the copy; its size in bytes.

    The copy is a single file, on disk when this returns. It gets its name only once it is whole.
    Raises `FileExistsError` where `target` exists, `Damaged`, `OSError` or `sqlite3.Error`.
    """
    if target.exists():
        raise FileExistsError
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    unfinished = Path(name)
    try:
        _copy(source, unfinished)
        os.fsync(descriptor)
        os.link(unfinished, target)  # unlike a rename, it never replaces a file
    finally:
        os.close(descriptor)
        unfinished.unlink()
    sync_folder(target.parent)
    return target.stat().st_size


def _copy(source: Path, target: Path) -> None:
    with (
        _raising_damaged(),
        closing(connect(source)) as reading,
        closing(sqlite3.connect(target, isolation_level=None)) as writing,
    ):
        reading.backup(writing)  # all pages in one step: steps begin anew after each commit of others
        writing.execute("PRAGMA journal_mode = DELETE")  # the copy of a write-ahead log would be two files
        _check(writing, "PRAGMA integrity_check(1)")
        if writing.execute("PRAGMA foreign_key_check").fetchone():
            raise Damaged("a row refers to a row that is not there")


def _check(connection: sqlite3.Connection, pragma: str) -> None:
    (result,) = connection.execute(pragma).fetchone()
    if result != "ok":
        raise Damaged(result)


@contextmanager
def _raising_damaged() -> Iterator[None]:
    """Raise `Damaged` for what SQLite cannot read; a file that is locked or cannot be opened is an OperationalError."""
    try:
        yield
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise Damaged(str(error)) from error
