"""Export files: products as NDJSON or CSV, in UTF-8, exactly as `import_files` reads them."""

import csv
import io
from collections.abc import Sequence
from typing import Literal

import msgspec

from app.domain import money
from app.domain.exports import Item

MEMBERS = Item._fields
Format = Literal["ndjson", "csv"]

_Line = msgspec.defstruct("_Line", [(name, object) for name in MEMBERS], gc=False)
_encoder = msgspec.json.Encoder(decimal_format="number")


def begin(format_: Format) -> bytes:
    """How a file begins: CSV with a header (RFC 4180)."""
    return _csv([MEMBERS]) if format_ == "csv" else b""


def lines(format_: Format, items: Sequence[Item]) -> bytes:
    """Some lines of a file. In CSV a cell without anything is a member that has its default."""
    if format_ == "csv":
        return _csv([(*item[:3], money.number(item.price), *item[4:6], _cell(item.categories)) for item in items])
    return _encoder.encode_lines([_Line(*item[:3], money.number(item.price), *item[4:]) for item in items])


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(paths: Sequence[str]) -> str:
    return "|".join(path.replace("|", r"\|") for path in paths)
