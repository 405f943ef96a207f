"""Imports in the domain: what a batch of lines makes of the catalogue."""

import asyncio
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bulk.dry_run import FileDryRunState
from app.domain.bulk import imports
from app.domain.bulk.import_lines import Entry, Line, check_line
from app.domain.bulk.imports import Report
from app.domain.catalogue import categories, products
from app.domain.catalogue.categories import Draft as CategoryDraft
from app.domain.errors import Code, FieldError
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.unit_of_work import Database
from app.stores.database import open_database
from tests.conftest import Run
from tests.databases import Databases

Import = Callable[..., Report]
FIELDS = ("sku", "name", "description", "price", "currency", "stock", "categories", "version")
WITH_VARIANTS = (*FIELDS, "options", "variants")
KETTLE = {"sku": "K1", "name": "Kettle", "price": Decimal("19.90")}


def lines(*members: Any) -> list[Entry]:
    """Lines, numbered from 1, as they were read."""
    return [check_line(Line(number, given)) for number, given in enumerate(members, 1)]


def counts(report: Report) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, bad."""
    return report.created, report.updated, report.unchanged, len(report.bad)


def total(reports: list[Report]) -> list[int]:
    """The counts of reports, summed."""
    return [sum(count) for count in zip(*map(counts, reports), strict=True)]


@pytest.fixture
def upsert(database: Database, run: Run[Report]) -> Import:
    """Imports lines as one batch; both the dry run and the import report, and must agree."""

    def imported(*members: Any) -> Report:
        batch, state = lines(*members), FileDryRunState()
        before = run(stored(database))
        rehearsed = run(database.read(lambda unit: imports.dry_run(unit, batch, state)))
        state.close()
        assert run(stored(database)) == before
        report = run(database.write(lambda unit: imports.upsert(unit, batch)))
        assert report == rehearsed
        return report

    return imported


async def stored(database: Database, fields: Sequence[str] = FIELDS) -> dict[str, Any]:
    """Every product by its sku, as its members by name, with the names of its categories."""
    page = await database.read(
        lambda unit: paging.page(unit, products.LISTING, products.Filter(), Sort(), Window(1000), fields)
    )
    return {row[2]: dict(zip(fields, row[2:], strict=True)) for row in page.rows}


async def tree(database: Database) -> list[tuple[int, str, int | None]]:
    """Every category as (id, name, parent id)."""
    selection = ("id", "name", "parentId")
    page = await database.read(
        lambda u: paging.page(u, categories.LISTING, categories.Filter(), Sort(), Window(1000), selection)
    )
    return [tuple(row[2:]) for row in page.rows]


def test_absent_members(upsert: Import, database: Database, run: Run[Any]) -> None:
    """Absent members take their defaults in a new product and stay as they are in a stored one."""
    upsert({**KETTLE, "description": "Steel", "currency": "EUR", "stock": 4, "categories": ["Home"]})
    before = run(stored(database))["K1"]
    assert (before["description"], before["currency"], before["price"], before["stock"]) == ("Steel", "EUR", 199000, 4)
    assert counts(upsert({"sku": "K1", "stock": 3})) == (0, 1, 0, 0)
    assert run(stored(database))["K1"] == {**before, "stock": 3, "version": 2}
    assert counts(upsert({"sku": "K2", "name": "Pot", "price": 5})) == (1, 0, 0, 0)
    assert run(stored(database))["K2"]["currency"] == "USD"


def test_null_resets(upsert: Import, database: Database, run: Run[Any]) -> None:
    """Null puts a member back to its default: stock that is not counted, no description, no categories."""
    upsert({**KETTLE, "description": "Steel", "stock": 4, "categories": ["Home"]})
    upsert({"sku": "K1", "stock": None, "description": None, "categories": None})
    kettle = run(stored(database))["K1"]
    assert (kettle["stock"], kettle["description"], kettle["categories"]) == (None, "", "[]")


def test_unchanged_lines_write_nothing(upsert: Import, database: Database, run: Run[Any]) -> None:
    """A line that says what is stored leaves the version as it is."""
    line = {
        **KETTLE,
        "description": "Steel",
        "stock": 4,
        "categories": ["Home > Kitchen", "Gifts"],
        "hue": "ignored",
    }
    upsert(line)
    before = run(stored(database))
    assert counts(upsert(line)) == (0, 0, 1, 0)
    assert counts(upsert({**line, "categories": ["gifts", "HOME > kitchen"], "price": Decimal("19.9")})) == (0, 0, 1, 0)
    assert run(stored(database)) == before


def test_the_later_of_two_lines_wins(upsert: Import, database: Database, run: Run[Any]) -> None:
    """A sku may come again, in the same batch too: the second line edits what the first one made."""
    report = upsert(KETTLE, {"sku": "K1", "stock": 7}, {"sku": "K1", "name": "Urn"}, {"sku": "K1", "name": "Urn"})
    assert counts(report) == (1, 2, 1, 0)
    kettle = run(stored(database))["K1"]
    assert (kettle["name"], kettle["stock"], kettle["price"]) == ("Urn", 7, 199000)


def test_there_and_back_again(upsert: Import, database: Database, run: Run[Any]) -> None:
    """A batch that changes a product and changes it back writes nothing."""
    upsert(KETTLE)
    assert counts(upsert({"sku": "K1", "name": "Urn"}, KETTLE)) == (0, 2, 0, 0)
    assert run(stored(database))["K1"]["version"] == 1


BAD = [
    ({"name": "Pot", "price": 5}, {("sku",): "`sku` is required."}),
    ({"sku": None, "name": "Pot", "price": 5}, {("sku",): "`sku` must be a string."}),
    ({"sku": "x" * 65, "name": "Pot", "price": 5}, {("sku",): "`sku` must have 1 to 64 characters."}),
    ({"sku": "a\0", "name": "Pot", "price": 5}, {("sku",): "`sku` must not contain NUL."}),
    ({"sku": "n"}, {("name",): "`name` is required.", ("price",): "`price` is required."}),
    (
        {"sku": "n", "name": " ", "price": "5", "stock": -1},
        {
            ("name",): "`name` must have 1 to 200 characters.",
            ("price",): "`price` must be a number.",
            ("stock",): "`stock` must be from 0 to 2147483647.",
        },
    ),
    (
        {"sku": "n", "name": "Pot", "price": Decimal("5.001")},
        {("price",): "`price` must have at most 2 decimals in USD."},
    ),
    ({"sku": "K1", "currency": "JPY"}, {("price",): "`price` must have at most 0 decimals in JPY."}),
    ({"sku": "K1", "name": None}, {("name",): "`name` must not be null."}),
    ({"sku": "K1", "categories": "Home"}, {("categories",): "`categories` must be a list of names or paths."}),
    (
        {"sku": "K1", "categories": ["Home", 5, "A >", "\0", "x" * 201]},
        {
            ("categories", 1): "`categories` must be a list of names or paths.",
            ("categories", 2): "`categories` must have 1 to 200 characters in each name.",
            ("categories", 3): "`categories` must not contain NUL.",
            ("categories", 4): "`categories` must have 1 to 200 characters in each name.",
        },
    ),
    ({"sku": "K1", "categories": ["a"] * 51}, {("categories",): "`categories` must have at most 50 categories."}),
    ({"sku": "K1", "categories": [">a" * 101]}, {("categories", 0): "`categories` must have at most 100 levels."}),
    (
        {"sku": "K1", "categories": ["Home", "New"]},
        {("categories", 1): "`New` names several categories; give its path, such as `Parent > New`."},
    ),
]


@pytest.mark.parametrize(("line", "messages"), BAD)
def test_bad_lines(upsert: Import, database: Database, run: Run[Any], line: Any, messages: dict[Any, str]) -> None:
    """A bad line is reported with its number and all its faults, and leaves nothing behind; good lines land."""
    upsert({**KETTLE, "categories": ["Books > New", "Music > New"]})
    before, nodes = run(stored(database)), run(tree(database))
    report = upsert({"sku": "g1", "name": "Good", "price": 1}, line, {"sku": "g2", "name": "Good", "price": 1})
    assert counts(report) == (2, 0, 0, 1)
    assert report.bad[0].number == 2
    assert {fault.field: fault.message for fault in report.bad[0].field_errors} == messages
    assert {fault.code for fault in report.bad[0].field_errors} == {Code.VALIDATION_FAILED}
    assert run(stored(database)).keys() == before.keys() | {"g1", "g2"}
    assert run(stored(database))["K1"] == before["K1"]
    assert run(tree(database)) == nodes


def test_unreadable_lines(upsert: Import) -> None:
    """A line that could not even be read is a bad line like any other."""
    fault = FieldError((), "The line is not a JSON object.", Code.MALFORMED_REQUEST)
    report = upsert(fault, KETTLE)
    assert counts(report) == (1, 0, 0, 1)
    assert report.bad[0] == (1, (fault,))


def test_categories(upsert: Import, database: Database, run: Run[Any]) -> None:
    """Missing nodes are made once, names compare by identity, and a bare name finds a node deep in the tree."""
    home = run(database.write(lambda unit: categories.create(unit, CategoryDraft("Home"))))
    upsert(
        {**KETTLE, "categories": ["HOME > Küche > Tea", "Gifts", "> Tea"]},
        {"sku": "K2", "name": "Pot", "price": 1, "categories": ["home > KÜCHE", "gifts", "Gifts"]},
    )
    names = [(name, parent) for _, name, parent in run(tree(database))]
    assert names == [("Home", None), ("Küche", home), ("Tea", home + 1), ("Gifts", None), ("Tea", None)]
    assert [c["categories"].count("[") - 1 for c in run(stored(database)).values()] == [3, 2]
    upsert({"sku": "K2", "categories": ["küche"]})
    assert run(stored(database))["K2"]["categories"].replace(" ", "") == f'[[{home + 1},"Küche"]]'.replace(" ", "")


def test_a_category_under_a_planned_one(upsert: Import, database: Database, run: Run[Any]) -> None:
    """A line finds what an earlier line of the batch is to make, and a bad line's categories are not made."""
    pot = {"name": "Pot", "price": 1}
    report = upsert(
        {"sku": "1", **pot, "categories": ["A > B"]},
        {"sku": "2", **pot, "categories": ["B"]},
        {"sku": "3", **pot, "categories": ["C > B", "B"]},
        {"sku": "4", **pot, "categories": ["D > B"]},
        {"sku": "5", **pot, "categories": ["B"]},
    )
    assert [bad.number for bad in report.bad] == [3, 5]
    assert [(name, parent) for _, name, parent in run(tree(database))] == [("A", None), ("B", 1), ("D", None), ("B", 3)]


