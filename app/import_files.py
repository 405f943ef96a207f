r"""Import files: NDJSON and CSV in UTF-8 as a stream of lines, in bounded memory whatever the file holds.

A CSV file has a header with the names of the members. In its cells nothing means absent, and `|` stands between
categories (`\|` is the character itself).
"""

import csv
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import BinaryIO, NamedTuple

from app import bodies
from app.domain.errors import Code, Fault, TandemError
from app.domain.imports import MEMBERS, Line

MAX_LINE_BYTES = 1_000_000
_BOM = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"
_NUMBERS = frozenset({"price", "stock"})
_EXACT = frozenset({"sku", "description"})
_PIECES = re.compile(r"\\.|[^\\|]+|\||\\", re.DOTALL)
_TOO_LONG = Fault((), f"The line must not exceed {MAX_LINE_BYTES} bytes.", Code.PAYLOAD_TOO_LARGE)


class NoHeader(Exception):
    """The file is neither NDJSON nor a CSV file whose header names a column `sku`."""


class Read(NamedTuple):
    """A line, and how many bytes of the file it took."""

    line: Line
    size: int


class _Raw(NamedTuple):
    """A physical line; `text` is its beginning only, unless it is `whole`."""

    number: int
    text: bytes
    size: int
    whole: bool


class _TooLong(Exception):
    pass


def read(stream: BinaryIO, suffix: str = "") -> Iterator[Read]:
    """The lines of a file; without a telling suffix, one that begins with `{` is NDJSON. Raises `NoHeader`."""
    lines = _physical(stream)
    first = next((raw for raw in lines if raw.text.strip(_BLANKS)), None)
    if first is None:
        return
    sniffed = first.text.lstrip(_BLANKS).startswith(b"{")
    if suffix.lower() in {".ndjson", ".jsonl", ".json"} or (sniffed and suffix.lower() != ".csv"):
        yield from _ndjson(chain([first], lines))
    else:
        yield from _csv(chain([first], lines))


def _physical(stream: BinaryIO) -> Iterator[_Raw]:
    number = 0
    while text := stream.readline(MAX_LINE_BYTES + 2):
        number, size, end = number + 1, len(text), text
        whole = len(text.rstrip(b"\r\n")) <= MAX_LINE_BYTES
        if not whole:
            text = text[:64]
        while not whole and end and not end.endswith(b"\n"):
            end = stream.readline(MAX_LINE_BYTES)
            size += len(end)
        yield _Raw(number, text.removeprefix(_BOM) if number == 1 else text, size, whole)


def _ndjson(lines: Iterator[_Raw]) -> Iterator[Read]:
    for raw in lines:
        if raw.text.strip(_BLANKS):
            yield Read(Line(raw.number, _object(raw.text) if raw.whole else _TOO_LONG), raw.size)


def _object(text: bytes) -> Mapping[str, object] | Fault:
    try:
        value = bodies.parse(text)
    except TandemError:
        return _malformed("not well-formed JSON in UTF-8")
    if not isinstance(value, dict):
        return _malformed("not a JSON object")
    return {name: value[name] for name in MEMBERS if name in value}


class _Feed:
    """Physical lines as the CSV reader takes them; a record may span several, but not more than a line may have."""

    def __init__(self, lines: Iterator[_Raw]) -> None:
        self._lines = lines
        self._record: list[_Raw] = []
        self._again: deque[_Raw] = deque()
        self.size = 0

    @property
    def number(self) -> int:
        """The line that the record begins at."""
        return self._record[0].number

    def begin(self) -> None:
        """What comes next is a new record."""
        self._record, self.size = [], 0

    def give_up(self) -> None:
        """The record is none: only its first line is at fault, the others are given again."""
        first, *others = self._record
        self._record, self.size = [first], first.size
        self._again.extendleft(reversed(others))

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        raw = self._again.popleft() if self._again else next(self._lines)
        self._record.append(raw)
        self.size += raw.size
        if not raw.whole or self.size > MAX_LINE_BYTES:
            raise _TooLong
        return raw.text.decode()


def _csv(lines: Iterator[_Raw]) -> Iterator[Read]:
    csv.field_size_limit(MAX_LINE_BYTES)
    feed = _Feed(lines)
    records = csv.reader(feed, strict=True)
    header = _record(records)
    if isinstance(header, Fault) or "sku" not in (header := [name.strip() for name in header or ()]):
        raise NoHeader
    while True:
        feed.begin()
        cells = _record(records)
        if cells is None:
            return
        if isinstance(cells, Fault):
            feed.give_up()
        if cells:
            yield Read(Line(feed.number, cells if isinstance(cells, Fault) else _row(header, cells)), feed.size)


def _record(records: Iterator[list[str]]) -> list[str] | Fault | None:
    """The next record, why it cannot be read, or None at the end of the file."""
    try:
        return next(records, None)
    except (csv.Error, UnicodeDecodeError):
        return _malformed("not well-formed CSV in UTF-8")
    except _TooLong:
        return _TOO_LONG


def _row(header: Sequence[str], cells: Sequence[str]) -> Mapping[str, object] | Fault:
    if len(cells) > len(header):
        return _malformed(f"longer than the header, which names {len(header)} columns")
    named = zip(header, cells, strict=False)
    return {name: _cell(name, cell) for name, cell in named if name in MEMBERS and _says(name, cell)}


def _says(name: str, cell: str) -> bool:
    """Whether a cell has anything; blanks are nothing, except in texts that are stored as they are."""
    return bool(cell) if name in _EXACT else bool(cell.strip())


def _cell(name: str, cell: str) -> object:
    if name == "categories":
        return _split(cell)
    if name not in _NUMBERS:
        return cell
    try:
        return bodies.parse(cell.encode())
    except (TandemError, UnicodeEncodeError):
        return cell


def _split(cell: str) -> list[str]:
    names = [""]
    for piece in _PIECES.findall(cell):
        if piece == "|":
            names.append("")
        else:
            names[-1] += "|" if piece == r"\|" else piece
    return names


def _malformed(what: str) -> Fault:
    return Fault((), f"The line is {what}.", Code.MALFORMED_REQUEST)
