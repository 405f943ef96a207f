"""Exports: what comes out goes in again, to the same tree; and all of it is of one moment."""

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.bulk import import_files, import_runner
from app.bulk.export_files import ExportFile, Format
from app.cli import main
from app.domain.bulk import exports
from app.domain.bulk.exports import LeftOut
from app.domain.catalogue import categories, product_edits, products
from app.domain.catalogue.categories import Draft as CategoryDraft
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.unit_of_work import Database, Engine, Unit
from app.stores.database import open_database
from tests import lines
from tests.conftest import Run
from tests.databases import Databases
from tests.lines import everything
from tests.processes import start

pytestmark = pytest.mark.slow
HEADER = (
    "sku,name,description,price,currency,stock,categories,slug,brand,tags,attributes,status,"
    "gtin,compareAtPrice,weight,options,variants"
)

HOSTILE = [
    {"sku": "- -", "name": "Blank sku", "price": 1, "description": "  ", "currency": "JPY"},
    {"sku": "|", "name": '=cmd|"x"', "price": 0.01, "description": 'a, "b"\r\n\n\rc\t', "stock": 0},
    {"sku": "ß", "name": "naïve ✓ \u2028", "price": 999999999.99, "stock": 2147483647, "description": "\ufeff\\"},
    {
        "sku": "4",
        "name": "Deep",
        "price": 0.0001,
        "currency": "CLF",
        "categories": ["A > B > C", "> B", r"X\>Y > \\ > |"],
    },
    {
        "sku": "5",
        "name": "Bare",
        "price": 5,
        "gtin": "00000000000017",
        "compareAtPrice": 7.25,
        "categories": ["B > A", "Alone", r"a|b\\", r"\> first"],
    },
    {"sku": "6", "name": "Root", "price": 5, "weight": {"value": 0.000001, "unit": "lb"}, "categories": ["> A", "> B"]},
    {"sku": "7", "name": "Root", "price": 5, "slug": "kettle-é", "brand": "=1+1", "tags": ["\\", "a|b", r"c\|d", ";"]},
    {
        "sku": "8",
        "name": "Root",
        "price": 5,
        "status": "archived",
        "attributes": {"a|b": '"', "n": -1e-9, "f": False, "l": ["|", "\\"]},
    },
    {
        "sku": "=9",
        "name": "Options",
        "price": 5,
        "options": [{"name": "|\\", "values": ["=1", '"', "é"]}, {"name": "Size", "values": ["S"]}],
        "variants": [
            {"sku": "=9", "price": 5, "stock": 3, "options": {"|\\": '"', "Size": "S"}},
            {"price": 0.5, "compareAtPrice": 999999999.99, "stock": 0, "options": {"|\\": "=1", "Size": "S"}},
            {"sku": " 9 b", "gtin": "4006381333931", "options": {"size": "s", "|\\": "é"}}
            | {"weight": {"value": 1000000, "unit": "g"}},
        ],
    },
]


@pytest.fixture(params=["ndjson", "csv"])
def format_(request: pytest.FixtureRequest) -> Format:
    """Each format in turn."""
    chosen: Format = request.param
    return chosen


@pytest.fixture
def other(databases: Databases, engine: Engine) -> Iterator[str]:
    """The URL of a second, empty database."""
    yield from databases.lend(engine)


def tandem(url: str, *arguments: str, stdin: bytes | None = None) -> Result:
    """Run a command on a database."""
    return CliRunner(env={"TANDEM_DATABASE_URL": url}).invoke(main, arguments, input=stdin, catch_exceptions=False)


def exported(url: str, format_: Format = "ndjson") -> bytes:
    """What an export prints."""
    result = tandem(url, "export", "--format", format_)
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


async def tree(database: Database) -> set[tuple[str, ...]]:
    """Every category as the names that lead to it."""
    selection = ("id", "name", "parentId")
    page = await database.read(
        lambda u: paging.page(u, categories.LISTING, categories.Filter(), Sort(), Window(1000), selection)
    )
    nodes = {row[2]: (row[3], row[4]) for row in page.rows}

    def path(identity: int | None) -> tuple[str, ...]:
        return () if identity is None else (*path(nodes[identity][1]), nodes[identity][0])

    return {path(identity) for identity in nodes}


