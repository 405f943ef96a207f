"""CSV for spreadsheets: no cell is a formula, and an import reads what was exported."""

import csv
import io
import json
from decimal import Decimal
from random import Random

import pytest

from app.bulk import import_files, spreadsheets
from app.bulk.export_files import ExportFile
from app.domain.bulk.import_lines import Line
from app.domain.catalogue import variants

_FIRST = "'=+-@\t\r\n＝＋－＠aé "
FORMULAS = frozenset("=+-@\t\r\n＝＋－＠")


@pytest.mark.parametrize("spreadsheet", [True, False])
def test_any_cell_comes_back(spreadsheet: bool) -> None:
    """10,000 cells that begin with anything are read as they were; for a spreadsheet none begins like a formula."""
    chance = Random(14)
    for _ in range(10_000):
        cell = "".join(chance.choices(_FIRST, k=chance.randint(0, 6)))
        written = spreadsheets.prefixed(cell, spreadsheet=spreadsheet)
        assert spreadsheets.plain(written) == cell
        assert not (spreadsheet and written[:1] in FORMULAS)


def test_others_stay() -> None:
    """Ordinary text is never changed, an apostrophe in front of it included; nor is a formula in a plain file."""
    for cell in ("Lamp", "'tis", "''", "a=1", " =1", "5", ""):
        assert spreadsheets.prefixed(cell, spreadsheet=True) == spreadsheets.plain(cell) == cell
    assert spreadsheets.prefixed("=1", spreadsheet=False) == "=1"


def _sold(sku: str, options: str) -> list[object]:
    """A variant as a row of what an export reads."""
    values = {"sku": sku, "price": 125_000, "stock": 5, "options": options}
    return [values.get(name) for name in variants.MEMBERS]


@pytest.mark.parametrize("spreadsheet", [True, False])
def test_a_file(spreadsheet: bool) -> None:
    """A file with formulas in every text is imported as the products that were exported."""
    item = {
        "sku": "=cmd|'/c calc'!A0",
        "name": "@SUM(1+1)",
        "description": '\'=HYPERLINK("http://evil.example")',
        "price": 125_000,
        "currency": "USD",
        "stock": 5,
        "categories": ["+1 > -2", "=A|B"],
        "slug": "sum",
        "status": "draft",
        "brand": "-2+3",
        "tags": '["=1|2","@x"]',
        "attributes": '{"=1+1":["a|b"],"Watt":12.5}',
        "gtin": "96385074",
        "compareAtPrice": 150_000,
        "weight": '{"value":1,"unit":"kg"}',
        "options": '[{"name":"=1+1","values":["@x","-2"]}]',
        "variants": json.dumps([_sold("=cmd|'/c calc'!A0", '{"=1+1":"@x"}'), _sold("+1", '{"=1+1":"-2"}')]),
    }
    file = ExportFile("csv", spreadsheet=spreadsheet)
    begin = file.begin()
    named = next(csv.reader(io.StringIO(begin.decode())))
    item = {name: item[name] for name in named}
    text = begin + file.lines([item])
    (read,) = import_files.read(io.BytesIO(text), ".csv")
    assert isinstance(read.line, Line)
    none = dict.fromkeys(("gtin", "compareAtPrice", "weight"))
    values = {
        "price": Decimal("12.5"),
        "compareAtPrice": 15,
        "weight": {"value": 1, "unit": "kg"},
        "tags": ["=1|2", "@x"],
        "attributes": {"=1+1": ["a|b"], "Watt": Decimal("12.5")},
        "options": [{"name": "=1+1", "values": ["@x", "-2"]}],
        "variants": [
            {**none, "sku": "=cmd|'/c calc'!A0", "price": Decimal("12.5"), "stock": 5, "options": {"=1+1": "@x"}},
            {**none, "sku": "+1", "price": Decimal("12.5"), "stock": 5, "options": {"=1+1": "-2"}},
        ],
    }
    assert read.line.members == item | values
    cells = next(csv.reader(io.StringIO(text[len(begin) :].decode(), newline="")))
    if spreadsheet:
        assert not [cell for cell in cells if cell[:1] in FORMULAS]
