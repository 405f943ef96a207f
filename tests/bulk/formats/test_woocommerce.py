r"""WooCommerce's exports: variations before and behind their parents, lists with `\,`, texts with `\n`."""

from decimal import Decimal

import pytest

from tests.shop_files import read, table

SIMPLE = {
    "ID": "7",
    "Type": "simple",
    "SKU": "POT",
    "GTIN, UPC, EAN, or ISBN": "4006381333931",
    "Name": "'-1 Pot",
    "Published": "1",
    "Description": r"Heavy.\n<strong>Cast</strong> iron.",
    "In stock?": "1",
    "Stock": "'-2",
    "Weight (lbs)": "2,5",
    "Length (cm)": "30",
    "Sale price": "",
    "Regular price": "19,9",
    "Categories": r"Kitchen, Kitchen > Pots, Salt\, pepper",
    "Tags": r"iron, black\, matt",
    "Images": "https://images.example/1.jpg, https://images.example/2.jpg",
    "Brands": "Forge",
    "Attribute 1 name": "Finish",
    "Attribute 1 value(s)": r"Raw, Black\, matt",
    "Meta: _x": "1",
}
PARENT = {
    "ID": "20",
    "Type": "variable",
    "SKU": "TEE",
    "Name": "Tee",
    "Published": "1",
    "Categories": "Clothing",
    "Images": "https://images.example/tee.jpg",
    "Attribute 1 name": "Size",
    "Attribute 1 value(s)": "S, M",
    "Attribute 2 name": "Fabric",
    "Attribute 2 value(s)": "Cotton",
}
SMALL = {
    "ID": "21",
    "Type": "variation",
    "SKU": "TEE-S",
    "Parent": "TEE",
    "Position": "2",
    "Regular price": "15",
    "Stock": "parent",
    "Published": "1",
    "Images": "https://images.example/s.jpg",
    "Attribute 1 name": "Size",
    "Attribute 1 value(s)": "S",
}
MEDIUM = SMALL | {"ID": "22", "SKU": "", "Parent": "id:20", "Position": "1", "Attribute 1 value(s)": "M", "Stock": "4"}


def test_a_simple_product() -> None:
    """A product with everything that is held."""
    found = read(table([SIMPLE]))
    assert found.only == {
        "name": "-1 Pot",
        "description": "Heavy.\nCast iron.",
        "status": "active",
        "brand": "Forge",
        "categories": ["> Kitchen", "Kitchen > Pots", "> Salt, pepper"],
        "tags": ["iron", "black, matt"],
        "attributes": {"Finish": ["Raw", "Black, matt"], "Length (cm)": Decimal(30)},
        "images": [{"url": f"https://images.example/{number}.jpg", "alt": ""} for number in (1, 2)],
        "sku": "POT",
        "price": Decimal("19.90"),
        "currency": "EUR",
        "compareAtPrice": None,
        "gtin": "4006381333931",
        "weight": {"value": Decimal("2.5"), "unit": "lb"},
        "stock": 0,
    }
    assert found.notes.unused == {"Meta: _x": 1}


@pytest.mark.parametrize("rows", [[PARENT, SMALL, MEDIUM], [MEDIUM, SIMPLE, PARENT, SMALL], [SMALL, MEDIUM, PARENT]])
def test_variations(rows: list[dict[str, str]]) -> None:
    """Variations belong to their parent by its sku or its id, wherever they stand, in the order of their positions."""
    found = read(table(rows))
    tee = next(one for one in found.products.values() if one["name"] == "Tee")
    assert (tee["sku"], tee["categories"], tee["attributes"]) == ("TEE:M", ["> Clothing"], {"Fabric": ["Cotton"]})
    assert tee["options"] == [{"name": "Size", "values": ["M", "S"]}]
    assert [(one["sku"], one["options"]["Size"], one.get("stock", "?")) for one in tee["variants"]] == [
        ("TEE:M", "M", 4),
        ("TEE-S", "S", "?"),
    ]
    assert found.summary.not_held == {"skus of products with variants": 1, "stocks that variants share": 1}


def test_sales() -> None:
    """A sale makes the regular price the former one; one with dates is not held."""
    plain = read(table([SIMPLE | {"Sale price": "9,90"}])).only
    assert (plain["price"], plain["compareAtPrice"]) == (Decimal("9.90"), Decimal("19.90"))
    dated = read(table([SIMPLE | {"Sale price": "9,90", "Date sale price ends": "2026-12-31"}]))
    assert (dated.only["price"], dated.only["compareAtPrice"]) == (Decimal("19.90"), None)
    assert dated.summary.not_held == {"sale prices with dates": 1}


