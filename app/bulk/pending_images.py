"""The images of imported products, kept in a temporary file until the products are stored."""

import json
import sqlite3
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from app.bulk.import_options import Images, ImageUrl


class Pending(NamedTuple):
    """The images of one product: the line that names them, and the sku that the product has."""

    line: int
    sku: str
    images: Images


class PendingImages:
    """Images in a private SQLite file, which is deleted on close."""

    def __init__(self) -> None:
        # Batches may run on any thread, one at a time; an empty name is SQLite's for a temporary file.
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.execute("CREATE TABLE pending (line integer PRIMARY KEY, sku text, images text)")
        self.count = 0

    def add(self, line: int, sku: str, images: Images) -> None:
        """Remember the images of a product."""
        self.count += len(images.urls)
        row = line, sku, json.dumps([images.urls, dict(images.of_variants)])
        self._file.execute("INSERT OR REPLACE INTO pending VALUES (?, ?, ?)", row)

    def batches(self, size: int) -> Iterator[list[Pending]]:
        """The images of all products, by their lines, some products at a time."""
        rows = self._file.execute("SELECT * FROM pending ORDER BY line")
        while batch := [_pending(*row) for row in islice(rows, size)]:
            yield batch

    def close(self) -> None:
        """Delete the file."""
        self._file.close()


def _pending(line: int, sku: str, text: str) -> Pending:
    urls, of_variants = json.loads(text)
    return Pending(line, sku, Images([ImageUrl(*url) for url in urls], of_variants))
