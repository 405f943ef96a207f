"""The images of imported products, kept in a temporary file until the products are stored."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from app.bulk.import_options import Images, ImageUrl
from app.bulk.scratch_file import ScratchFile


class Pending(NamedTuple):
    """The images of one product: the line that names them, and the sku that the product has."""

    line: int
    sku: str
    images: Images


class PendingImages(ScratchFile):
    """Images by the lines of their products; one thread at a time may use them."""

    def __init__(self) -> None:
        super().__init__("CREATE TABLE pending (line integer PRIMARY KEY, sku text, images text)")
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


def _pending(line: int, sku: str, text: str) -> Pending:
    urls, of_variants = json.loads(text)
    return Pending(line, sku, Images([ImageUrl(*url) for url in urls], of_variants))
