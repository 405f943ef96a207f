"""Import files as a stream of lines: NDJSON, JSON arrays, CSV, sheets and product feeds, ours and those of shops.

Memory is bounded for any file.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from app.bulk import json_array, json_lines
from app.bulk.formats import shop_tables
from app.bulk.formats.known import format_of
from app.bulk.import_options import Notes, Options, Read, UnreadableFile
from app.bulk.sources.byte_streams import Source
from app.bulk.sources.physical_lines import Raw, physical_lines
from app.bulk.tables import csv_tables, own_tables, xml_feeds
from app.bulk.tables.table import Table

_JSON = frozenset({".ndjson", ".jsonl", ".json"})
_SPREAD = re.compile(r"\{(?:[^\r\n]*[{\[,])?[ \t]*[\r\n]")
"""A JSON object that spans several lines."""


def read(
    stream: BinaryIO, suffix: str = "", options: Options | None = None, notes: Notes | None = None
) -> Iterator[Read]:
    """The lines of a file; its suffix and first character decide the format.

    `notes` take in what else the file has. Raises `UnreadableFile`.
    """
    options, notes = options or Options(), notes or Notes()
    source = Source(stream, options.encoding)
    if not source.beginning:
        return
    if _is_json(source.beginning, suffix.lower(), options.format):
        is_array = source.beginning.startswith("[")
        if _SPREAD.match(source.beginning):
            raise UnreadableFile(
                "FILE begins with a JSON object that spans several lines: write each product on one line (NDJSON), or"
                " all of them in one JSON array."
            )
        texts = json_array.elements(source.utf8()) if is_array else _lines(source, options)
        yield from json_lines.read(texts, options, notes)
    else:
        yield from _table(source, options, notes)


def _is_json(beginning: str, suffix: str, format_: str) -> bool:
    if format_ != "auto":
        return format_ == "ndjson"
    return suffix in _JSON or (suffix != ".csv" and beginning[0] in "{[")


def _table(source: Source, options: Options, notes: Notes) -> Iterator[Read]:
    """The lines of a table: a sheet, a product feed in XML, or CSV."""
    if source.beginning.startswith("PK"):
        table = _sheet(source)
    elif source.beginning.startswith("<"):
        table = xml_feeds.table_of(source.bytes(), notes)
    else:
        table = csv_tables.table_of(_lines(source, options), options)
    table = table._replace(records=islice(table.records, options.most_rows))
    if format_ := format_of(table.header, options.format):
        yield from shop_tables.read(format_, table, options, notes)
    else:
        yield from own_tables.read(table, options, notes)


def _lines(source: Source, options: Options) -> Iterator[Raw]:
    return islice(physical_lines(source.utf8()), options.most_rows)


def _sheet(source: Source) -> Table:
    try:
        # openpyxl is optional, and most imports read no sheets.
        from app.bulk.tables import sheets  # noqa: PLC0415
    except ImportError:
        raise UnreadableFile(
            "FILE is a spreadsheet (XLSX) or another archive: install `tandem[xlsx]`, or save it as CSV in UTF-8."
        ) from None
    return sheets.table_of(source.bytes())
