"""XLSX files: the cells that a spreadsheet shows, and files that mean harm."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest

from app.bulk import import_files
from app.bulk.import_options import UnreadableFile
from app.bulk.tables import sheets
from app.domain.errors import FieldError
from tests.shop_files import read


def workbook(*rows: list[Any]) -> bytes:
    """An XLSX file."""
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(file)
    return file.getvalue()


def changed(file: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The file with one of its parts changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            content = source.read(member)
            target.writestr(member, change(content) if member.endswith(name) else content)
    return made.getvalue()


SHEET = workbook(
    ["sku", "name", "price", "stock", "description", "EAN", None],
    ["00117", "Kettle", 19.9, 3, "two\nlines", 4006381333931, None],
    [],
    [118, "Pot", 0.1 + 0.2, None, date(2026, 3, 1), True],
)


def test_cells() -> None:
    """Cells are what a spreadsheet shows: numbers with 15 digits, texts as they are; blank rows are nothing."""
    found = read(SHEET, ".xlsx", currency=None)
    assert {number: {name: str(cell) for name, cell in one.items()} for number, one in found.products.items()} == {
        2: {"sku": "00117", "name": "Kettle", "price": "19.9", "stock": "3", "description": "two\nlines"},
        4: {"sku": "118", "name": "Pot", "price": "0.3", "description": "2026-03-01"},
    }
    assert found.notes.unused == {"EAN": 2}


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (True, "TRUE"),
        (time(9, 30), "09:30:00"),
        (datetime.fromisoformat("2026-03-01T09:30"), "2026-03-01T09:30:00"),
        (1.50, "1.5"),
    ],
)
def test_kinds_of_cells(cell: object, shown: str) -> None:
    """Booleans are as spreadsheets write them, times as ISO 8601 does."""
    file = workbook(["sku", "name", "description"], ["pot", "Pot", cell])
    assert read(file, ".xlsx").only["description"] == shown


def test_large_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is too large is refused while it arrives, before anything unpacks it."""
    monkeypatch.setattr(sheets, "_MAX_BYTES", 100)
    with pytest.raises(UnreadableFile, match="more than"):
        read(SHEET, ".xlsx")


def test_shops() -> None:
    """A sheet with a shop's header is that shop's."""
    file = workbook(["Handle", "Title", "Variant Price"], ["mug", "Mug", 5])
    assert read(file).only["sku"] == "mug"


def test_empty_cells_behind_a_row() -> None:
    """Empty texts behind a row are nothing, as many as there are."""
    assert read(workbook(["sku", "name"], ["pot", "Pot", "", ""])).only["name"] == "Pot"


def test_sizes_that_are_not_true() -> None:
    """The size that a sheet states is not relied on: its rows are read."""
    wrong = changed(SHEET, "sheet1.xml", lambda text: text.replace(b'ref="A1:G4"', b'ref="A1"'))
    assert wrong != SHEET
    assert len(read(wrong, currency=None).products) == 2


def test_a_far_cell() -> None:
    """A cell in the last row and column takes neither memory nor the process down."""
    far = b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>'
    found = read(changed(SHEET, "sheet1.xml", lambda text: text.replace(b"</sheetData>", far)), currency=None)
    assert (len(found.products), found.bad) == (2, [(1_048_576, "")])


def test_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other archives, broken ones and those that unpack to too much are refused whole."""
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("x.csv", "sku,name,price")
    broken = changed(SHEET, "sheet1.xml", lambda text: text[: len(text) // 2])
    for file in (b"PK\x03\x04", other.getvalue(), broken, SHEET[: len(SHEET) // 2]):
        with pytest.raises(UnreadableFile, match="save it as CSV"):
            list(import_files.read(io.BytesIO(file)))
    blanks = b"<!--" + b" " * 5_000_000 + b"-->"
    bomb = changed(SHEET, "sheet1.xml", lambda text: text.replace(b"<sheetData>", blanks + b"<sheetData>"))
    monkeypatch.setattr(sheets, "_MAX_BYTES", 1_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(UnreadableFile, match="unpacked"):
        list(import_files.read(io.BytesIO(bomb)))


def test_entities() -> None:
    """A part that declares entities does not blow up."""
    laughs = (
        b'<!DOCTYPE x [<!ENTITY a "'
        + b"ha" * 1_000
        + b'">'
        + b"".join(b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 100) for letter in b"bcdefg")
        + b"]>"
    )
    file = changed(SHEET, "sheet1.xml", lambda text: laughs + text.replace(b"<v>3</v>", b"<v>&g;</v>"))
    with pytest.raises(UnreadableFile):
        list(import_files.read(io.BytesIO(file)))


def test_long_rows() -> None:
    """A row of more than a megabyte is a bad line."""
    file = workbook(["sku", *["name"] * 1], ["A", "x"], *[["B", *["y" * 30_000] * 40]])
    lines = [each.line for each in import_files.read(io.BytesIO(file))]
    assert [isinstance(line.members, FieldError) for line in lines] == [False, True]
