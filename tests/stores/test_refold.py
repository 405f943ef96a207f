"""The migration to identity keys, on a filled database of the revision before it."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.bulk import imports
from app.domain.bulk.import_lines import Line, check_line
from app.domain.catalogue import categories, products
from app.domain.errors import Conflict, InvalidCursor
from app.domain.pagination import cursors, cursors_v1, paging
from app.domain.pagination.cursors import Place
from app.domain.pagination.paging import Sort, Window
from app.domain.pagination.selection import Selection, rows_statement
from app.domain.unicode import text
from app.domain.unit_of_work import Database, Engine, Unit
from app.stores.database import open_database, sqlite_path
from app.stores.migrate import migrate
from tests.conftest import Run
from tests.databases import Databases, execute

BEFORE = "0006"
PRODUCTS = [
    ("Küchen", "TRIM-1"),
    ("Bell\x1bpull", "trim-1"),
    ("Łopata", "TRIM-1 "),
    ("हिन्दी किताब", "B\x07B"),
    ("Zed", None),
    ("Apfel", "ß"),
]
CATEGORIES = ["Tea Pots", "Tea  Pots", "Ta\tb", "Küchen"]


def _statements() -> list[str]:
    filling = []
    for number, (name, sku) in enumerate(PRODUCTS, 1):
        stored = "NULL" if sku is None else f"'{sku}'"
        filling.append(
            "INSERT INTO product"
            " (id, name, name_key, description, sku, price, currency, version, created_at, updated_at)"
            f" VALUES ({number}, '{name}', '{name.lower()}', '', {stored}, 10000, 'USD', 1, 1, 1)"
        )
    for number, name in enumerate(CATEGORIES, 1):
        filling.append(
            "INSERT INTO category (id, name, name_key, words, slug, version)"
            f" VALUES ({number}, '{name}', '{name.lower()}', '', 'old-{number}', 1)"
        )
        filling.append(
            "INSERT INTO product_category (category_id, product_id, price, name_key, created_at, updated_at)"
            f" VALUES ({number}, {number}, 10000, '{PRODUCTS[number - 1][0].lower()}', 1, 1)"
        )
    return filling


@pytest.fixture
def migrated(databases: Databases, engine: Engine, run: Run[Any]) -> Iterator[tuple[Database, list[str]]]:
    """A filled database that was migrated, and what the migration said."""
    url = databases.create(engine, empty=True)
    migrate(url, BEFORE)
    path = sqlite_path(url)
    if path is None:
        execute(
            url, *(statement.replace(" VALUES", " OVERRIDING SYSTEM VALUE VALUES", 1) for statement in _statements())
        )
    else:
        with sqlite3.connect(path) as connection:
            for statement in _statements():
                connection.execute(statement)
        connection.close()
    notes = migrate(url)
    assert migrate(url) == []
    database = open_database(url)
    yield database, notes
    run(database.close())


_FIRST, _BY_ID = Window(), Sort()


async def _ids(unit: Unit, filter_: products.Filter, window: Window = _FIRST, sort: Sort = _BY_ID) -> list[int]:
    return [row[1] for row in (await paging.page(unit, products.LISTING, filter_, sort, window, ())).rows]


def test_stored_rows(migrated: tuple[Database, list[str]], run: Run[Any]) -> None:
    """Nothing is merged; the oldest of equals has the key, each is found as it is spelled."""
    database, notes = migrated

    async def look(unit: Unit) -> None:
        names = await unit.all(
            rows_statement(products.LISTING, Selection(("name", "sku")), unit.engine), ids=list(range(1, 7))
        )
        assert {row[0]: tuple(row[1:]) for row in names} == {
            1: ("Küchen", "TRIM-1"),
            2: ("Bell pull", "trim-1"),
            3: ("Łopata", "TRIM-1 "),
            4: ("हिन्दी किताब", "B B"),
            5: ("Zed", None),
            6: ("Apfel", "ß"),
        }
        for sku, expected in (
            ("TRIM-1", 1),
            ("trim-1", 2),
            ("TRIM-1 ", 3),
            ("Trim-1", 1),
            (" tRIM-1", 1),
            ("\u200btrim-1", 2),
            ("b b", 4),
            ("SS", 6),
        ):
            assert await _ids(unit, products.Filter(sku=sku)) == [expected], sku
        for q, expected in (("lopata", 3), ("kuchen", 1), ("pull", 2), ("किताब", 4), ("ss", 6)):
            for sort in (Sort(), Sort("relevance")):
                assert await _ids(unit, products.Filter(words=text.query(q)), sort=sort) == [expected], q
        assert await _ids(unit, products.Filter(), sort=Sort("name")) == [6, 2, 1, 3, 5, 4]
        assert await _ids(unit, products.Filter(categories=(3,)), sort=Sort("name")) == [3]
        shown = await unit.all(
            rows_statement(categories.LISTING, Selection(("name", "slug")), unit.engine), ids=[1, 2, 3, 4]
        )
        assert [tuple(row[1:]) for row in sorted(shown)] == [
            ("Tea Pots", "old-1"),
            ("Tea  Pots", "old-2"),
            ("Ta b", "old-3"),
            ("Küchen", "old-4"),
        ]

    run(database.read(look))
    assert notes == [
        "Category 2: `Tea  Pots` has the same name as its sibling 1, which is older.",
        r"Category 3: control characters of `Ta\tb` are spaces now.",
        r"Product 2: control characters of the name `Bell\x1bpull` are spaces now.",
        "Product 2: the sku `trim-1` is that of product 1, which is older.",
        "Product 3: the sku `TRIM-1 ` is that of product 1, which is older.",
        r"Product 4: control characters of the sku `B\x07B` are spaces now.",
    ]


def test_keys_pass_on(migrated: tuple[Database, list[str]], run: Run[Any]) -> None:
    """Once the oldest is gone the next one has the key: nobody else gets the sku or the name."""
    database, _ = migrated

    async def work(unit: Unit) -> None:
        await products.remove(unit, 1, None)
        assert await _ids(unit, products.Filter(sku="Trim-1")) == [2]
        await products.change(unit, 2, {"sku": "other"}, None)
        assert await _ids(unit, products.Filter(sku="Trim-1")) == [3]
        await products.change(unit, 3, {"sku": "TRIM-1"}, None)
        assert (await products.get(unit, 3, ("sku", "version")))[1:] == ("TRIM-1 ", 1)
        await categories.remove(unit, 1, None)
        with pytest.raises(Conflict):
            await categories.create(unit, categories.Draft("tea pots"))

    run(database.write(work))
    with pytest.raises(Conflict):
        run(database.write(lambda unit: products.create(unit, {"name": "X", "price": 10_000, "sku": "TRIM-1"})))


def test_exports_change_nothing(migrated: tuple[Database, list[str]], run: Run[Any]) -> None:
    """A line means the product and the category that it spells exactly, though older ones have the keys."""
    database, _ = migrated
    lines = [
        {"sku": "TRIM-1", "name": "Küchen", "categories": ["Tea Pots"]},
        {"sku": "trim-1", "name": "Bell pull", "categories": ["> Tea  Pots"]},
        {"sku": "TRIM-1 ", "name": "Łopata"},
    ]
    entries = [check_line(Line(number, line)) for number, line in enumerate(lines, 1)]
    report = run(database.write(lambda unit: imports.upsert(unit, entries)))
    assert (report.created, report.updated, report.unchanged, report.bad) == (0, 0, 3, [])


def test_cursors_of_version_1(migrated: tuple[Database, list[str]], run: Run[Any]) -> None:
    """A cursor from before goes on behind its row, by the row's present key; it is invalid once the row is gone."""
    database, _ = migrated
    filter_ = products.Filter(words=text.query("L b k z ap ह"), in_stock=True)

    async def after(unit: Unit, of: products.Filter, row: int, key: str) -> list[int]:
        fingerprint = cursors_v1.fingerprint("products", of)
        cursor = cursors.encode("name", fingerprint, Place(key, row), cursors_v1.VERSION)
        return await _ids(unit, of, Window(after=cursor), Sort("name"))

    async def work(unit: Unit) -> None:
        assert await after(unit, products.Filter(), 1, "kuchen") == [3, 5, 4]
        assert await after(unit, products.Filter(), 3, "łopata") == [5, 4]
        assert await after(unit, filter_, 3, "łopata") == []
        await products.remove(unit, 5, None)
        with pytest.raises(InvalidCursor):
            await after(unit, products.Filter(), 5, "zed")

    run(database.write(work))
    # What version 1 printed for this list, whose filter was a dataclass of the seven fields.
    assert cursors_v1.fingerprint("products", products.Filter()) == cursors.hash_parts("products", _V1())


class _V1:
    def __repr__(self) -> str:
        printed = "words=None, categories=None, min_price=None, max_price=None, currency=None, in_stock=None, sku=None"
        return f"Filter({printed})"
