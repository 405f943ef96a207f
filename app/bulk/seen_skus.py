"""The skus of a file's lines, kept in a temporary file: as many as the import has, in little memory."""

import json
import sqlite3
from collections.abc import Mapping


class SeenSkuFile:
    """The first line of each sku, in a private SQLite file that is gone when this is closed."""

    def __init__(self) -> None:
        # Batches may run on any thread, one at a time; an empty name is SQLite's for a temporary file.
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.execute("CREATE TABLE seen (sku text PRIMARY KEY, line integer) WITHOUT ROWID")

    def first_lines(self, lines: Mapping[str, int]) -> dict[str, int]:
        """Remember the line of each target, unless an earlier one is known; the first lines of all of them."""
        self._file.execute("BEGIN")
        self._file.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", sorted(lines.items()))
        rows = self._file.execute(
            "SELECT sku, line FROM seen WHERE sku IN (SELECT value FROM json_each(?))", [json.dumps(list(lines))]
        ).fetchall()
        self._file.execute("COMMIT")
        return dict(rows)

    def close(self) -> None:
        """Drop it all."""
        self._file.close()
