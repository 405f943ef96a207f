"""Shopify's files: both headers, rows that repeat the handle, skus that are blank or shared."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from app.bulk.import_options import UnreadableFile
from app.domain.models import MAX_TAG, MAX_TAGS
from tests.shop_files import read, table

HEAD = {
    "Handle": "mug",
    "Title": "Mug",
    "Body (HTML)": "<p>Fired twice.</p>\n<ul><li>Holds 3 dl</li></ul>",
    "Vendor": "Kiln ",
    "Product Category": "Home > Kitchen & Dining",
    "Type": "Mugs",
    "Tags": "clay, blue",
    "Published": "true",
    "Option1 Name": "Colour",
    "Option1 Value": "Blue",
    "Variant SKU": "MUG-B",
    "Variant Grams": "340.0",
    "Variant Inventory Tracker": "shopify",
    "Variant Inventory Qty": "-3",
    "Variant Price": "12.00",
    "Variant Compare At Price": "15.00",
    "Variant Barcode": "'4006381333931",
    "Image Src": "https://images.example/2.jpg",
    "Image Position": "2",
    "Gift Card": "false",
    "Größe (product.metafields.shopify.size)": "s; m",
    "Care (product.metafields.custom.care)": "by hand; dry",
    "Variant Weight Unit": "kg",
    "Cost per item": "3.10",
    "Status": "active",
}
GREY = {"Handle": "mug", "Option1 Value": "Grey", "Variant SKU": "MUG-G", "Variant Price": "12.00"}
PICTURE = {"Handle": "mug", "Image Src": "https://images.example/1.jpg", "Image Position": "1", "Image Alt Text": "Top"}
TEMPLATE = {
    "Handle": "URL handle",
    "Body (HTML)": "Description",
    "Product Category": "Product category",
    "Published": "Published on online store",
    "Option1 Name": "Option1 name",
    "Option1 Value": "Option1 value",
    "Variant SKU": "SKU",
    "Variant Grams": "Weight value (grams)",
    "Variant Inventory Tracker": "Inventory tracker",
    "Variant Inventory Qty": "Inventory quantity",
    "Variant Price": "Price",
    "Variant Compare At Price": "Compare-at price",
    "Variant Barcode": "Barcode",
    "Image Src": "Product image URL",
    "Image Position": "Image position",
    "Image Alt Text": "Image alt text",
    "Gift Card": "Gift card",
    "Variant Weight Unit": "Weight unit for display",
}


@pytest.mark.parametrize("names", [{}, TEMPLATE])
def test_a_product(names: dict[str, str]) -> None:
    """Rows of one handle are a product with its variants and images, under both of Shopify's headers."""
    rows = [HEAD, GREY, PICTURE]
    found = read(table({names.get(name, name): cell for name, cell in row.items()} for row in rows))
    blue = {
        "sku": "MUG-B",
        "price": Decimal("12.00"),
        "compareAtPrice": Decimal("15.00"),
        "gtin": "4006381333931",
        "weight": {"value": Decimal("0.34"), "unit": "kg"},
        "stock": 0,
        "options": {"Colour": "Blue"},
    }
    grey = {
        "sku": "MUG-G",
        "price": Decimal("12.00"),
        "compareAtPrice": None,
        "stock": None,
        "options": {"Colour": "Grey"},
    }
    assert found.only == {
        "name": "Mug",
        "description": "Fired twice.\n\n• Holds 3 dl",
        "slug": "mug",
        "status": "active",
        "brand": "Kiln",
        "categories": ["Home > Kitchen & Dining"],
        "tags": ["clay", "blue"],
        "attributes": {"Größe": ["s", "m"], "Care": "by hand; dry"},
        "images": [
            {"url": "https://images.example/1.jpg", "alt": "Top"},
            {"url": "https://images.example/2.jpg", "alt": ""},
        ],
        "sku": "MUG-B",
        "price": Decimal("12.00"),
        "currency": "EUR",
        "options": [{"name": "Colour", "values": ["Blue", "Grey"]}],
        "variants": [blue, grey],
    }
    assert str(found.summary) == (
        "FILE was read as a Shopify export: 1 product, 2 variants, 2 images; changed: 1 stock below 0 set to 0;"
        " currency not in the file, --currency EUR taken"
    )
    assert found.notes.unused == {"Type": 1, "Cost per item": 1}


def test_rows_in_any_order() -> None:
    """Rows of a product need not stand together, nor its first one in front."""
    other = HEAD | {"Handle": "jug", "Title": "Jug", "Variant SKU": "JUG", "Option1 Value": "Red"}
    found = read(table([PICTURE, other, GREY, HEAD], header=list(HEAD)))
    assert [(number, one["sku"], len(one.get("variants", ()))) for number, one in found.products.items()] == [
        (6, "MUG-G", 2),
        (3, "JUG", 1),
    ]


