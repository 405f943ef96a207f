"""Tables of cells under a header: the common form of CSV files, sheets and product feeds."""

from collections.abc import Iterator
from typing import NamedTuple

from app.bulk.import_options import UnreadableFile
from app.bulk.tables.csv_records import Record
from app.domain.errors import FieldError

MAX_COLUMNS = 2_000


class Table(NamedTuple):
    """The names of the columns, the rows below them, and where they were seen, in words."""

    header: list[str]
    records: Iterator[Record]
    seen: str


def of_records(rows: Iterator[Record], seen: str) -> Table:
    """The table whose first row is its header. Raises `UnreadableFile` if that cannot be read."""
    header = next(rows, None)
    if header is None or isinstance(header.cells, FieldError):
        raise UnreadableFile("FILE is neither NDJSON nor CSV with a header.")
    if len(header.cells) > MAX_COLUMNS:
        raise UnreadableFile(f"FILE has {len(header.cells)} columns; an import reads {MAX_COLUMNS} at most.")
    return Table(header.cells, rows, seen)
