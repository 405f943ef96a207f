"""Lines with variants: the product and the variants that they mean, and skus that are taken."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.catalogue import variants
from app.domain.errors import Code, FieldError
from app.domain.unit_of_work import Database
from tests.conftest import Run
from tests.domain.test_imports import KETTLE, WITH_VARIANTS, Import, counts, stored, upsert

__all__ = ["upsert"]
SIZES = [{"name": "Size", "values": ["S", "M", "L"]}]
Sold = list[tuple[str | None, int, int | None]]


def line(*skus: str | None, sku: str | None = None, **members: Any) -> dict[str, Any]:
    """A line whose variants have these skus, and the sizes S, M and L; its own is that of the first."""
    sold = [{"sku": one, "price": n + 5, "options": {"Size": "SML"[n]}} for n, one in enumerate(skus)]
    own = {"sku": sku or skus[0], "name": "Tee", "price": 5}
    return {**own, "options": SIZES, "variants": sold, **members}


@pytest.fixture
def sold(database: Database, run: Run[Any]) -> Any:
    """Tells the variants of a product by the sku of its first one: sku, price in units, stock."""

    def told(sku: str) -> Sold:
        found = variants.read_list(run(stored(database, WITH_VARIANTS))[sku]["variants"])
        return [(one["sku"], one["price"], one["stock"]) for one in found]

    return told


def ids(database: Database, run: Run[Any], sku: str) -> list[int]:
    """The ids of a product's variants."""
    return [one["id"] for one in variants.read_list(run(stored(database, WITH_VARIANTS))[sku]["variants"])]


def test_the_whole_list(upsert: Import, database: Database, run: Run[Any], sold: Any) -> None:
    """Variants stay by their skus and keep what they do not say; what the list leaves out goes."""
    assert counts(upsert(line("a", "b", stock=4))) == (1, 0, 0, 0)
    assert sold("a") == [("a", 50000, 4), ("b", 60000, None)]
    before = ids(database, run, "a")
    assert counts(upsert(line("A", "B", stock=4))) == (0, 0, 1, 0)
    edited = line("a", "B", "c")
    edited["variants"][1] |= {"price": Decimal("7.5"), "stock": 2}
    assert counts(upsert(edited)) == (0, 1, 0, 0)
    assert sold("a") == [("a", 50000, 4), ("b", 75000, 2), ("c", 70000, None)]
    assert ids(database, run, "a")[:2] == before
    assert counts(upsert(line("a"))) == (0, 1, 0, 0)
    assert ids(database, run, "a") == before[:1]


def test_lines_without_variants(upsert: Import, sold: Any) -> None:
    """A line without variants edits the first one; the sku of another one means no product."""
    upsert(line("a", "b"))
    assert counts(upsert({"sku": "A", "stock": 9, "price": 3})) == (0, 1, 0, 0)
    assert sold("a") == [("a", 30000, 9), ("b", 60000, None)]
    report = upsert(KETTLE, {"sku": "B", "name": "Other", "price": 1}, {"sku": "a", "name": "Shirt"})
    assert counts(report) == (1, 1, 0, 1)
    assert report.bad == [(2, (FieldError(("sku",), "A variant of a product has this sku.", Code.CONFLICT),))]


def test_another_first_variant(upsert: Import, database: Database, run: Run[Any], sold: Any) -> None:
    """A line means the product that has any of its variants, whatever their order, and with a new first one."""
    upsert(line("a", "b"))
    before = ids(database, run, "a")
    assert counts(upsert(line("b", "a"))) == (0, 1, 0, 0)
    assert ids(database, run, "b") == before[::-1]
    assert counts(upsert(line("n", "b"))) == (0, 1, 0, 0)
    assert [sku for sku, *_ in sold("n")] == ["n", "b"]
    assert counts(upsert({**KETTLE, "sku": "a"})) == (1, 0, 0, 0)


