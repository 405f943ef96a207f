"""Tables with our own column names, or mapped or guessed names, as import lines."""

from collections.abc import Iterator

from app.bulk.import_options import Notes, Options, Read
from app.bulk.tables.column_names import guessed
from app.bulk.tables.csv_dialect import members, require_columns, require_sku
from app.bulk.tables.csv_rows import Rows
from app.bulk.tables.table import Table
from app.bulk.taken_members import taken
from app.domain.bulk.import_lines import Line
from app.domain.errors import FieldError


def read(table: Table, options: Options, notes: Notes) -> Iterator[Read]:
    """The lines of a table; raises `UnreadableFile` if it has no sku."""
    require_columns(table.header, options.columns)
    known = members(table.header, options.columns)
    columns = guessed(table.header, known)
    require_sku(table.header, columns, table.seen)
    named = [name.strip() for name in table.header]
    notes.columns |= {named[index]: member for index, member in enumerate(columns) if member is not None}
    notes.taken |= {named[index]: str(columns[index]) for index in range(len(named)) if columns[index] != known[index]}
    rows = Rows(columns, options.preset, {index: name for index, name in enumerate(named) if columns[index] is None})
    for record in rows.decide(table.records, options.decimal):
        cells = record.cells
        line = cells if isinstance(cells, FieldError) else rows.row(cells, notes.unused)
        if not isinstance(line, FieldError) and "variants" in line:
            line = taken(line, notes.unused)
        yield Read(Line(record.number, line), record.size)
