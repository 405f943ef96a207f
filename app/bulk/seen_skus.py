"""The skus of a file's lines, in a temporary file, so that memory does not grow with their number."""

import json
from collections.abc import Mapping

from app.bulk.scratch_file import ScratchFile


class SeenSkuFile:
    """The first line of each sku, in a private SQLite file, which is deleted on close."""

    def __init__(self) -> None:
        self._file = ScratchFile("CREATE TABLE seen (sku text PRIMARY KEY, line integer) WITHOUT ROWID")

    def first_lines(self, lines: Mapping[str, int]) -> dict[str, int]:
        """Remember the line of each target, unless an earlier one is known; the first lines of all of them."""
        with self._file.connection() as file:
            file.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", sorted(lines.items()))
            rows = file.execute(
                "SELECT sku, line FROM seen WHERE sku IN (SELECT value FROM json_each(?))", [json.dumps(list(lines))]
            )
            return dict(rows.fetchall())

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
