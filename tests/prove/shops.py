"""Proof: files of shops land as a person counts them, and a second import changes nothing.

`SHOP_FILES` is the folder of the files, whose names begin with that of their format; by default the tests' own. The
counts are made here by the csv module alone: none of the importer's code has a part in them.
"""

import csv
import os
import re
import sqlite3
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from math import prod
from pathlib import Path
from typing import NamedTuple

import click

from app.domain.unit_of_work import Engine
from tests import processes, proofs
from tests.databases import Databases

_FOLDER = Path(os.environ.get("SHOP_FILES") or Path(__file__).parents[1] / "bulk/samples")
_ENGINE: Engine = "sqlite"
Row = Mapping[str, str]


class Counts(NamedTuple):
    """What a file has: what lands, its bad lines, and what is not held, each by its name for so many."""

    products: int
    variants: int
    categories: int
    images: int
    bad: int
    not_held: Mapping[str, int]


def _nodes(paths: Iterable[Sequence[str]]) -> int:
    """The categories of some paths: each of their beginnings once."""
    clean = [[name.strip() for name in path if name.strip()] for path in paths]
    return len({tuple(path[: depth + 1]) for path in clean for depth in range(len(path))})


def _urls(cells: Iterable[str]) -> tuple[list[str], int]:
    """The addresses of images that can be fetched, each once, and the number of the others."""
    urls = [url.strip() for cell in cells for url in cell.split(",") if url.strip()]
    safe = [url for url in urls if url.startswith("https://")]
    return list(dict.fromkeys(safe)), len(urls) - len(safe)


def _pieces(cell: str) -> list[str]:
    r"""The parts between commas; `\,` is a comma itself."""
    return [part.replace("\\,", ",").strip() for part in re.split(r"(?<!\\),", cell) if part.strip()]


def _counted(**counts: int) -> dict[str, int]:
    return {_named(name.replace("_", " "), count): count for name, count in counts.items() if count}


def _named(plural: str, count: int) -> str:
    """The name of so many: of one the first word that ends with s does without it."""
    return re.sub(r"(?<=\w)s\b", "", plural, count=1) if count == 1 else plural


def shopify(rows: Sequence[Row]) -> Counts:
    """Rows of one handle are a product, those with a price variants; both headers of Shopify."""
    handle, price = ("Handle", "Variant Price") if "Handle" in rows[0] else ("URL handle", "Price")
    image = "Image Src" if "Image Src" in rows[0] else "Product image URL"
    products: dict[str, list[Row]] = {}
    for row in rows:
        products.setdefault(row[handle], []).append(row)
    heads = {name: next(row for row in group if row["Title"]) for name, group in products.items()}
    cards = {name for name, head in heads.items() if (head.get("Gift Card") or head.get("Gift card")) == "true"}
    kept = {name: group for name, group in products.items() if name not in cards}
    priced = {name: [float(row[price]) for row in group if row[price]] for name, group in kept.items()}
    landed = [name for name, prices in priced.items() if any(prices)]
    taken = {name: heads[name].get("Product Category") or heads[name].get("Product category") or "" for name in landed}
    paths = [
        heads[name]["Type"].split(">") if taken[name] in ("", "Uncategorized") else taken[name].split(">")
        for name in landed
    ]
    return Counts(
        len(landed),
        sum(price > 0 for prices in priced.values() for price in prices),
        _nodes(paths),
        sum(len(_urls(row[image] for row in group)[0]) for group in kept.values()),
        sum(price == 0 for prices in priced.values() for price in prices),
        _counted(gift_cards=len(cards)),
    )


def woocommerce(rows: Sequence[Row]) -> Counts:
    """A row for each product and variation; what has no price is a bad line, a group no product."""
    groups = [row for row in rows if row["Type"] == "grouped"]
    parents = [row for row in rows if row["Type"] == "variable"]
    sold = [row for row in rows if row not in groups and row not in parents]
    landed = [row for row in sold if row["Regular price"]]
    alone = [row for row in landed if row["Type"] != "variation"]
    dated = [row for row in sold if row["Sale price"] and row["Date sale price ends"]]
    shared = [row for row in sold if row["Stock"] == "parent"]
    cells = [row["Images"] for row in rows if row not in groups]
    return Counts(
        len(alone) + len(parents),
        len(landed),
        _nodes(path.split(">") for row in [*alone, *parents] for path in _pieces(row["Categories"])),
        len(_urls(cells)[0]),
        len(sold) - len(landed),
        _counted(
            grouped_products=len(groups),
            skus_of_products_with_variants=sum(bool(row["SKU"]) for row in parents),
            sale_prices_with_dates=len(dated),
            stocks_that_variants_share=len(shared),
        ),
    )


def google(rows: Sequence[Row]) -> Counts:
    """An item for each variant; those of one group are a product."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.get("item_group_id") or f"alone {row['id']}", []).append(row)
    images = [
        _urls(row[name] for row in group for name in ("image_link", "additional_image_link") if row.get(name))
        for group in groups.values()
    ]
    return Counts(
        len(groups),
        len(rows),
        _nodes((row["product_type"] or _path(row["google_product_category"])).split(">") for row in rows),
        sum(len(urls) for urls, _ in images),
        0,
        _counted(images_without_an_https_address=sum(others for _, others in images)),
    )


def _path(category: str) -> str:
    """A category of Google's, unless it is a number."""
    return category if ">" in category else ""


