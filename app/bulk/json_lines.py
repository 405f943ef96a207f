"""JSON as import lines: one object a line (NDJSON), or all of them in one array."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

import msgspec

from app.bulk.import_options import Notes, Options, Read
from app.bulk.sources.physical_lines import TOO_LONG, Raw, malformed
from app.bulk.tables.csv_rows import Rows
from app.bulk.taken_members import taken
from app.domain.bulk.import_lines import Fields, Line, TypedLine
from app.domain.errors import FieldError, TandemError
from app.http import bodies

_BLANKS = b" \t\r\n"


def read(texts: Iterable[Raw], options: Options, notes: Notes) -> Iterator[Read]:
    """The lines of texts with one object each; blank texts are skipped."""
    rows = Rows([], options.preset, {}) if options.preset else None
    for raw in texts:
        if not raw.whole:
            yield Read(Line(raw.number, TOO_LONG), raw.size)
        elif raw.text.startswith(b"{") or raw.text.strip(_BLANKS):
            yield Read(_line(raw, notes) if rows is None else _completed(raw, rows, notes), raw.size)


def _completed(raw: Raw, rows: Rows, notes: Notes) -> Line:
    found = _object(raw.text, notes)
    return Line(raw.number, found if isinstance(found, FieldError) else rows.complete(found))


def _line(raw: Raw, notes: Notes) -> Line | TypedLine:
    parse = partial(_object, raw.text, notes)
    try:
        return TypedLine(raw.number, _decode(raw.text), parse)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Line(raw.number, parse())


_decode = msgspec.json.Decoder(Fields).decode


def _object(text: bytes, notes: Notes) -> Mapping[str, object] | FieldError:
    try:
        value = bodies.parse(text)
    except TandemError:
        return malformed("not well-formed JSON in UTF-8")
    if not isinstance(value, dict):
        return malformed("not a JSON object")
    return taken(value, notes.unused)
