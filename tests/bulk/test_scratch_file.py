"""The temporary files of an import: the thread of a cancelled import's last batch may still use them."""

import sqlite3
import threading

import pytest

from app.bulk.dry_run import FileDryRunState
from app.bulk.scratch_file import ScratchFile
from app.bulk.seen_skus import SeenSkuFile


def test_close_waits() -> None:
    """Closing waits until a transaction on another thread is over."""
    file, closed = ScratchFile("CREATE TABLE numbers (number integer)"), threading.Event()

    def close() -> None:
        file.close()
        closed.set()

    closer = threading.Thread(target=close)
    with file.connection() as connection:
        closer.start()
        connection.executemany("INSERT INTO numbers VALUES (?)", [(number,) for number in range(100_000)])
        assert not closed.is_set()
    closer.join()
    assert closed.is_set()


def test_failed_transaction() -> None:
    """A transaction that fails leaves nothing, and the next one begins."""
    file = ScratchFile("CREATE TABLE numbers (number integer PRIMARY KEY)")
    with pytest.raises(sqlite3.IntegrityError), file.connection() as connection:
        connection.executemany("INSERT INTO numbers VALUES (?)", [(1,), (1,)])
    with file.connection() as connection:
        assert connection.execute("SELECT count(*) FROM numbers").fetchone() == (0,)
    file.close()


def test_use_after_close() -> None:
    """A batch that goes on after the import was cancelled gets an error of SQLite, and ends by it."""
    seen, state = SeenSkuFile(), FileDryRunState()
    seen.close()
    state.close()
    with pytest.raises(sqlite3.ProgrammingError):
        seen.first_lines({"A": 1})
    with pytest.raises(sqlite3.ProgrammingError):
        state.recall([1], ["A"])
