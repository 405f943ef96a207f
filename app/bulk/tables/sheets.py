"""The first sheet of an XLSX file as a table, row after row; this needs openpyxl (`tandem[xlsx]`)."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, BinaryIO
from zipfile import ZipFile

import openpyxl

from app.bulk.import_options import UnreadableFile
from app.bulk.sources.physical_lines import MAX_LINE_BYTES, TOO_LONG
from app.bulk.tables.csv_records import Record
from app.bulk.tables.table import Table, of_records

_MAX_BYTES = 200_000_000
"""Bytes of a file at most, packed and unpacked."""
_CHUNK = 65_536
_TOO_LARGE = f"FILE is a spreadsheet of more than {_MAX_BYTES} bytes, unpacked: save it as CSV in UTF-8."
warnings.filterwarnings("ignore", module="openpyxl")  # what it cannot read besides the cells does not matter


def table_of(stream: BinaryIO) -> Table:
    """The first sheet. Raises `UnreadableFile`, also while it is read."""
    return of_records(_records(stream), "in a sheet")


def _records(stream: BinaryIO) -> Iterator[Record]:
    with TemporaryFile() as file, _reading():
        _copy(stream, file)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # files may state too few rows and columns
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = list(map(_text, row))
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                fits = sum(map(len, cells)) <= MAX_LINE_BYTES
                yield Record(number, cells if fits else TOO_LONG, 0)


@contextmanager
def _reading() -> Iterator[None]:
    """Translate openpyxl's exceptions to `UnreadableFile`: hostile bytes make it raise almost anything."""
    try:
        yield
    except (UnreadableFile, GeneratorExit):
        raise
    except Exception as error:
        raise UnreadableFile(
            "FILE is a spreadsheet or another archive that cannot be read as XLSX: save it as CSV in UTF-8."
        ) from error


def _copy(stream: BinaryIO, file: IO[bytes]) -> None:
    """Copy a file to a seekable file; raises `UnreadableFile` if it is too large."""
    while chunk := stream.read(_CHUNK):
        file.write(chunk)
        if file.tell() > _MAX_BYTES:
            raise UnreadableFile(_TOO_LARGE)
    with ZipFile(file) as archive:  # which reads no more of a member than its stated size
        if sum(member.file_size for member in archive.infolist()) > _MAX_BYTES:
            raise UnreadableFile(_TOO_LARGE)
    file.seek(0)


def _text(value: object) -> str:
    """A cell as a CSV file has it: whole numbers without a point, others with the 15 digits that Excel shows."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float():
            return f"{Decimal(f'{value:.15g}'):f}"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)
