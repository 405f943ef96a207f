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
    "shopify.csv": (3, 5, 1, (1, 1, 4)),
    "shopify-template.csv": (2, 4, 0, (1, 1, 4)),
    "woocommerce.csv": (4, 5, 0, (1, 1, 2)),
    "google.tsv": (2, 3, 0, (1, 1, 0)),
    "google.xml": (2, 3, 0, (1, 1, 0)),
    "magento.csv": (2, 3, 0, (0, 0, 0)),
    "prestashop.csv": (2, 2, 0, (1, 0, 0)),
    "etsy.csv": (3, 4, 0, (0, 0, 0)),
    "shopify-export.csv": (3, 5, 1, (1, 2, 4)),
    "woocommerce-export.csv": (2, 3, 1, (1, 1, 1)),
    "google-feed.tsv": (2, 3, 0, (2, 1, 0)),
    "magento-views.csv": (1, 2, 0, (0, 0, 0)),
    "prestashop-net.csv": (2, 2, 0, (1, 0, 0)),
    "etsy-it.csv": (3, 4, 0, (0, 0, 0)),
}
"""The products, variants and bad lines of each file, and its barcodes, former prices and weights, by hand."""


def lines(url: str) -> list[dict[str, Any]]:
    """What a catalogue exports."""
    return [json.loads(line) for line in exported(url).splitlines()]


def variants(url: str) -> list[dict[str, Any]]:
    """The variants that a catalogue exports; a product without options is its own."""
    return [variant for line in lines(url) for variant in line.get("variants", [line])]


@pytest.mark.parametrize("name", LANDED)
def test_samples(database_url: str, other: str, name: str) -> None:
    """A file lands whole, once; its export makes another catalogue the same."""
    arguments = "import", str(SAMPLES / name), "--no-images", "--currency", "EUR"
    products, sold, bad, held = LANDED[name]
    assert tandem(database_url, *arguments).stdout == f"{products} created, 0 updated, 0 unchanged, {bad} bad\n"
    found = variants(database_url)
    assert len(found) == sold
    assert tuple(sum(one[of] is not None for one in found) for of in ("gtin", "compareAtPrice", "weight")) == held
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
    assert (len(found), len(variants(database_url))) == (84, 445 - 17)
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
    assert "Unused columns, with their number of values: variants.shelf (2)" in result.stderr


def test_images_that_cannot_be_fetched(database_url: str, tmp_path: Path) -> None:
    """An image at a private address is a warning in the report: its product lands, and the exit status is 0."""
    file, report = tmp_path / "feed.csv", tmp_path / "report.ndjson"
    hosts = ["127.0.0.1", "[::ffff:10.0.0.1]", "169.254.169.254"]
    rows = [
        {"id": f"{n}", "title": "Tee", "price": "5 EUR", "image_link": f"https://{h}/"} for n, h in enumerate(hosts)
    ]
    file.write_text(table(rows))
    result = tandem(database_url, "import", str(file), "--report", str(report))
    assert (result.exit_code, result.stdout) == (0, "3 created, 0 updated, 0 unchanged, 0 bad\n")
    told = sorted(map(json.loads, report.read_text().splitlines()), key=lambda each: each["line"])
    assert [(each["line"], each["field"], each["code"]) for each in told] == [
        (line, "images.0", "not_fetched") for line in (2, 3, 4)
    ]
    assert "Images: 0 fetched, 0 already there, 3 not fetched" in result.stderr


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
