"""Files that spreadsheets write: read as they mean, or refused with what was seen and what to do.

The dialects are those of RFC 4180, of Excel (`sep=`, the separator of the locale, "Unicode Text") and of exports.
"""

import io
import json
from pathlib import Path

import pytest

from app.bulk.import_files import read
from app.bulk.import_options import Options, UnreadableFile
from app.domain.errors import FieldError
from tests.command_line import Tandem

ROW = {"sku": "A1", "name": "Tea, green", "price": "5"}
READABLE = [
    b'sku,name,price\nA1,"Tea, green",5\n',
    b'sku,name,price\r\nA1,"Tea, green",5\r\n',
    b'\xef\xbb\xbfsku,name,price\nA1,"Tea, green",5',
    b"sku;name;price\nA1;Tea, green;5\n",
    b"\xef\xbb\xbfsku;name;price\r\nA1;Tea, green;5\r\n",
    b"sku\tname\tprice\nA1\tTea, green\t5\n",
    b"sku|name|price\nA1|Tea, green|5\n",
    b"sep=;\nsku;name;price\nA1;Tea, green;5\n",
    b'"sep=;"\r\nsku;name;price\r\nA1;Tea, green;5\r\n',
    b"SEP=|\nsku|name|price\nA1|Tea, green|5\n",
    b'SKU,Name,PRICE\nA1,"Tea, green",5\n',
    b' sku , name , price \nA1,"Tea, green",5\n',
    b'sku,name,price,,\nA1,"Tea, green",5,,\n',
    b'sku,name,price\nA1,"Tea, green",5,,,\n',
    b'sku,name,price\nA1,"Tea, green",5\n,,\n , ,\n',
    b'sku,name,price,note\nA1,"Tea, green",5,x\n',
    b'\nsku,name,price\nA1,"Tea, green",5\n',
    b'price,name,sku\n5,"Tea, green",A1\n',
    b'sku,name,price\rA1,"Tea, green",5\r',
    b'sku,name,price\rA1,"Tea, green",5',
    b'sku , name , price\nA1 , "Tea, green" , 5\n',
    b'sku,name,price\nA1,"Tea, green"  ,5 \n',
    b'sku,\tname,\tprice\r\nA1,\t"Tea, green",\t5\r\n',
    b'"sku" ;"name" ; "price"\n"A1" ; "Tea, green" ;"5" \n',
    b'sku|name|price\nA1| "Tea, green" |5\n',
    b'sku\tname\tprice\n"A1" \t "Tea, green" \t5\n',
    'sku,name,price\nA1,"Tea, green",5\n'.encode("utf-16"),
    b"\xfe\xff" + 'sku;name;price\r\nA1;"Tea, green";5\r\n'.encode("utf-16-be"),
    "sku\tname\tprice\rA1\tTea, green\t5\r".encode("utf-16"),
    'sku,name,price\nA1,"Tea, green",5\n'.encode("utf-32"),
    '{"sku": "A1", "name": "Tea, green", "price": 5}\n'.encode("utf-16"),
    b'{"sku": "A1", "name": "Tea, green", "price": 5}\r',
    b'sku,name,price\r\r\nA1,"Tea, green",5\r\r\n',
    b'sku,name,price,"of\ntwo"\rA1,"Tea, green",5,"a\nb"\r',
    '\u200bSKU,na\u00adme,ｐｒｉｃｅ\nA1,"Tea, green",5\n'.encode(),
    'sku;name;price;"Größe (Länge, Breite, Höhe, Tiefe)"\nA1;Tea, green;5;\n'.encode(),
    b"Artikelnr;Bezeichnung;Preis (netto, brutto, EK, VK)\nA1;Tea, green;5\n",
]
REFUSED = [
    (b"PK\x03\x04", "save it as CSV"),
    ("Größe;sku\n1;A".encode("cp1252"), "--encoding windows-1252"),
    (
        b"Order code #;Name *;Price\n1;A;5\n",
        "3 columns separated by `;`: Order code #, Name *, Price; none is `sku`. Did you",
    ),
    (b"Order code #;Name *;Price\n1;A;5\n", "--map 'Order code #=sku'"),
    (b"Menge\tPreis\n1\t5\n", "separated by tabs"),
    (b"sku,attribute_set_code,product_type,name\nA,Top,simple,B\n", "add it, such as --currency EUR"),
    (b"a," * 2_000 + b"sku\n", "2001 columns"),
    (b"sku,SKU,name\n1,2,3\n", "two columns for `sku`"),
    (b"sep=;\nsku;na\rme\nA;Tea\n", "neither NDJSON nor CSV with a header"),
    (b"x" * 200_000 + b"\nA\n", "one column"),
    (b"Preisliste 2026\n\nsku;name;price\nA;Tea;5\n", "The first line must name the columns"),
    (b"sep=,\nsku;name\nA;Tea\n", "one column separated by `,`: sku;name; it is not `sku`"),
    ("sku,name\nA,Tea\n".encode("utf-16-le"), "import it with --encoding utf-16"),
    ("sku,name\nA,Tea\n".encode("utf-16-be"), "UTF-16 without a byte order mark"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old format (XLS): save it as XLSX"),
    (b"%PDF-1.7\n", "a PDF"),
    (b"\x1f\x8b\x08\x00", "unpack it first"),
    (b'{"products": [\n{"sku": "A", "price": 1},\n{"sku": "B", "price": 1}\n]}\n', "write each product on one line"),
    (b'{\n"sku": "A"\n}\n', "write each product on one line"),
]


@pytest.mark.parametrize("file", READABLE)
def test_dialects(file: bytes) -> None:
    """One product in each dialect is the same product; empty rows and cells mean nothing."""
    (line,) = (found.line for found in read(io.BytesIO(file)))
    assert not isinstance(line.members, FieldError)
    assert {name: str(value).strip() for name, value in line.members.items()} == ROW


@pytest.mark.parametrize(("file", "message"), REFUSED)
def test_refused(file: bytes, message: str) -> None:
    """A file that cannot be read is refused as a whole, in words that say what to do."""
    with pytest.raises(UnreadableFile) as refused:
        list(read(io.BytesIO(file)))
    assert message in str(refused.value)


def test_a_mark_goes_before_the_encoding_that_is_named() -> None:
    """A byte order mark is never wrong: it counts, whatever --encoding says."""
    for encoding in ("utf-8-sig", "utf-16"):
        file = io.BytesIO("sku,name\nA,Gießkanne\n".encode(encoding))
        (line,) = (found.line for found in read(file, "", Options(encoding="windows-1252")))
        assert line.members == {"sku": "A", "name": "Gießkanne"}


def test_names_of_columns() -> None:
    """A column that is told is found in each spelling of its name; one that the file does not have is refused."""
    file = "Re\u0301fe\u0301rence\u00a0X,name\nA,Tea\n".encode()
    (line,) = (found.line for found in read(io.BytesIO(file), "", Options(columns={"référence x": "sku"})))
    assert line.members == {"sku": "A", "name": "Tea"}
    for text in (file, b"Handle,Title,Variant Price\na,Tea,5\n"):
        with pytest.raises(UnreadableFile, match="FILE has no column `Lager`, which --map"):
            list(read(io.BytesIO(text), "", Options(columns={"Lager": "stock"}, preset={"currency": "EUR"})))


def test_other_columns(tandem: Tandem, database_url: str, tmp_path: Path) -> None:
    """Columns with other names, in Windows-1252, land by --map and --encoding."""
    file = tmp_path / "liste.csv"
    file.write_bytes("Artikelnummer;Bezeichnung;Preis\r\n00117;Gießkanne;12.50\r\n;;\r\n".encode("cp1252"))
    maps = [part for pair in ("Artikelnummer=sku", "bezeichnung=name", "Preis=price") for part in ("--map", pair)]
    bad = tandem("import", str(file), *maps, url=database_url)
    assert (bad.exit_code, "with --encoding windows-1252" in bad.stderr) == (1, True)
    done = tandem("import", str(file), *maps, "--encoding", "windows-1252", url=database_url)
    assert (done.exit_code, done.stdout.strip()) == (0, "1 created, 0 updated, 0 unchanged, 0 bad")
    refused = tandem("import", str(file), "--map", "Artikelnummer=ean", url=database_url)
    assert refused.exit_code == 2


def test_a_mapping(tandem: Tandem, database_url: str, tmp_path: Path) -> None:
    """A dry run shows the mapping that it guesses and what it reads; the mapping can be saved, changed and told."""
    file, mapping = tmp_path / "liste.csv", tmp_path / "mapping.json"
    file.write_text(
        "Artikelnummer;Bezeichnung;Preis (€);Lager\n" + "".join(f"A{n};Tee {n};4,5;{n}\n" for n in range(5))
    )
    tried = tandem("import", str(file), "--dry-run", "--currency", "EUR", url=database_url)
    assert tried.exit_code == 0
    assert [line for line in tried.stderr.splitlines() if line.startswith("line ")] == [
        f'line {n + 2}: {{"sku":"A{n}","name":"Tee {n}","price":4.5,"currency":"EUR"}}' for n in range(3)
    ]
    said = next(line for line in tried.stderr.splitlines() if "--mapping" in line).partition("--mapping: ")[2]
    assert json.loads(said) == {"Artikelnummer": "sku", "Bezeichnung": "name", "Preis (€)": "price"}
    mapping.write_text(json.dumps(json.loads(said) | {"Lager": "stock"}))
    done = tandem("import", str(file), "--mapping", str(mapping), "--map", "Preis (€)=price", url=database_url)
    assert (done.exit_code, done.stdout.strip()) == (0, "5 created, 0 updated, 0 unchanged, 0 bad")
    assert "Not used" not in done.stderr
    for wrong in ("{}", "[]", "x", '{"Preis": "costs"}', '{"Preis": 5}'):
        mapping.write_text(wrong)
        assert tandem("import", str(file), "--mapping", str(mapping), url=database_url).exit_code == 2


def test_windows_1252_further_down() -> None:
    """A byte that is not UTF-8 costs its line alone, and the likely encoding is named, wherever it stands."""
    file = "sku,name\n" + "".join(f"A{number},Tea\n" for number in range(2_000))
    found = [each.line for each in read(io.BytesIO(file.encode() + "B,Gießkanne\nC,Tea\n".encode("cp1252")))]
    (bad,) = (line for line in found if isinstance(line.members, FieldError))
    assert isinstance(bad.members, FieldError)
    assert (bad.number, "--encoding windows-1252" in bad.members.message, len(found)) == (2_002, True, 2_002)


def test_broken_utf_16() -> None:
    """Half a character at the end of a file of UTF-16 costs its line alone."""
    file = "sku,name\nA,Tea\nB,Tea\n".encode("utf-16") + "C".encode("utf-16-le") + b"\x00"
    assert [isinstance(each.line.members, FieldError) for each in read(io.BytesIO(file))] == [False, False, True]


def test_blanks_within_quotes_stay() -> None:
    """Only blanks around quotes are nothing: those within are kept, in cells of several lines too."""
    file = b'sku,name,description\nA, "5, ""x"" 3" ,"two ,  ""lines"" \n ""here"" , x" , \nB,Pot,c "d" e\n'
    first, second = (each.line.members for each in read(io.BytesIO(file)))
    assert first == {"sku": "A", "name": '5, "x" 3', "description": 'two ,  "lines" \n "here" , x'}
    assert second == {"sku": "B", "name": "Pot", "description": 'c "d" e'}


def test_unused_columns(tandem: Tandem, database_url: str, tmp_path: Path) -> None:
    """Columns and members that are not used are named once, with their values, on the terminal and in the report."""
    file, report = tmp_path / "list.csv", tmp_path / "report.ndjson"
    file.write_text("sku;name;price;EAN;Notiz;\nA;Tea;5;4006381333931;;\nB;Pot;6;4006381333948;neu;\n")
    done = tandem("import", str(file), "--report", str(report), url=database_url)
    assert (done.exit_code, done.stdout.strip()) == (0, "2 created, 0 updated, 0 unchanged, 0 bad")
    assert "EAN (2), Notiz (1)" in done.stderr
    records = [json.loads(line) for line in report.read_text().splitlines()]
    assert [(record["field"], record["code"], record["message"]) for record in records] == [
        ("EAN", "not_used", "Not used; it has 2 values."),
        ("Notiz", "not_used", "Not used; it has 1 values."),
    ]
    lines = '{"sku": "A", "colour": "x"}\n{"sku": "B", "colour": "y", "ean": null}\n'
    assert "colour (2), ean (0)" in tandem("import", "-", url=database_url, stdin=lines).stderr


def test_set_and_currency(tandem: Tandem, database_url: str, tmp_path: Path) -> None:
    """--set, --currency and --decimal give a price list what it leaves out; what they cannot mean is refused."""
    file = tmp_path / "list.csv"
    file.write_text("sku;name;price\nA;Tea;1,299\nB;Pot;12\n")
    for wrong in (
        "--set colour=red",
        "--set stock=x",
        "--set sku=1",
        "--set stock=1 --set stock=2",
        "--set currency=EUR --currency USD",
        "--currency XXX",
    ):
        assert tandem("import", str(file), *wrong.split(), url=database_url).exit_code == 2
    given = ("--currency", "kwd", "--set", "stock=3", "--decimal", ",")
    assert tandem("import", str(file), *given, url=database_url).exit_code == 0
    exported = [json.loads(line) for line in tandem("export", url=database_url).stdout.splitlines()]
    assert [(each["price"], each["currency"], each["stock"]) for each in exported] == [
        (1.299, "KWD", 3),
        (12, "KWD", 3),
    ]