@pytest.mark.parametrize("default", ["Default Title", "Default"])
def test_no_options(default: str) -> None:
    """`Default Title` is no option; without a quantity in the file none is said, nor is a price of 0 taken."""
    row = {"Handle": "tin", "Title": "Tin", "Option1 Name": "Title", "Option1 Value": default}
    row |= {"Variant Price": "5", "Variant Inventory Tracker": "shopify", "Status": "active", "Published": "false"}
    assert read(table([row])).only == {
        "name": "Tin",
        "slug": "tin",
        "sku": "tin",
        "status": "draft",
        "price": Decimal("5.00"),
        "currency": "EUR",
    }


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ({"Status": "archived", "Published": "true"}, "archived"),
        ({"Status": "draft"}, "draft"),
        ({"Published": "TRUE"}, "active"),
        ({"Published": "FALSE"}, "draft"),
        ({}, "active"),
    ],
)
def test_status(cells: dict[str, str], status: str) -> None:
    """What is not published is a draft, with and without a column of its status."""
    row = {"Handle": "tin", "Title": "Tin", "Variant Price": "5"}
    assert read(table([row | cells], header=["Status", "Published"])).only["status"] == status


def test_what_is_not_held() -> None:
    """Gift cards and images without an https address are counted; `Uncategorized` is no category, but a type is one."""
    card = {"Handle": "card", "Title": "Card", "Variant Price": "10", "Gift Card": "true"}
    tin = {"Handle": "tin", "Title": "Tin", "Variant Price": "5.005", "Variant Barcode": "123"}
    tin |= {"Product Category": "Uncategorized", "Type": "Tins", "Image Src": "http://images.example/1.jpg"}
    found = read(table([card, tin]))
    assert found.only["categories"] == ["> Tins"]
    assert found.only["price"] == Decimal("5.01")
    assert found.summary.not_held == {
        "gift cards": 1,
        "images without an https address": 1,
        "barcodes without a valid check digit": 1,
    }
    assert found.summary.changed == {"skus generated where there is none": 1, "prices rounded": 1}


def test_currency_is_asked_for() -> None:
    """A file without currencies is never read as US dollars in silence."""
    with pytest.raises(UnreadableFile, match="--currency EUR"):
        read(table([HEAD]), currency=None)


def test_bad_variants() -> None:
    """A variant that cannot be held is a bad line; the product and its other variants land."""
    rows = [
        HEAD | {"Variant Price": "0.00"},
        GREY,
        GREY | {"Variant SKU": "MUG-2"},
        GREY | {"Option1 Value": "Red", "Variant SKU": "x" * 65},
        GREY | {"Option1 Value": "x" * 201, "Variant SKU": "MUG-3"},
        GREY | {"Option1 Value": "Green", "Variant Price": "much", "Variant SKU": "MUG-4"},
    ]
    found = read(table(rows, header=list(HEAD)))
    assert found.bad == [(2, "price"), (5, "options"), (6, "sku"), (7, "options"), (8, "price")]
    (product,) = found.products.values()
    assert (product["name"], product["sku"]) == ("Mug", "MUG-G")
    assert [variant["sku"] for variant in product["variants"]] == ["MUG-G"]
    assert product["options"] == [{"name": "Colour", "values": ["Grey"]}]


def test_variants_without_a_price() -> None:
    """A row without a price is only an image, unless it has a sku or options of its own: then it is a bad line."""
    rows = [HEAD, PICTURE, {"Handle": "mug", "Variant SKU": "MUG-R"}, {"Handle": "mug", "Option1 Value": "Green"}, GREY]
    found = read(table(rows, header=list(HEAD)))
    assert found.bad == [(5, "price"), (6, "price")]
    assert [one["sku"] for product in found.products.values() for one in product["variants"]] == ["MUG-B", "MUG-G"]


def test_prices_in_other_currencies() -> None:
    """A price with a sign that the stated currency does not have costs its own variant only."""
    found = read(table([HEAD, GREY | {"Variant Price": "$12.00"}, GREY | {"Option1 Value": "Red", "Variant SKU": "R"}]))
    assert found.bad == [(4, "price")]
    assert [one["sku"] for product in found.products.values() for one in product["variants"]] == ["MUG-B", "R"]
    alone = read(table([{"Handle": "tin", "Title": "Tin", "Variant Price": "$5"}]))
    assert (alone.bad, alone.products) == ([(2, "price")], {})


def test_decimal_commas() -> None:
    """A column that a spreadsheet wrote with decimal commas has them, also where a cell could mean thousands."""
    rows = [HEAD | {"Variant Price": "12,50"}, GREY | {"Variant Price": "1,299"}, GREY | {"Option1 Value": "Red"}]
    rows[2] |= {"Variant SKU": "MUG-R", "Variant Price": "1.299,00"}
    product = read(table(rows, header=list(HEAD), delimiter=";")).only
    assert [str(variant["price"]) for variant in product["variants"]] == ["12.50", "1.30", "1299.00"]
    alone = read(table([HEAD | {"Variant Price": "1,299"}])).only
    assert str(alone["variants"][0]["price"]) == "1299.00"


def test_references() -> None:
    """Names are text, whether or not an app wrote them with the references of HTML."""
    row = {"Title": "Mug &amp; Cup &#8211; &eacute;", "Product Category": "Home &amp; Garden &gt; Mugs", "Tags": "A&B"}
    product = read(table([HEAD | row])).only
    assert (product["name"], product["categories"]) == ("Mug & Cup – é", ["Home & Garden > Mugs"])
    assert product["tags"] == ["A&B"]