@pytest.mark.parametrize(
    ("cells", "stock"),
    [
        ({"Stock": "", "In stock?": "0"}, 0),
        ({"Stock": "", "In stock?": "1"}, None),
        ({"Stock": "", "In stock?": "backorder"}, None),
        ({"Stock": "4", "In stock?": "0"}, 4),
        ({"Stock": "2.7"}, 2),
    ],
)
def test_stock(cells: dict[str, str], stock: int | None) -> None:
    """Without a number the stock is not counted, unless the product is sold out."""
    assert read(table([SIMPLE | cells])).only["stock"] == stock


@pytest.mark.parametrize(("published", "status"), [("1", "active"), ("0", "draft"), ("-1", "draft"), ("2", "draft")])
def test_status(published: str, status: str) -> None:
    """Only what is published is active."""
    assert read(table([SIMPLE | {"Published": published}])).only["status"] == status


def test_what_is_no_product() -> None:
    """Groups, disabled variations and parents without any are counted; a variation without a parent is a bad line."""
    rows = [
        SIMPLE | {"Type": "simple, downloadable, virtual"},
        SIMPLE | {"ID": "8", "SKU": "SET", "Type": "grouped", "Regular price": ""},
        PARENT,
        PARENT | {"ID": "30", "SKU": "LONE"},
        SMALL | {"Published": "0"},
        MEDIUM,
        SMALL | {"SKU": "X", "Parent": "GONE"},
    ]
    found = read(table(rows))
    assert found.bad == [(8, "")]
    assert [one["sku"] for one in found.products.values()] == ["POT", "TEE:M"]
    assert found.summary.not_held == {
        "grouped products": 1,
        "skus of products with variants": 1,
        "disabled variations": 1,
        "variable products without variations": 1,
    }


def test_many_options() -> None:
    """The options that are too many become one, and a variation that leaves one open is for any."""
    names = {f"Attribute {number} name": f"Option {number}" for number in range(1, 6)}
    values = {f"Attribute {number} value(s)": str(number) for number in range(1, 6)}
    rows = [PARENT | names | values, SMALL | names | values, MEDIUM | names | values | {"Attribute 2 value(s)": ""}]
    tee = read(table([{name.casefold(): cell for name, cell in row.items()} for row in rows])).only
    assert [each["name"] for each in tee["options"]] == ["Option 1", "Option 2", "Option 3 / Option 4 / Option 5"]
    assert [list(each["options"].values()) for each in tee["variants"]] == [
        ["1", "Any", "3 / 4 / 5"],
        ["1", "2", "3 / 4 / 5"],
    ]


def test_a_parent_without_a_sku() -> None:
    """The variations of a parent find it by its id, and no sku of it is counted as lost."""
    found = read(table([PARENT | {"SKU": ""}, MEDIUM]))
    assert [one["options"] for one in found.only["variants"]] == [{"Size": "M"}]
    assert "skus of products with variants" not in found.summary.not_held


def test_shared_skus() -> None:
    """Products that share a sku get those of their ids, or of their names; neither is lost."""
    rows = [SIMPLE | {"Name": name, "ID": number} for name, number in (("Pot", "7"), ("Pan", "8"))]
    found = read(table(rows))
    assert [product["sku"] for product in found.products.values()] == ["7", "8"]
    bare = read(table([{"Type": "simple", "SKU": "", "Name": name, "Regular price": "5"} for name in "AB"]))
    assert [product["sku"] for product in bare.products.values()] == ["A", "B"]


def test_short_descriptions() -> None:
    """A short description is taken where there is no other, and counted where it is left out."""
    rows = [SIMPLE | {"Short description": "One pot."}, SIMPLE | {"SKU": "PAN", "ID": "8", "Description": ""}]
    rows[1] |= {"Short description": "One pan."}
    found = read(table(rows))
    assert [product["description"] for product in found.products.values()][1:] == ["One pan."]
    assert found.notes.unused == {"Short description": 1, "Meta: _x": 2}


def test_subscriptions() -> None:
    """What is sold as a subscription has variations as other products have."""
    types = {"variable": "variable-subscription", "variation": "subscription_variation"}
    rows = [row | {"Type": types[row["Type"]]} for row in (PARENT, SMALL)]
    product = read(table(rows)).only
    assert (product["name"], product["price"]) == ("Tee", Decimal("15.00"))