def test_statements(database: Any, run: Run[Any]) -> None:
    """The statements of a batch do not grow with its lines."""

    def statements(lines_of_a_kind: int, name: str) -> int:
        made = [
            {"sku": f"{name}{n}", "name": name, "price": 1, "categories": ["A"]} for n in range(2 * lines_of_a_kind)
        ]
        run(database.write(lambda unit: imports.upsert(unit, lines(*made[:lines_of_a_kind]))))
        before = database.statements
        moved = [{**line, "name": f"Other {name}", "categories": ["A", "B"]} for line in made]
        report = run(database.write(lambda unit: imports.upsert(unit, lines(*moved))))
        assert counts(report) == (lines_of_a_kind, lines_of_a_kind, 0, 0)
        return int(database.statements - before)

    statements(1, "made")  # makes the categories
    assert statements(2, "few") == statements(100, "many") <= 22


some_variants = st.lists(
    st.fixed_dictionaries(
        {"options": st.fixed_dictionaries({"Size": st.sampled_from("SML")})},
        optional={"sku": st.sampled_from([*"abcdB", None]), "price": st.sampled_from([3, 0]), "stock": st.just(1)},
    ),
    max_size=3,
)
SIZES = [{"name": "Size", "values": ["S", "M", "L"]}]
some_lines = st.fixed_dictionaries(
    {"sku": st.sampled_from("abc")},
    optional={
        "variants": some_variants,
        "options": st.sampled_from([SIZES, SIZES, SIZES, []]),
        "name": st.sampled_from(["Kettle", "Urn"]),
        "price": st.sampled_from([1, Decimal("2.50"), 0]),
        "currency": st.sampled_from(["USD", "JPY"]),
        "stock": st.sampled_from([None, 3]),
        "categories": st.lists(st.sampled_from(["A", "A > B", "C > B", "B", "> B", "C"]), max_size=3),
    },
)


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(st.lists(some_lines, min_size=1, max_size=5), min_size=1, max_size=4))
def test_one_by_one(databases: Databases, batches: list[list[dict[str, Any]]]) -> None:
    """A dry run foretells every batch, and a batch does what its lines do one by one."""
    whole, single = (open_database(databases.create("sqlite")) for _ in range(2))

    async def compare() -> None:
        numbered = [lines(*batch) for batch in batches]
        state = FileDryRunState()
        foretold = [await whole.read(partial(imports.dry_run, entries=b, state=state)) for b in numbered]
        state.close()
        assert await stored(whole) == {}
        reports = [await whole.write(partial(imports.upsert, entries=batch)) for batch in numbered]
        assert reports == foretold
        ones = [await single.write(partial(imports.upsert, entries=[line])) for batch in numbered for line in batch]
        assert total(ones) == total(reports)
        assert await tree(whole) == await tree(single)
        found, expected = await stored(whole, WITH_VARIANTS), await stored(single, WITH_VARIANTS)
        for product in (*found.values(), *expected.values()):
            del product["version"]
            product["variants"] = [row[1:] for row in json.loads(product["variants"])]
        assert found == expected
        await whole.close()
        await single.close()

    asyncio.run(compare())
