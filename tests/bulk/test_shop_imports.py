"""Files of shops in the catalogue: their variants land together, and a second import changes nothing."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.formats.test_shopify import large_file
from tests.bulk.test_exports import exported, other, tandem
from tests.shop_files import table

__all__ = ["other"]
pytestmark = pytest.mark.slow
SAMPLES = Path(__file__).with_name("samples")
LANDED = {
    "shopify.csv": (3, 5, 1),
    "shopify-template.csv": (2, 4, 0),
    "woocommerce.csv": (4, 5, 0),
    "google.tsv": (2, 3, 0),
    "google.xml": (2, 3, 0),
    "magento.csv": (2, 3, 0),
    "prestashop.csv": (2, 2, 0),
    "etsy.csv": (3, 4, 0),
}
"""The products, variants and bad lines of each file, as a reader counts them."""


def lines(url: str) -> list[dict[str, Any]]:
    """What a catalogue exports."""
    return [json.loads(line) for line in exported(url).splitlines()]


def variants(url: str) -> int:
    """How many variants a catalogue exports."""
    return sum(len(line.get("variants", [None])) for line in lines(url))


@pytest.mark.parametrize("name", LANDED)
def test_samples(database_url: str, other: str, name: str) -> None:
    """A file lands whole, once; its export makes another catalogue the same."""
    arguments = "import", str(SAMPLES / name), "--no-images", "--currency", "EUR"
    products, sold, bad = LANDED[name]
    assert tandem(database_url, *arguments).stdout == f"{products} created, 0 updated, 0 unchanged, {bad} bad\n"
    assert variants(database_url) == sold
    assert tandem(database_url, *arguments).stdout == f"0 created, 0 updated, {products} unchanged, {bad} bad\n"
    before = exported(database_url)
    assert tandem(other, "import", "-", stdin=before).exit_code == 0
    assert exported(other) == before


def test_a_large_file(database_url: str, tmp_path: Path) -> None:
    """565 rows whose skus are blank or shared: no variant with a price is lost, no product is invented."""
    rows = [row | ({"Variant Price": "0.00"} if not number else {}) for number, row in enumerate(large_file())]
    file = tmp_path / "wigs.csv"
    file.write_text(table(rows))
    arguments = "import", str(file), "--no-images", "--currency", "EUR"
    assert tandem(database_url, *arguments).stdout == "84 created, 0 updated, 0 unchanged, 17 bad\n"
    found = {line["name"]: line for line in lines(database_url)}
    assert (len(found), variants(database_url)) == (84, 445 - 17)
    assert len(found["Cover"]["variants"]) == 75
    assert tandem(database_url, *arguments).stdout == "0 created, 0 updated, 84 unchanged, 17 bad\n"


def test_a_product_that_loses_its_options(database_url: str, tmp_path: Path) -> None:
    """The file says what a product is: what it does not have any more goes."""
    tee = {"Handle": "tee", "Title": "Tee", "Option1 Name": "Size", "Option1 Value": "S", "Variant Price": "5"}
    rows = [tee | {"Variant SKU": "S"}, tee | {"Title": "", "Option1 Value": "M", "Variant SKU": "M"}]
    file = tmp_path / "shop.csv"
    arguments = "import", str(file), "--no-images", "--currency", "EUR"
    file.write_text(table(rows))
    tandem(database_url, *arguments)
    file.write_text(table([rows[1] | {"Title": "Tee", "Option1 Value": "", "Option1 Name": ""}]))
    assert tandem(database_url, *arguments).stdout == "0 created, 1 updated, 0 unchanged, 0 bad\n"
    (line,) = lines(database_url)
    assert (line["sku"], line["price"], "variants" in line) == ("M", 5, False)


def test_dry_run(database_url: str) -> None:
    """A dry run foretells what the import does."""
    arguments = "import", str(SAMPLES / "shopify.csv"), "--no-images", "--currency", "EUR"
    foretold = tandem(database_url, *arguments, "--dry-run").stdout
    assert exported(database_url) == b""
    assert tandem(database_url, *arguments).stdout == foretold


def test_not_held(database_url: str) -> None:
    """What variants do not have is counted for each of them."""
    line = {"sku": "S", "name": "Tee", "price": 5, "options": [{"name": "Size", "values": ["S", "M"]}]}
    sold = [{"sku": sku, "options": {"Size": sku}, "shelf": sku} for sku in "SM"]
    result = tandem(database_url, "import", "-", stdin=json.dumps(line | {"variants": sold}).encode())
    assert result.stdout == "1 created, 0 updated, 0 unchanged, 0 bad\n"
    assert "Not used, with the number of values: variants.shelf (2)" in result.stderr


def test_variants_in_csv(database_url: str) -> None:
    """Options and variants are columns of JSON; a bad one is told with its place."""
    sold = [{"sku": "S", "options": {"Size": "S"}}, {"sku": "M", "price": 0, "options": {"Size": "M"}}]
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["sku", "name", "price", "options", "variants"])
    rows.writerow(["S", "Tee", "5", '[{"name": "Size", "values": ["S", "M"]}]', json.dumps(sold)])
    rows.writerow(["C", "Cup", "5", "", ""])
    rows.writerow(["D", "Dish", "5", "", "{"])
    result = tandem(database_url, "import", "-", stdin=text.getvalue().encode())
    assert result.stdout == "1 created, 0 updated, 0 unchanged, 2 bad\n"
    assert "line 2, variants.1.price: validation_failed" in result.stderr
    assert "line 4, variants: validation_failed" in result.stderr
