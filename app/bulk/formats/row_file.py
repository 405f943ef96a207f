"""Groups the rows of a file by product in a temporary file: the memory is bounded for any order of rows."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from app.bulk.scratch_file import ScratchFile

MAX_ROWS = 2_500
"""The maximum number of rows of one product that are read at once."""
MAX_CHARACTERS = 8_000_000
"""The maximum number of characters of one product that are read at once."""


class Place(NamedTuple):
    """Where a row belongs: to the product of its `key`; rows without one belong to no other.

    `claims` are the keys of other rows that belong to this row's product. `sku` is the key of the sku that the row
    sells, empty if it has none.
    """

    key: str = ""
    claims: Iterable[str] = ()
    sku: str = ""


class Stored(NamedTuple):
    """A row as it was added: its line, its size in bytes and its cells; the rows beyond the bounds have no cells."""

    number: int
    size: int
    cells: Any


class RowFile(ScratchFile):
    """Rows in their order; one thread at a time may use them."""

    def __init__(self) -> None:
        super().__init__(
            "CREATE TABLE claims (key text PRIMARY KEY, owner text) WITHOUT ROWID",
            "CREATE TABLE found (number integer PRIMARY KEY, size integer, key text, sku text, cells text)",
            "BEGIN",
        )

    def add(self, number: int, size: int, cells: Sequence[str], place: Place) -> int:
        """Add a row; returns how many of its claims another product made before."""
        key = place.key or f"\n{number}"
        row = number, size, key, place.sku or None, json.dumps(cells)
        self._file.execute("INSERT INTO found VALUES (?, ?, ?, ?, ?)", row)
        claims = [(claim, key) for claim in place.claims]
        made = self._file.executemany("INSERT OR IGNORE INTO claims VALUES (?, ?)", claims).rowcount if claims else 0
        return len(claims) - made

    def gather(self) -> None:
        """Complete the file: move claimed rows to the product that claims them."""
        for statement in (
            "UPDATE found SET key = claims.owner FROM claims WHERE claims.key = found.key",
            "CREATE INDEX found_key ON found (key, number)",
            "CREATE INDEX found_sku ON found (sku) WHERE sku IS NOT NULL",
            "COMMIT",
        ):
            self._file.execute(statement)

    def times(self, sku: str) -> int:
        """The number of rows that sell a sku: 0, 1, or 2 for more."""
        found = self._file.execute("SELECT count(*) FROM (SELECT 1 FROM found WHERE sku = ? LIMIT 2)", [sku])
        return int(found.fetchone()[0])

    def groups(self) -> Iterator[list[Stored]]:
        """The rows of each product by line, ordered by first line."""
        rows = self._file.execute(
            """
            SELECT first, number, size, cells
            FROM found JOIN (SELECT key, min(number) AS first FROM found GROUP BY key) USING (key)
            ORDER BY first, number
            """
        )
        for _, group in groupby(rows, key=itemgetter(0)):
            yield from _bounded(Stored(number, size, cells) for _, number, size, cells in group)


def _bounded(group: Iterator[Stored]) -> Iterator[list[Stored]]:
    """The rows of a product within the bounds as one group, and each other row alone without its cells."""
    kept: list[Stored] = []
    characters = 0
    for row in group:
        characters += len(str(row.cells))
        if len(kept) == MAX_ROWS or characters > MAX_CHARACTERS:
            yield kept
            yield [row._replace(cells=None)]
            kept = []
            break
        kept.append(row._replace(cells=json.loads(str(row.cells))))
    if kept:
        yield kept
    yield from ([row._replace(cells=None)] for row in group)