def test_a_header_in_capitals() -> None:
    """The case of a header does not matter, also in the names of metafields."""
    head, *rows = table([HEAD, GREY]).split("\r\n", 1)
    assert read("\r\n".join([head.upper(), *rows])).only["attributes"] == {"GRÖSSE": ["s", "m"], "CARE": "by hand; dry"}


def test_types_beside_categories() -> None:
    """A type that is not taken, since its product has a category, is counted, though others are taken."""
    tin = {"Handle": "tin", "Title": "Tin", "Variant Price": "5", "Type": "Tins"}
    assert read(table([HEAD, tin], header=list(HEAD))).notes.unused == {"Type": 1, "Cost per item": 1}


def test_a_category_without_a_type() -> None:
    """A category says where a product belongs, with and without a type."""
    row = {"Handle": "tin", "Title": "Tin", "Variant Price": "5", "Product Category": "Home > Tins", "Type": ""}
    assert read(table([row])).only["categories"] == ["Home > Tins"]


def test_three_options() -> None:
    """A variant has a value of each of the three options that a shop may have."""
    names = {f"Option{number} Name": name for number, name in enumerate(("Colour", "Size", "Fit"), 1)}
    values = {f"Option{number} Value": value for number, value in enumerate(("Blue", "M", "Slim"), 1)}
    product = read(table([HEAD | names | values])).only
    assert product["variants"][0]["options"] == {"Colour": "Blue", "Size": "M", "Fit": "Slim"}


def test_too_many_tags() -> None:
    """The tags that a product cannot hold are counted, and the product lands."""
    names = [f"tag {number}" for number in range(MAX_TAGS + 2)]
    found = read(table([HEAD | {"Tags": ", ".join([*names, "x" * (MAX_TAG + 1)])}]))
    assert found.only["tags"] == names[:MAX_TAGS]
    assert found.summary.not_held["tags beyond a product's limits"] == 3


def test_former_prices_that_are_none() -> None:
    """A former price that is no price is left out and counted; the product lands with its price."""
    found = read(table([HEAD | {"Variant Compare At Price": "-5"}]))
    assert found.only["variants"][0]["compareAtPrice"] is None
    assert found.summary.not_held["former prices that are no prices"] == 1


def test_most_variants() -> None:
    """The variants beyond those that a product can have are bad lines."""
    rows = [GREY | {"Option1 Value": str(number), "Variant SKU": f"M{number}"} for number in range(253)]
    found = read(table([rows[0] | {"Title": "Mug"}, *rows[1:]]))
    assert len(found.products[2]["variants"]) == 250
    assert found.bad == [(252, "variants"), (253, "variants"), (254, "variants")]


def large_file() -> Iterator[dict[str, str]]:
    """565 rows: 84 products, 445 variants, 120 further images; most skus are blank or shared, 17 prices are 0."""
    long = "a-name-so-long-that-nothing-else-of-a-sku-fits-behind-it-and-more"
    yield {"Handle": long, "Title": "Cover", "Option1 Name": "Tier", "Option1 Value": "0", "Variant SKU": "ROUTEINS"}
    for tier in range(1, 76):
        yield {"Handle": long, "Option1 Value": f"{tier}.15", "Variant SKU": "ROUTEINS", "Variant Price": f"{tier}.15"}
    for product in range(83):
        handle = f"wig-{product}"
        count = 5 if product < 37 else 4
        for variant in range(count):
            head = {"Title": f"Wig {product}", "Option1 Name": "Colour"} if not variant else {}
            free = variant == 1 and product < 16
            sku = f"W{product}" if product < 13 and variant == 0 else ""
            yield head | {
                "Handle": handle,
                "Option1 Value": f"Shade {variant}",
                "Variant SKU": sku,
                "Variant Price": "0.00" if free else "19.90",
                "Image Src": f"https://images.example/{product}-{variant}.jpg" if not variant else "",
            }
        for image in range(2 if product < 37 else 1):
            yield {"Handle": handle, "Image Src": f"https://images.example/{product}-more-{image}.jpg"}


def test_large_file() -> None:
    """Of a file whose skus are blank or shared no variant is lost, and no product is invented."""
    rows = [row | ({"Variant Price": "0.00"} if not number else {}) for number, row in enumerate(large_file())]
    variants = [row for row in rows if row.get("Variant Price")]
    assert (len(rows), len(variants)) == (565, 445)
    found = read(table(rows))
    assert (found.summary.products, found.summary.variants, found.summary.images) == (84, 445, 203)
    assert len(found.products) == 84
    assert len(found.bad) == sum(row["Variant Price"] == "0.00" for row in variants) == 17
    skus = [variant["sku"] for product in found.products.values() for variant in product["variants"]]
    assert len({sku.casefold() for sku in skus}) == len(skus) == 445 - 17
    assert max(map(len, skus)) == 64
    again = read(table(rows))
    assert again.products == found.products
