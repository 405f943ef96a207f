"""Records of a CSV file: rows that may span several lines, in bounded memory for any file."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from app.bulk.sources.physical_lines import MAX_LINE_BYTES, TOO_LONG, Raw, malformed
from app.domain.errors import FieldError

_NO_CSV = malformed(
    "not well-formed CSV: a quote is not closed, text follows a closing quote, or it contains a CR without LF"
)
_NO_UTF8 = malformed(
    "not UTF-8; a spreadsheet probably wrote the file in Windows-1252: import it with --encoding windows-1252"
)
_SAMPLE_BYTES = 1_000_000
_BLANKS = " \t\u00a0"
_PADDED = re.compile(rf'[{_BLANKS}]"|"[{_BLANKS}]')


class Record(NamedTuple):
    """A row: the line where it begins, its cells or its error, and its size in bytes."""

    number: int
    cells: list[str] | FieldError
    size: int


class _TooLong(Exception):
    pass


def records(lines: Iterator[Raw], delimiter: str) -> Iterator[Record]:
    """The non-blank rows of a file. For an unreadable row only its first line is bad, as long as few are read again."""
    csv.field_size_limit(MAX_LINE_BYTES)
    feed = _Feed(lines, delimiter)
    reader = csv.reader(feed, strict=True, delimiter=delimiter)
    while True:
        feed.begin()
        cells = _cells(reader)
        if cells is None:
            return
        if isinstance(cells, FieldError):
            feed.fail()
        if isinstance(cells, FieldError) or any(map(str.strip, cells)):
            yield Record(feed.number, cells, feed.size)


def sample(rows: Iterator[Record]) -> Iterator[Record]:
    """The first rows, from which the decimal marks of columns are read."""
    size = 0
    for record in rows:
        yield record
        size += record.size
        if size >= _SAMPLE_BYTES:
            return


def _cells(reader: Iterator[list[str]]) -> list[str] | FieldError | None:
    """The next row, why it cannot be read, or None at the end of the file."""
    try:
        return next(reader, None)
    except csv.Error:
        return _NO_CSV
    except UnicodeDecodeError:
        return _NO_UTF8
    except _TooLong:
        return TOO_LONG


class _Padding:
    """Removes blanks around quoted cells, which RFC 4180 does not allow and some programs write."""

    def __init__(self, delimiter: str) -> None:
        blanks, mark = f"[{_BLANKS.replace(delimiter, '')}]*", re.escape(delimiter)
        quoted, end = '(?:[^"]|"")*+', rf"(?={mark}|[\r\n]|\Z)"
        self._cell = re.compile(
            rf'(\A|{mark})(?:{blanks}("{quoted}"){blanks}{end}|{blanks}("{quoted}\Z)|[^{mark}\r\n]*)'
        )
        self._rest = re.compile(rf'({quoted}"){blanks}{end}')

    def strip(self, line: str, *, inside: bool) -> str:
        """A line without such blanks; one that begins `inside` a quoted cell has the rest of that cell first."""
        if not _PADDED.search(line):
            return line
        if not inside:
            return self._cell.sub(_bare, line)
        rest = self._rest.match(line)
        return rest[1] + self._cell.sub(_bare, line[rest.end() :]) if rest else line


def _bare(cell: re.Match[str]) -> str:
    """The delimiter and the quotes with what is in them; a cell without quotes as it is."""
    quoted = cell[2] or cell[3]
    return f"{cell[1]}{quoted}" if quoted else cell[0]


class _Feed:
    """Physical lines for the CSV reader; a record may span several, with at most as many bytes as a line."""

    def __init__(self, lines: Iterator[Raw], delimiter: str) -> None:
        self._lines, self._padding = lines, _Padding(delimiter)
        self._record: list[Raw] = []
        self._again: deque[Raw] = deque()
        self._spare = MAX_LINE_BYTES
        self.size = 0

    @property
    def number(self) -> int:
        """The line where the record begins."""
        return self._record[0].number

    def begin(self) -> None:
        """Start a new record."""
        self._record, self.size = [], 0

    def fail(self) -> None:
        """Reject the record: only its first line is bad; the others are read again.

        Where that would read more bytes again than the file had so far, and a line may have, all of them are bad.
        """
        first, *others = self._record
        again = self.size - first.size
        if again <= self._spare:
            self._spare -= again
            self._record, self.size = [first], first.size
            self._again.extendleft(reversed(others))

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        raw = self._again.popleft() if self._again else self._next_line()
        inside = bool(self._record)
        self._record.append(raw)
        self.size += raw.size
        if not raw.whole or self.size > MAX_LINE_BYTES:
            raise _TooLong
        return self._padding.strip(raw.text.decode(), inside=inside)

    def _next_line(self) -> Raw:
        raw = next(self._lines)
        self._spare += raw.size
        return raw
