"""A temporary SQLite file of an import: as many rows as the import has lines, in little memory."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator


class ScratchFile:
    """A private SQLite file that `close` deletes. Any thread may use it.

    A cancelled import closes it while the thread of its last batch may still be at work; SQLite crashes if a
    connection closes during a statement, so `close` waits for the connection.
    """

    def __init__(self, *tables: str) -> None:
        # SQLite opens a temporary file for an empty name.
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._lock = threading.Lock()
        for table in tables:
            self._file.execute(table)

    @contextlib.contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """The connection in a transaction. Raises `sqlite3.ProgrammingError` once the file is closed."""
        with self._lock, self._file:  # commits, or rolls back
            self._file.execute("BEGIN")
            yield self._file

    def close(self) -> None:
        """Delete the file after the current transaction."""
        with self._lock:
            self._file.close()