def test_skus_of_others(upsert: Import, sold: Any) -> None:
    """A sku of another product is a bad line, whichever variant has it, until that product gives it up."""
    upsert(line("a", "b"), KETTLE)
    report = upsert(line("x", "B", "K1"), line("x", "y"), line("K1", "y"))
    assert counts(report) == (1, 0, 0, 2)
    fault = FieldError(("variants", 2, "sku"), "Another product has this sku.", Code.CONFLICT)
    assert report.bad[0] == (1, (fault,))
    assert counts(upsert(line("a"), line("z", "b"))) == (1, 1, 0, 0)
    assert [sku for sku, *_ in sold("z")] == ["z", "b"]


def test_variants_without_a_sku(upsert: Import, database: Database, run: Run[Any]) -> None:
    """A variant without a sku is known by its options, whatever their case."""
    upsert(line("a", None, None))
    before = ids(database, run, "a")
    again = line("a", None, None)
    again["variants"][1:] = [{"options": {"SIZE": "l"}, "stock": 3}, again["variants"][1]]
    assert counts(upsert(again)) == (0, 1, 0, 0)
    assert ids(database, run, "a") == [before[0], before[2], before[1]]


def test_twice_in_a_batch(upsert: Import, sold: Any) -> None:
    """A later line changes the product that an earlier one makes."""
    assert counts(upsert(line("a", None, "b"), line("a", None, "b"), line("b", "c"))) == (1, 1, 1, 0)
    assert [sku for sku, *_ in sold("b")] == ["b", "c"]


BAD = [
    (line("x", "x"), ("variants", 1, "sku")),
    (line("x", "y", sku="z"), ("sku",)),
    (line("x", "y", options=[]), ("options",)),
    (line("x", price=7), ("price",)),
    (line("x") | {"variants": "S"}, ("variants",)),
    (line("x") | {"variants": ["S"]}, ("variants", 0)),
    (line("x") | {"variants": [{"options": {"Size": "S"}, "price": 0}]}, ("variants", 0, "price")),
    (line("x") | {"variants": [{"options": {"Size": "XL"}}]}, ("variants", 0, "options")),
    (line("x", "y", currency="JPY") | {"variants": [{"options": {"Size": "S"}, "price": Decimal("1.5")}]}, ("price",)),
]


@pytest.mark.parametrize(("bad", "field"), BAD)
def test_bad_lines(upsert: Import, bad: dict[str, Any], field: tuple[str | int, ...]) -> None:
    """What is wrong with variants is told by its place; the other lines land."""
    report = upsert(KETTLE, bad)
    assert counts(report) == (1, 0, 0, 1)
    assert field in {fault.field for fault in report.bad[0].field_errors}


def test_all_members(upsert: Import, database: Database, run: Run[Any]) -> None:
    """A variant has its own barcode, former price and weight, and loses them by null alone."""
    made = line("x", "y")
    own = {"gtin": "96385074", "compareAtPrice": 9, "weight": {"value": 1, "unit": "oz"}}
    made["variants"][1] |= own
    assert counts(upsert(made, line("x", "y"))) == (1, 0, 1, 0)
    found = variants.read_list(run(stored(database, WITH_VARIANTS))["x"]["variants"])
    assert [[one[name] for name in own] for one in found] == [
        [None, None, None],
        ["96385074", 90000, '{"value":1,"unit":"oz"}'],
    ]
    made["variants"][1] |= dict.fromkeys(own)
    assert counts(upsert(made)) == (0, 1, 0, 0)
    for wrong in ({"gtin": "96385075"}, {"compareAtPrice": 0}, {"weight": {"value": 1}}):
        bad = line("x", "y")
        bad["variants"][1] |= wrong
        assert counts(upsert(bad)) == (0, 0, 0, 1)


def test_members_that_are_not_taken(upsert: Import, sold: Any) -> None:
    """Ids, which are those of another catalogue, and members that variants do not have are passed over."""
    made = line("x")
    made["variants"][0] |= {"id": 7, "imageId": 8, "shelf": "A"}
    assert counts(upsert(made)) == (1, 0, 0, 0)
    assert sold("x") == [("x", 50000, None)]
