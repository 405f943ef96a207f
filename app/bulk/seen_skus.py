"""The skus of a file's lines, in a temporary file, so that memory does not grow with their number."""

from collections.abc import Mapping

import msgspec

from app.bulk.scratch_file import ScratchFile


class SeenSkuFile(ScratchFile):
    """The first line of each sku."""

    def __init__(self) -> None:
        super().__init__("CREATE TABLE seen (sku text PRIMARY KEY, line integer) WITHOUT ROWID")

    def first_lines(self, lines: Mapping[str, int]) -> dict[str, int]:
        """Store the line of each target unless an earlier line is stored; returns the first lines."""
        with self.connection() as file:
            before = file.total_changes
            # One statement, which leaves Python to the thread that reads the file.
            file.execute(
                "INSERT OR IGNORE INTO seen SELECT key, value FROM json_each(?) ORDER BY key",
                [msgspec.json.encode(lines).decode()],
            )
            if file.total_changes - before == len(lines):
                return dict(lines)
            rows = file.execute(
                "SELECT sku, line FROM seen WHERE sku IN (SELECT value FROM json_each(?))",
                [msgspec.json.encode(list(lines)).decode()],
            )
            return dict(rows.fetchall())
