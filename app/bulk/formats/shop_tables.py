"""Tables of shops as import lines: rows are grouped by product, and each product is one line."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import chain

from app.bulk import amounts
from app.bulk.formats.column_overrides import ColumnOverrides
from app.bulk.formats.conversion import Conversion
from app.bulk.formats.file_summary import FileSummary
from app.bulk.formats.format import Format, Product
from app.bulk.formats.made_up_skus import GeneratedSkus
from app.bulk.formats.product_lines import Lines, lines
from app.bulk.formats.row import Columns, Row
from app.bulk.formats.row_file import RowFile, Stored
from app.bulk.import_options import Images, Notes, Options, Read, UnreadableFile
from app.bulk.tables.csv_records import Record, sample
from app.bulk.tables.csv_rows import longer_than
from app.bulk.tables.table import Table
from app.domain.bulk.import_lines import Line
from app.domain.errors import FieldError

_TOO_MANY = FieldError((), "The product has more rows than an import can read.")


def read(format_: Format, table: Table, options: Options, notes: Notes) -> Iterator[Read]:
    """The lines of a shop's file: the rows that cannot be read, then the products. Raises `UnreadableFile`."""
    notes.summary = FileSummary(format_.title)
    notes.summary.remarks += _remarks(format_, table.header, options)
    with closing(RowFile()) as file:
        shop = _Shop(format_, table, options, file, notes.summary)
        yield from shop.gathered()
        yield from shop.products()
        notes.unused.update(shop.columns.unused())


def _remarks(format_: Format, header: Sequence[str], options: Options) -> Iterator[str]:
    if remark := format_.remark(header):
        yield remark
    if not format_.has_currency:
        if options.currency is None:
            raise UnreadableFile(
                f"FILE is {format_.title}, which does not name the currency of its prices: add it, such as"
                f" --currency EUR."
            )
        yield f"currency not in the file, --currency {options.currency} taken"


class _Shop:
    """One file of a shop: its rows, then its products."""

    def __init__(self, format_: Format, table: Table, options: Options, file: RowFile, summary: FileSummary) -> None:
        self._format, self._table, self._file, self._summary = format_, table, file, summary
        self.columns = Columns(format_.columns(table.header) or (), table.header)
        self._first: list[Record] = []
        self._mark, self._marks = options.decimal, dict[str, str | None]()
        self._conversion = Conversion(summary, GeneratedSkus(file), options.currency, self._mark_of)
        self._overrides = ColumnOverrides(self.columns, table.header, options)

    def gathered(self) -> Iterator[Read]:
        """Store all rows; yields bad lines for unreadable rows."""
        self._first = list(sample(self._table.records))
        for number, cells, size in chain(self._first, self._table.records):
            if isinstance(cells, FieldError):
                yield Read(Line(number, cells), size)
            elif problem := longer_than(len(self._table.header), cells):
                yield Read(Line(number, problem), size)
            else:
                self.columns.count(cells)
                self._file.add(number, size, cells, self._format.place(Row(number, self.columns, cells)))
        self._file.gather()

    def products(self) -> Iterator[Read]:
        """The lines of the products, and bad lines for variants that cannot be stored."""
        for group in self._file.groups():
            size = sum(stored.size for stored in group)
            for line, images in self._lines(group):
                yield Read(line, size, images)
                size = 0

    def _lines(self, group: Sequence[Stored]) -> Lines:
        cells = {stored.number: stored.cells for stored in group if stored.cells is not None}
        if not cells:
            yield Line(group[0].number, _TOO_MANY), Images()
            return
        rows = [Row(number, self.columns, row) for number, row in cells.items()]
        try:
            products = list(self._format.products(rows, self._conversion))
        except amounts.Ambiguous as problem:
            yield Line(rows[0].number, FieldError(("price",), f"`price`: {problem}.")), Images()
            return
        for product in products:
            self._overrides.complete(product, cells)
            self._count(product)
            yield from lines(product)

    def _count(self, product: Product) -> None:
        self._summary.products += 1
        self._summary.variants += len(product.variants)

    def _mark_of(self, column: str) -> str | None:
        """The decimal mark of a column: as stated, else detected at the beginning of the file, else of the format."""
        if self._mark is None and column not in self._marks:
            rows = (Row(each.number, self.columns, each.cells) for each in self._first if isinstance(each.cells, list))
            self._marks[column] = amounts.decimal_mark(row[column] for row in rows) or self._format.decimal
        return self._mark or self._marks[column]
