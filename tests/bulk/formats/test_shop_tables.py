"""Files of shops as a whole: bounds, bad rows, what is told by options, skus that are made up."""

import io
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bulk import import_files
from app.bulk.formats import row_file
from app.bulk.formats.made_up_skus import GeneratedSkus
from app.bulk.formats.row_file import Place, RowFile
from app.bulk.import_options import Notes, Options
from app.domain.unicode import identity
from tests.shop_files import read, table

MUG = {"Handle": "mug", "Title": "Mug", "Vendor": "Kiln", "Variant SKU": "M", "Variant Price": "5"}
MUG |= {"Option1 Name": "Colour", "Option1 Value": "Blue", "Shelf": "7", "Maker": "Ada"}
GREY = MUG | {"Title": "", "Option1 Value": "Grey", "Variant SKU": "N", "Maker": "", "Shelf": ""}


def test_options() -> None:
    """A mapped column goes before what the format says, a preset value behind it; both hold for each variant."""
    columns, preset = {"MAKER": "brand", "Shelf": "stock"}, {"stock": "3", "slug": "cup"}
    found = read(table([MUG, GREY]), columns=columns, preset=preset)
    assert (found.only["brand"], found.only["slug"]) == ("Ada", "mug")
    assert [each["stock"] for each in found.only["variants"]] == [7, 3]
    assert not found.notes.unused


def test_a_mapped_number_of_two_meanings() -> None:
    """A mapped cell that may be thousands or decimals is a bad line, not a guess."""
    rows = [MUG | {"Shelf": "1,299"}, MUG | {"Handle": "jug", "Variant SKU": "J"}]
    found = read(table(rows), columns={"Shelf": "stock"})
    assert (found.bad, [one["sku"] for one in found.products.values()]) == ([(2, "")], ["J"])


def test_a_mapped_sku_twice() -> None:
    """Of two variants of a product with one sku, whatever its case, the second is a bad line."""
    found = read(table([MUG | {"Shelf": "a-7"}, GREY | {"Shelf": "A-7"}]), columns={"Shelf": "sku"})
    assert found.bad == [(3, "sku")]
    assert [variant["sku"] for product in found.products.values() for variant in product["variants"]] == ["a-7"]


def test_bad_rows() -> None:
    """A row that cannot be read is a bad line of its own, before the products."""
    file = "Handle,Title,Variant Price\nmug,Mug,5\ncup,Cup,6,7\npot,Pot,\n,,\njug,Jug,5,,\n"
    found = read(file + 'tin,"Ti"n,5\n')
    assert found.bad == [(3, ""), (7, ""), (4, "price")]
    assert [one["sku"] for one in found.products.values()] == ["mug", "jug"]


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of one product are read together up to a bound; those behind it are bad lines."""
    monkeypatch.setattr(row_file, "MAX_ROWS", 3)
    rows = [MUG, *(GREY | {"Option1 Value": str(number), "Variant SKU": f"N{number}"} for number in range(4))]
    found = read(table([*rows, MUG | {"Handle": "jug", "Variant SKU": "J"}]))
    assert [len(one["variants"]) for one in found.products.values()] == [3, 1]
    assert found.bad == [(5, ""), (6, "")]


def test_memory() -> None:
    """A file is never in memory as a whole, whatever the order of its rows is."""
    rows = [MUG | {"Handle": f"mug-{number % 500}", "Body (HTML)": "x" * 2_000} for number in range(4_000)]
    file, notes = io.BytesIO(table(rows).encode()), Notes()
    tracemalloc.start()
    count = sum(1 for _ in import_files.read(file, options=Options(preset={"currency": "EUR"}), notes=notes))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (notes.summary.variants if notes.summary else 0, count) == (4_000, 4_000)
    assert peak < 5_000_000


@given(st.lists(st.tuples(st.text(max_size=70), st.text(max_size=70), st.text(max_size=70)), unique=True, max_size=20))
def test_made_up_skus(parts: list[tuple[str, str, str]]) -> None:
    """Made-up skus are skus, the same each time, none that a row has, and different for what is different."""
    with_letters = [each for each in parts if identity.key(each[0])]
    file = RowFile()
    file.add(1, 0, [], Place(sku=identity.key("mug:blue")))
    file.gather()
    skus = GeneratedSkus(file)
    different = {tuple(identity.key(identity.clean(" ".join(part.split()))) for part in each) for each in with_letters}
    made = {identity.key(skus.make(base, values)) for base, *values in with_letters}
    assert made == {identity.key(skus.make(base, values)) for base, *values in with_letters}
    assert len(made) == len(different)
    assert all(1 <= len(skus.make(base, values)) <= 64 for base, *values in with_letters)
    assert skus.make("mug", ["blue"]).startswith("mug:blue:")
    file.close()


def test_prices_are_rounded_half_up() -> None:
    """A price is rounded to the decimals of its currency, and counted; our own formats refuse it."""
    rows = [MUG | {"Handle": str(n), "Variant Price": price} for n, price in enumerate(["1.005", "2.5", "1e2"])]
    found = read(table(rows), currency="JPY")
    assert [one["price"] for one in found.products.values()] == [Decimal(1), Decimal(3)]
    assert found.summary.changed["prices rounded"] == 2
    assert found.bad == [(4, "price")]
