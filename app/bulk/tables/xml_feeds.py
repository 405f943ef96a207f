"""Product feeds in XML (RSS 2.0 and Atom with Google's namespace) as tables, one item after another.

A file is hostile until read: nothing outside it is opened, entities are refused, and no part of it may be long.
"""

from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

from app.bulk.formats.google import COLUMNS
from app.bulk.import_options import MAX_NAMES, Notes, UnreadableFile
from app.bulk.sources.physical_lines import MAX_LINE_BYTES, TOO_LONG
from app.bulk.tables.csv_records import Record
from app.bulk.tables.table import Table

_CHUNK = 65_536
_MAX_DEPTH = 50
_BETWEEN = "\n"
_GOOGLE = "http://base.google.com/ns/1.0"
_NAMESPACES = (_GOOGLE, "", "http://www.w3.org/2005/Atom")
"""The children of an item that are read; of two with one name, the first."""
_ROOTS = frozenset({"rss", "feed", "RDF"})
_ITEMS = frozenset({"item", "entry"})
_LISTED = "additional_image_link"
_PLACES = {name: place for place, name in enumerate(COLUMNS)}


def table_of(stream: BinaryIO, notes: Notes) -> Table:
    """The items of a feed as rows, with their numbers; reading them raises `UnreadableFile` if the file is no feed."""
    return Table(list(COLUMNS), _records(stream, notes), "in a feed")


def _records(stream: BinaryIO, notes: Notes) -> Iterator[Record]:
    parser = expat.ParserCreate(namespace_separator=_BETWEEN)
    feed = _Feed(parser, notes)
    size = 0
    try:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            parser.Parse(chunk)
            if size - parser.CurrentByteIndex > MAX_LINE_BYTES:
                raise UnreadableFile(f"FILE is XML with a part that is longer than {MAX_LINE_BYTES} bytes.")
            yield from feed.taken()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        problem = expat.ErrorString(error.code)
        raise UnreadableFile(f"FILE is not well-formed XML: line {error.lineno}: {problem}.") from None
    yield from feed.taken()


class _Feed:
    """Collects the items of a feed; of an item only its direct children count, Google's before others."""

    def __init__(self, parser: expat.XMLParserType, notes: Notes) -> None:
        self._parser, self._unused = parser, notes.unused
        self._records: list[Record] = []
        self._depth = self._item_depth = self._start = self._number = self._length = 0
        self._values: dict[tuple[str, str], list[str]] = {}
        self._text: list[str] | None = None
        parser.StartElementHandler, parser.EndElementHandler = self._open, self._close
        parser.buffer_text = True
        parser.CharacterDataHandler, parser.EntityDeclHandler = self._add, self._refuse

    def taken(self) -> list[Record]:
        """The items that ended since the last call."""
        records, self._records = self._records, []
        return records

    @property
    def _fits(self) -> bool:
        return self._length <= MAX_LINE_BYTES

    def _open(self, name: str, _: object) -> None:
        self._depth += 1
        namespace, _, local = name.rpartition(_BETWEEN)
        if self._depth == 1:
            _require_feed(local)
        if self._depth > _MAX_DEPTH:
            raise UnreadableFile(f"FILE is XML with elements that stand in more than {_MAX_DEPTH} others.")
        if not self._item_depth and local in _ITEMS:
            self._item_depth, self._values, self._length = self._depth, {}, 0
            self._number, self._start = self._number + 1, self._parser.CurrentByteIndex
        elif self._item_depth and self._depth == self._item_depth + 1 and namespace in _NAMESPACES:
            self._length += len(name)
            if self._fits:
                self._text = self._values.setdefault((local, namespace), [])
                self._text.append("")

    def _add(self, text: str) -> None:
        self._length += len(text)
        if self._text is not None and self._depth == self._item_depth + 1 and self._fits:
            self._text[-1] += text

    def _close(self, _: str) -> None:
        if self._depth == self._item_depth:
            size = self._parser.CurrentByteIndex - self._start
            self._records.append(Record(self._number, self._cells() if self._fits else TOO_LONG, size))
            self._item_depth = 0
        elif self._depth == self._item_depth + 1:
            self._text = None
        self._depth -= 1

    def _cells(self) -> list[str]:
        cells = [""] * len(COLUMNS)
        for local, _ in self._values:
            if (place := _PLACES.get(local)) is not None:
                cells[place] = self._cell(local)
            elif len(self._unused) < MAX_NAMES:
                self._unused[local] += 1
        return cells

    def _cell(self, name: str) -> str:
        values = next(filter(None, (self._values.get((name, namespace)) for namespace in _NAMESPACES)))
        return ",".join(value.strip().replace(",", "%2C") for value in values) if name == _LISTED else values[0]

    def _refuse(self, *_: object) -> None:
        raise UnreadableFile("FILE is XML that declares entities, which an import refuses: write the text itself.")


def _require_feed(root: str) -> None:
    if root.upper() == "BMECAT":
        raise UnreadableFile(
            "FILE is a BMEcat catalogue, which is not supported: its prices depend on quantities. Export the"
            " products as CSV with the columns sku, name and price, or as a Google feed."
        )
    if root not in _ROOTS:
        raise UnreadableFile(
            f"FILE is XML but not a product feed: its first element is <{root[:50]}>."
            " Export it as CSV, NDJSON or a Google feed."
        )