def magento(rows: Sequence[Row]) -> Counts:
    """A row for each product, view of a store and variant; the first name of a category is a root."""
    own = [row for row in rows if not row.get("store_view_code")]
    sets = [row for row in own if row["product_type"] == "configurable"]
    named = {sku for row in sets for sku in re.findall(r"sku=([^,|]+)", row["configurable_variations"])}
    children = [row for row in own if row["sku"] in named]
    gone = len(named) - len(children)
    landed = [row for row in own if row["sku"] not in named and row["product_type"] not in ("grouped", "bundle")]
    unsafe = [_urls([row["base_image"], row["additional_images"]])[1] for row in [*landed, *children]]
    dated = [row for row in own if row["special_price"] and row["special_price_from_date"]]
    return Counts(
        len(landed),
        len(landed) - len(sets) + len(children),
        _nodes(path.split("/")[1:] for row in landed for path in row["categories"].split(",")),
        sum(len(_urls([row["base_image"], row["additional_images"]])[0]) for row in landed),
        0,
        _counted(
            translations=len(rows) - len(own),
            bundle_products=sum(row["product_type"] == "bundle" for row in own),
            grouped_products=sum(row["product_type"] == "grouped" for row in own),
            skus_of_products_with_variants=len(sets),
            variants_without_a_row_of_their_own=gone,
            images_without_an_https_address=sum(unsafe),
            sale_prices_with_dates=len(dated),
        ),
    )


def prestashop(rows: Sequence[Row]) -> Counts:
    """A row for each product; categories are names."""
    discounts = [row for row in rows if row.get("Discount amount") or row.get("Discount percent")]
    return Counts(
        len(rows),
        len(rows),
        _nodes([name] for row in rows for name in row["Categories (x,y,z...)"].split(",")),
        sum(len(_urls([row["Image URLs (x,y,z...)"]])[0]) for row in rows),
        0,
        _counted(
            discounts=len(discounts),
            barcodes_without_a_valid_check_digit=sum(
                _is_wrong(row.get("EAN13") or row.get("UPC") or "") for row in rows
            ),
        ),
    )


def _is_wrong(gtin: str) -> bool:
    """Whether a barcode has a wrong check digit: GS1 weighs the digits by 3 and 1 from the right."""
    return sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(reversed(gtin))) % 10 > 0


def etsy(rows: Sequence[Row]) -> Counts:
    """A row for each listing, by its places: images from the eighth, and the values of two variations."""
    cells = [list(row.values()) for row in rows]
    counts = [prod(len(_pieces(cell)) or 1 for cell in (each[19], each[22])) for each in cells]
    return Counts(
        len(rows),
        sum(counts),
        0,
        sum(len(_urls(each[7:17])[0]) for each in cells),
        0,
        _counted(stocks_that_variants_share=sum(count > 1 for count in counts)),
    )


_COUNTERS: Mapping[str, Callable[[Sequence[Row]], Counts]] = {
    each.__name__: each for each in (shopify, woocommerce, google, magento, prestashop, etsy)
}


def counted(file: Path) -> Counts:
    """What a file has, as a person counts it."""
    text = file.read_text("utf-8-sig")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = list(csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter, restval=""))
    return next(count for name, count in _COUNTERS.items() if file.name.startswith(name))(rows)


def landed(databases: Databases, file: Path) -> tuple[Counts, str, bool]:
    """What an empty catalogue has of a file, what a second import says, and whether its export makes the same one."""
    url, copy = databases.create(_ENGINE), databases.create(_ENGINE)
    arguments = "import", str(file), "--no-images", "--currency", "EUR"
    (stdout, stderr), (again, _) = (_run(url, *arguments) for _ in range(2))
    exported = _run(url, "export")[0]
    _run(copy, "import", "-", stdin=exported)
    same = _run(copy, "export")[0] == exported
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        tables = "product", "product_variant", "category"
        found = [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]
    for each in (url, copy):
        databases.drop(each)
    images = re.search(r"(\d+) images?\b", stderr)
    told = re.search(r"not held: ([^;\n]*)", stderr)
    parts = (part.partition(" ") for part in told[1].split(", ")) if told else ()
    not_held = {name: int(count) for count, _, name in parts}
    bad = re.search(r"(\d+) bad", stdout)
    return Counts(*found, int(images[1] if images else 0), int(bad[1] if bad else 0), not_held), again, same


def _run(url: str, *arguments: str, stdin: str | None = None) -> tuple[str, str]:
    """What a command prints on stdout and stderr."""
    process = processes.start(url, *arguments)
    return process.communicate(stdin)


def main() -> int:
    """Count and import each file; the exit status says whether all land as they are counted."""
    rows, faults = [], 0
    with proofs.databases() as (databases, _):
        for file in sorted(_FOLDER.iterdir()):
            if file.suffix not in (".csv", ".tsv") or not any(map(file.name.startswith, _COUNTERS)):
                continue
            expected, (found, again, same) = counted(file), landed(databases, file)
            if expected != found or not again.startswith("0 created, 0 updated") or not same:
                faults += 1
                copied = "the same" if same else "another"
                click.echo(f"{file.name}: counted {expected}, landed {found}; then {again}; {copied} export", err=True)
            not_held = ", ".join(f"{count} {name}" for name, count in expected.not_held.items()) or "-"
            rows.append((file.name, *expected[:-1], not_held))
    proofs.table(
        "Files of shops: what they have, and what of it lands",
        ("file", "products", "variants", "categories", "images", "bad lines", "not held"),
        rows,
    )
    return int(faults > 0 or not rows)


if __name__ == "__main__":
    sys.exit(main())
