"""Export files: products as NDJSON or CSV in UTF-8, in the format that `import_files` reads."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from app.bulk import spreadsheets
from app.domain import money
from app.domain.bulk import import_variants
from app.domain.bulk.exports import Item
from app.domain.fields.member_types import Attributes, Names, Price, Weight
from app.domain.fields.product_fields import BY_NAME, IMPORTED

Format = Literal["ndjson", "csv"]

_JSON = tuple(name for name in IMPORTED if isinstance(BY_NAME[name].type, Attributes | Names | Weight))
_PRICES = tuple(name for name in IMPORTED if isinstance(BY_NAME[name].type, Price))
_OPTIONS, _VARIANTS = "options", "variants"
"""The members that only lines of products with options have."""
_NAMES = frozenset(name for name in IMPORTED if isinstance(BY_NAME[name].type, Names))
_encoder = msgspec.json.Encoder(decimal_format="number")


class ExportFile:
    """A file in a format. For a `spreadsheet`, an apostrophe precedes cells that it would run as formulas."""

    def __init__(self, format_: Format, *, spreadsheet: bool = False) -> None:
        self._format, self._spreadsheet = format_, spreadsheet

    def begin(self) -> bytes:
        """The beginning of the file: for CSV a header (RFC 4180)."""
        return _csv([IMPORTED]) if self._format == "csv" else b""

    def lines(self, items: Sequence[Item]) -> bytes:
        """Some lines of the file. In CSV an empty cell is a member with its default."""
        if self._format == "csv":
            rows = [[_cell(name, value) for name, value in _shown(item).items()] for item in items]
            return _csv([[_safe(cell, spreadsheet=self._spreadsheet) for cell in row] for row in rows])
        return _encoder.encode_lines([_said(_shown(item)) for item in items])

    def end(self) -> bytes:
        """Nothing ends the file."""
        return b""


def _shown(item: Item) -> Item:
    texts = {name: msgspec.Raw(item[name]) for name in _JSON if item[name] is not None}
    shown = item | {name: money.number_if_any(item[name]) for name in _PRICES} | texts
    if item[_OPTIONS]:
        sold = import_variants.exported(item[_VARIANTS])
        shown |= {_OPTIONS: msgspec.Raw(item[_OPTIONS]), _VARIANTS: msgspec.Raw(_encoder.encode(sold))}
    return shown


def _said(shown: Item) -> Item:
    """The members of a line of JSON."""
    if not shown[_OPTIONS]:
        del shown[_OPTIONS], shown[_VARIANTS]
    return shown


def _safe(cell: object, *, spreadsheet: bool) -> object:
    return spreadsheets.prefixed(cell, spreadsheet=spreadsheet) if isinstance(cell, str) else cell


def _csv(rows: Sequence[Iterable[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(name: str, value: Any) -> object:
    if name == "categories":
        return _joined(value)
    if name in _NAMES:
        return _joined(one.replace("\\", r"\\") for one in msgspec.json.decode(value))
    if isinstance(value, msgspec.Raw):
        return "" if bytes(value) == b"{}" else bytes(value).decode()
    return value


def _joined(names: Iterable[str]) -> str:
    return "|".join(name.replace("|", r"\|") for name in names)
