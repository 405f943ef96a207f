"""Amounts as people write them: the number, its currency, and what can mean two of either.

The spellings are those of CLDR's number patterns (decimal marks, grouping, currency signs) and of price lists (`12,-`).
"""

import io
from decimal import Decimal
from typing import Any

import pytest

from app.bulk import amounts
from app.bulk.import_files import Options, read
from app.domain.errors import FieldError


def members(text: str, options: Options | None = None) -> list[Any]:
    """The members of the lines of a file; a fault as its message."""
    found = (each.line.members for each in read(io.BytesIO(text.encode()), "", options or Options()))
    return [each.message if isinstance(each, FieldError) else each for each in found]


@pytest.mark.parametrize(
    ("cell", "number", "currency"),
    [
        ("4,5", "4.5", ""),
        ("12,50", "12.50", ""),
        ("1.299,00", "1299.00", ""),
        ("1.234.567,89", "1234567.89", ""),
        ("1,299.00", "1299.00", ""),
        ("1,234,567.5", "1234567.5", ""),
        ("1,299,000", "1299000", ""),
        ("0,299", "0.299", ""),
        ("1299,123", "1299.123", ""),
        ("1.299", "1.299", ""),
        (" 5 ", "5", ""),
        (".5", "0.5", ""),
        ("12.", "12", ""),
        ("007", "7", ""),
        ("+5", "5", ""),
        ("-5", "-5", ""),
        ("12,-", "12", ""),
        ("1'299.50", "1299.50", ""),
        ("1’299", "1299", ""),
        ("1\u00a0299,50", "1299.50", ""),
        ("1\u202f234\u202f567", "1234567", ""),
        ("€ 12,50", "12.50", "EUR"),
        ("12,50 €", "12.50", "EUR"),
        ("12.50 EUR", "12.50", "EUR"),
        ("eur12.50", "12.50", "EUR"),
        ("£4,250.00", "4250.00", "GBP"),
        ("US$12", "12", "USD"),
        ("$12 CAD", "12", "CAD"),
        ("CHF 12.–", "12", "CHF"),
        ("1 299,00 zł", "1299.00", "PLN"),
        ("1 299 Kč", "1299", "CZK"),
        ("₹1,29,900.00", "129900.00", "INR"),
        ("12,34,567", "1234567", ""),
        ("1.299,-", "1299", ""),
        ("1,299.–", "1299", ""),
        ("Rs.500/- INR", "500", "INR"),
        ("１２００円", "1200", "JPY"),
        ("١٢٫٥٠", "12.50", ""),
        ("۱٬۲۹۹", "1299", ""),
        ("٥٫٠٠٠ د.ك.\u200f", "5.000", "KWD"),
        ("१२.५०", "12.50", ""),
        ("−5", "-5", ""),
        ("R 120.00", "120.00", "ZAR"),
        ("KSh1,200.00", "1200.00", "KES"),
        ("S/ 12.50", "12.50", "PEN"),
        ("12,50 Euro", "12.50", "EUR"),
        ("12 TL", "12", "TRY"),
        ("руб. 5", "5", "RUB"),
        ("R$ 1.299,00", "1299.00", "BRL"),
        ("₩12,000,000", "12000000", "KRW"),
        ("12 000 ₽", "12000", "RUB"),
    ],
)
def test_amounts(cell: str, number: str, currency: str) -> None:
    """A number is read as it can only be meant, with the currency beside it."""
    assert amounts.amount(cell) == (number, frozenset({currency} if currency else ()))


@pytest.mark.parametrize("cell", ["", "€", "ab 12", "12 €/kg", "1e2", "$12 EUR", "1-2", "12x", "5²", "½", "12 €/m²"])
def test_no_amounts(cell: str) -> None:
    """What is no amount is left to the member's own check."""
    assert amounts.amount(cell) is None


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["4,5", "1,299"], ","),
        (["1.299,00", "5"], ","),
        (["1.299.000", "1.299"], ","),
        (["4.5", "1,299"], "."),
        (["1,299", "12,-"], ","),
        (["1,299", "1,29,900"], "."),
        (["1,299", "١٢٫٥٠"], "."),
        (["1,299", "2,500"], None),
        (["4,5", "4.5"], None),
        (["5", "", "x"], None),
    ],
)
def test_marks(cells: list[str], mark: str | None) -> None:
    """The cells that can mean one number tell the decimal mark of a column; where they differ none is told."""
    assert amounts.decimal_mark(cells) == mark


def test_columns_decide() -> None:
    """`1,299` is read as the rest of its column is written, on whichever line; nothing else decides, but --decimal."""
    text = "sku;price;stock\nA;1,299;5\nB;4,5;\nC;1.299;\n"
    assert [found["price"] for found in members(text)] == [Decimal("1.299"), Decimal("4.5"), 1299]
    assert [found["price"] for found in members(text.replace("4,5", "4.5"))] == [1299, Decimal("4.5"), Decimal("1.299")]
    alone = "sku;price\nA;1,299\n"
    assert "can mean 1.299 or 1299" in members(alone)[0]
    assert "--decimal" in members(alone)[0]
    assert members(alone, Options(decimal=",")) == [{"sku": "A", "price": Decimal("1.299")}]
    assert members(alone, Options(decimal=".")) == [{"sku": "A", "price": 1299}]
    (bad, good) = members("sku;price;stock\nA;1,299;1\nB;5;1,5\n")
    assert "can mean" in bad
    assert good == {"sku": "B", "price": 5, "stock": Decimal("1.5")}


def test_currencies() -> None:
    """A price's sign or code is its currency; what contradicts the line, or means several currencies, is a bad line."""
    assert members("sku;price\nA;12,50 €\n") == [{"sku": "A", "price": Decimal("12.50"), "currency": "EUR"}]
    assert members("sku;price;currency\nA;5; eur \nB;5;€\n") == [
        {"sku": "A", "price": 5, "currency": "EUR"},
        {"sku": "B", "price": 5, "currency": "EUR"},
    ]
    assert members("sku;price;currency\nA;$5;CAD\n") == [{"sku": "A", "price": 5, "currency": "CAD"}]
    assert "not that of the line" in members("sku;price;currency\nA;5 USD;EUR\n")[0]
    assert "--currency" in members("sku;price\nA;$5\n")[0]
    canadian = Options(preset={"currency": "CAD"})
    assert members("sku;price\nA;$5\nB;5\nC;5 €\nD;\n", canadian) == [
        {"sku": "A", "price": 5, "currency": "CAD"},
        {"sku": "B", "price": 5, "currency": "CAD"},
        {"sku": "C", "price": 5, "currency": "EUR"},
        {"sku": "D"},
    ]
    assert members("sku;price;stock\nA;5;3 €\n") == [{"sku": "A", "price": 5, "stock": "3 €"}]


def test_preset_members() -> None:
    """A line has the preset members that it leaves out, in CSV as in NDJSON; its own go first."""
    options = Options(preset={"stock": "3", "categories": "Tea|Pots > Iron"})
    expected = [{"sku": "A", "stock": 3, "categories": ["Tea", "Pots > Iron"]}, {"sku": "B", "stock": 5}]
    expected[1]["categories"] = ["X"]
    assert members("sku;stock;categories\nA;;\nB;5;X\n", options) == expected
    assert members('{"sku":"A"}\n{"sku":"B","stock":5,"categories":["X"]}\n', options) == expected
