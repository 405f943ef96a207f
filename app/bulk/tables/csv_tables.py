"""CSV files as tables, with any delimiter."""

from collections.abc import Iterator
from itertools import chain

from app.bulk.import_options import Options, UnreadableFile
from app.bulk.sources.physical_lines import Raw
from app.bulk.tables.csv_dialect import SHOWN, delimiter, separator
from app.bulk.tables.csv_records import records
from app.bulk.tables.table import Table, of_records


def table_of(lines: Iterator[Raw], options: Options) -> Table:
    """The table of a file with a line. Raises `UnreadableFile`."""
    first = next(lines)
    try:
        named = separator(first.text.decode())
        first = next(lines, first) if named else first
        by = named or delimiter(first.text.decode(), options.columns)
    except UnicodeDecodeError:
        raise UnreadableFile(
            "The first line of FILE is not in UTF-8, or not in the encoding that --encoding names. If a spreadsheet"
            " wrote it, try --encoding windows-1252."
        ) from None
    return of_records(records(chain([first], lines), by), f"separated by {SHOWN.get(by, f'`{by}`')}")