def test_round_trip(
    database: Database, database_url: str, databases: Databases, other: str, run: Run[Any], format_: Format
) -> None:
    """An export makes an empty catalogue the same, tree and all, and changes nothing in its own."""
    text = "".join(json.dumps(line) + "\n" for line in HOSTILE).encode()
    assert tandem(database_url, "import", "-", stdin=text).stdout.startswith("9 created, 0 updated, 0 unchanged, 0 bad")
    before = exported(database_url, format_)
    assert tandem(other, "import", "-", stdin=before).stdout == "9 created, 0 updated, 0 unchanged, 0 bad\n"
    assert exported(other, format_) == before
    assert tandem(database_url, "import", "-", stdin=before).stdout == "0 created, 0 updated, 9 unchanged, 0 bad\n"
    copy = open_database(other)
    assert run(tree(copy)) == run(tree(database))
    run(copy.close())


def test_lines(database_url: str, database: Database, run: Run[Any]) -> None:
    """A line has every member; roots are bare where no other category bears their name; paths stand in their order."""
    for line in (
        {"sku": "1", "name": "One", "price": 12.5, "categories": ["Zoo", "Home > Tea", "> Tea"]},
        {"sku": "2", "name": "Two", "price": 1980, "currency": "JPY", "stock": 3, "description": "é"}
        | {"brand": "Pot|s", "tags": ["a|b", "C"], "attributes": {"Watt": 12.50, "Colours": ["red", "blue"]}}
        | {"status": "draft", "gtin": "96385074", "compareAtPrice": 2000, "weight": {"value": 1.5, "unit": "kg"}},
    ):
        tandem(database_url, "import", "-", stdin=json.dumps(line).encode())
    assert exported(database_url).decode().splitlines() == [
        (
            '{"sku":"1","name":"One","description":"","price":12.5,"currency":"USD","stock":null,'
            '"categories":["> Tea","Home > Tea","Zoo"],'
            '"slug":"one","brand":null,"tags":[],"attributes":{},"status":"active",'
            '"gtin":null,"compareAtPrice":null,"weight":null}'
        ),
        (
            '{"sku":"2","name":"Two","description":"é","price":1980,"currency":"JPY","stock":3,"categories":[],'
            '"slug":"two","brand":"Pot|s","tags":["a|b","C"],"attributes":{"Watt":12.5,"Colours":["red","blue"]},'
            '"status":"draft","gtin":"96385074","compareAtPrice":2000,"weight":{"value":1.5,"unit":"kg"}}'
        ),
    ]
    assert exported(database_url, "csv").decode().splitlines() == [
        HEADER,
        "1,One,,12.5,USD,,> Tea|Home > Tea|Zoo,one,,,,active,,,,,",
        (
            r'2,Two,é,1980,JPY,3,,two,Pot|s,a\|b|C,"{""Watt"":12.5,""Colours"":[""red"",""blue""]}",draft,'
            '96385074,2000,"{""value"":1.5,""unit"":""kg""}",,'
        ),
    ]


def test_left_out(database_url: str, database: Database, run: Run[Any]) -> None:
    """What an import has no line for is counted on stderr, and no failure."""
    home = run(database.write(lambda unit: categories.create(unit, CategoryDraft("Home"))))
    run(database.write(lambda unit: categories.create(unit, CategoryDraft("Empty", home))))
    run(database.write(lambda unit: products.create(unit, {"name": "Nameless", "price": 10_000})))
    edit: product_edits.Edit = {"name": "Cup", "price": 10_000, "sku": "C", "category_ids": (home,)}
    run(database.write(lambda unit: products.create(unit, edit)))
    result = tandem(database_url, "export")
    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)
    assert result.stderr.splitlines() == [
        "Left out, without a sku: 1 products.",
        "Left out, without products: 1 categories.",
    ]


