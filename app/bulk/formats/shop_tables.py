"""Tables of shops as import lines: the rows are gathered by product, and each product is a line."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import chain

from app.bulk import amounts, taken_members
from app.bulk.formats.column_overrides import ColumnOverrides
from app.bulk.formats.conversion import Conversion
from app.bulk.formats.format import Format, Product
from app.bulk.formats.made_up_skus import MadeUpSkus
from app.bulk.formats.product_lines import Lines, lines
from app.bulk.formats.row import Columns, Row
from app.bulk.formats.row_file import RowFile, Stored
from app.bulk.formats.tally import Tally
from app.bulk.import_options import Images, Notes, NotUnderstood, Options, Read
from app.bulk.tables.csv_records import Record, sample
from app.bulk.tables.csv_rows import longer_than
from app.bulk.tables.table import Table
from app.domain.bulk.import_lines import Line
from app.domain.errors import FieldError

_TOO_MANY = FieldError((), "The product has more rows than an import reads at once.")


def read(format_: Format, table: Table, options: Options, notes: Notes) -> Iterator[Read]:
    """The lines of a shop's file: the rows that cannot be read, then the products. Raises `NotUnderstood`."""
    notes.tally = Tally(format_.title)
    notes.tally.remarks += _remarks(format_, table.header, options)
    with closing(RowFile()) as file:
        shop = _Shop(format_, table, options, file, notes.tally)
        yield from shop.gathered()
        yield from shop.products()
        notes.unused.update(shop.columns.unused())


def _remarks(format_: Format, header: Sequence[str], options: Options) -> Iterator[str]:
    if remark := format_.remark(header):
        yield remark
    if not format_.has_currency:
        if options.currency is None:
            raise NotUnderstood(
                f"FILE is {format_.title}, which does not name the currency of its prices: name it with --currency,"
                " such as --currency EUR."
            )
        yield f"currency not in the file, --currency {options.currency} taken"


class _Shop:
    """One file of a shop: its rows, then its products."""

    def __init__(self, format_: Format, table: Table, options: Options, file: RowFile, tally: Tally) -> None:
        self._format, self._table, self._file, self._tally = format_, table, file, tally
        self.columns = Columns(format_.columns(table.header) or (), table.header)
        self._first: list[Record] = []
        self._mark, self._marks = options.decimal or format_.decimal, dict[str, str | None]()
        self._conversion = Conversion(tally, MadeUpSkus(file), options.currency, self._mark_of)
        self._overrides = ColumnOverrides(self.columns, table.header, options)

    def gathered(self) -> Iterator[Read]:
        """Store all rows; the bad lines of those that cannot be read."""
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
        """The lines of the products, and those of variants that cannot be held."""
        for group in self._file.groups():
            size = sum(stored.size for stored in group)
            for line, images in self._lines(group):
                self._note(line)
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

    def _note(self, line: Line) -> None:
        """Count the values of members that an import does not take."""
        others = Counter[str]()
        if not isinstance(line.members, FieldError):
            taken_members.taken(line.members, others)
        for name, count in others.items():
            if count:
                self._tally.not_held[f"values of `{name.removeprefix('variants.')}`"] += count

    def _count(self, product: Product) -> None:
        self._tally.products += 1
        self._tally.variants += len(product.variants)

    def _mark_of(self, column: str) -> str | None:
        """The decimal mark of a column: as stated, else as the beginning of the file tells."""
        if self._mark is None and column not in self._marks:
            rows = (Row(each.number, self.columns, each.cells) for each in self._first if isinstance(each.cells, list))
            self._marks[column] = amounts.decimal_mark(row[column] for row in rows)
        return self._mark or self._marks[column]