def test_variants(database_url: str, database: Database, run: Run[Any]) -> None:
    """A line of a product with options has them and its variants, in CSV as JSON."""
    options = [{"name": "Size", "values": ["S", "M"]}]
    sold = [{"sku": "S", "gtin": "96385074", "price": 1.5, "compareAtPrice": 2, "stock": 2}]
    sold += [{"sku": None, "gtin": None, "price": 12, "compareAtPrice": None, "stock": None}]
    sold[0] |= {"weight": {"value": 0.25, "unit": "kg"}, "options": {"Size": "S"}}
    sold[1] |= {"weight": None, "options": {"Size": "M"}}
    line = {"sku": "S", "name": "Tee", "price": 1.5, "options": options, "variants": sold}
    tandem(database_url, "import", "-", stdin=json.dumps(line).encode())
    run(database.write(lambda unit: products.create(unit, {"name": "Cup", "price": 10_000, "sku": "C"})))
    tee, cup = map(json.loads, exported(database_url).splitlines())
    assert (tee["options"], tee["variants"], tee["sku"], tee["stock"]) == (options, sold, "S", 2)
    assert cup.keys() == tee.keys() - {"options", "variants"}
    rows = list(csv.DictReader(io.StringIO(exported(database_url, "csv").decode())))
    assert [json.loads(rows[0][name]) for name in ("options", "variants")] == [options, sold]
    assert (rows[1]["options"], rows[1]["variants"]) == ("", "")


def test_nothing(database_url: str, format_: Format) -> None:
    """An empty catalogue is an empty file, or a header; importing it does nothing."""
    empty = exported(database_url, format_)
    assert empty == (f"{HEADER}\r\n".encode() if format_ == "csv" else b"")
    assert tandem(database_url, "import", "-", stdin=empty).stdout == "0 created, 0 updated, 0 unchanged, 0 bad\n"


def test_one_moment(database: Database, databases: Databases, other: str, run: Run[Any], format_: Format) -> None:
    """While 1,000 writes land, the export stays the moment that it began at, and makes an empty catalogue just that.

    Each write moves money between the two ends of the catalogue, makes a product and deletes one.
    """
    total, writes = 2_000, 1_000
    few = asyncio.Semaphore(8)

    async def writer(number: int) -> None:
        async def work(unit: Unit) -> None:
            pair = sorted((1 + number % 100, total - number % 100))
            prices = await products.by_ids(unit, pair, ("price",))
            step = 10_000 if prices[pair[1]][1] > 10_000 else -10_000
            for identity, change in zip(pair, (step, -step), strict=True):
                await products.change(unit, identity, {"price": prices[identity][1] + change}, None)
            made = await products.create(unit, {"name": f"New {number}", "sku": f"N{number}", "price": 70_000})
            if number % 2:
                await products.remove(unit, made, None)
            else:
                await products.remove(unit, total // 2 - number // 2, None)

        async with few:  # more would wait for a connection of the pool, and only so long
            await database.write(work)

    async def export() -> bytes:
        """The export; between any two of its pieces a part of the writes lands."""
        waiting = [writer(number) for number in range(writes)]
        file = ExportFile(format_)
        pieces = [file.begin()]
        async with database.snapshot() as snapshot, aclosing(exports.batches(snapshot, LeftOut())) as batches:
            async for items in batches:
                landing, waiting = waiting[: writes // 4], waiting[writes // 4 :]
                await asyncio.gather(*landing)
                pieces.append(file.lines(items))
        assert not waiting
        return b"".join(pieces)

    async def prepare() -> None:
        drafts = [{**lines.line(number), "price": 100} for number in range(total)]
        text = "".join(json.dumps(draft) + "\n" for draft in drafts).encode()
        await import_runner.run(database, import_files.read(io.BytesIO(text)), lambda *_: None)

    run(prepare())
    before = run(everything(database))
    snapshot = run(export())
    assert run(everything(database)) != before
    suffix = f".{format_}"
    copy = open_database(other)
    run(import_runner.run(copy, import_files.read(io.BytesIO(snapshot), suffix), lambda *_: None))
    assert run(everything(copy)) == before
    run(copy.close())
    assert exported(other, format_) == snapshot


def test_a_reader_that_leaves(databases: Databases, engine: Engine, tmp_path: Path) -> None:
    """Where nobody reads on, the export ends without a word."""
    url = databases.create(engine)
    tandem(url, "import", str(lines.write(tmp_path / "many.ndjson", 3_000)))
    process = start(url, "export")
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith('{"sku":"S0"')
    process.stdout.close()
    assert process.wait() == 1
    assert process.stderr.read() == ""
    process.stderr.close()
