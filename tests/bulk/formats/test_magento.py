"""Magento's exports: configurable products and their variants, views of stores, categories below a root."""

from decimal import Decimal

from tests.shop_files import read, table

SMALL = {
    "sku": "CAP-S",
    "attribute_set_code": "Cap",
    "product_type": "simple",
    "categories": "Default Category/Wear/Caps, cool,Default Category/Offers,Default Category",
    "name": "Cap S",
    "description": "<p>Warm &amp; dry.</p>",
    "weight": "0.3",
    "product_online": "1",
    "visibility": "Not Visible Individually",
    "price": "25.000000",
    "url_key": "cap-s",
    "base_image": "/c/a/cap.jpg",
    "additional_attributes": "has_options=0,size=S,color=Moss,note=soft, warm,climate=Mild|Cold",
    "qty": "100.0000",
    "manage_stock": "0",
    "use_config_manage_stock": "1",
}
LARGE = SMALL | {"sku": "CAP-L", "name": "Cap L", "price": "27", "qty": "0", "additional_attributes": "size=L"}
CAP = SMALL | {
    "sku": "CAP",
    "product_type": "configurable",
    "name": "Cap",
    "visibility": "Catalog, Search",
    "url_key": "cap",
    "base_image": "https://images.example/cap.jpg",
    "additional_attributes": "has_options=1,climate=Mild|Cold,note=soft, warm",
    "configurable_variations": "sku=CAP-S,size=S,color=Moss|sku=CAP-L,size=L,color=Moss|sku=GONE,size=M,color=Moss",
    "configurable_variation_labels": "size=Size,color=Colour",
}
GERMAN = {"sku": "CAP", "store_view_code": "de", "attribute_set_code": "Cap", "name": "Mütze"}


def test_a_configurable_product() -> None:
    """Variants get their options from the configurable product, prices and stocks from their own rows."""
    found = read(table([SMALL, LARGE, GERMAN, CAP], header=["store_view_code"]))
    assert found.only == {
        "name": "Cap",
        "description": "Warm & dry.",
        "slug": "cap",
        "status": "active",
        "categories": ["Wear > Caps", "> Offers"],
        "attributes": {"climate": ["Mild", "Cold"], "note": "soft, warm", "weight": Decimal("0.3")},
        "images": [{"url": "https://images.example/cap.jpg", "alt": ""}],
        "sku": "CAP-S",
        "price": Decimal("25.00"),
        "currency": "EUR",
        "options": [{"name": "Size", "values": ["S", "L"]}, {"name": "Colour", "values": ["Moss"]}],
        "variants": [
            {"sku": "CAP-S", "price": Decimal(25), "stock": 100, "options": {"Size": "S", "Colour": "Moss"}},
            {"sku": "CAP-L", "price": Decimal(27), "stock": 0, "options": {"Size": "L", "Colour": "Moss"}},
        ],
    }
    assert found.summary.not_held == {
        "translations": 1,
        "skus of products with variants": 1,
        "variants without a row of their own": 1,
        "images without an https address": 2,
    }


def test_variants_that_are_switched_off() -> None:
    """A variant that is switched off is counted, and no variant; without any other there is no product."""
    found = read(table([SMALL | {"product_online": "2"}, LARGE, CAP]))
    assert [one["sku"] for one in found.only["variants"]] == ["CAP-L"]
    assert found.summary.not_held["variants that are switched off"] == 1


def test_others() -> None:
    """Sets are counted; what cannot be seen by itself, or is switched off, is a draft; stock may not be counted."""
    rows = [
        SMALL,
        LARGE | {"visibility": "Catalog", "product_online": "2"},
        SMALL | {"sku": "KIT", "product_type": "bundle"},
        SMALL | {"sku": "SET", "product_type": "grouped"},
        CAP | {"configurable_variations": ""},
        SMALL | {"sku": "E", "product_type": "virtual", "visibility": "Search", "use_config_manage_stock": "0"},
    ]
    found = read(table(rows))
    assert [(one["sku"], one["status"], one["stock"]) for one in found.products.values()] == [
        ("CAP-S", "draft", 100),
        ("CAP-L", "draft", 0),
        ("E", "active", None),
    ]
    assert found.summary.not_held["bundle products"] == found.summary.not_held["grouped products"] == 1
    assert found.summary.not_held["configurable products without variants"] == 1


def test_special_prices() -> None:
    """A special price without dates is the price now; one with dates is not held."""
    row = SMALL | {"special_price": "20.5", "special_price_from_date": ""}
    now = read(table([row])).only
    assert (now["price"], now["compareAtPrice"]) == (Decimal("20.50"), Decimal("25.00"))
    dated = read(table([row | {"special_price_from_date": "1/2/26"}]))
    assert (dated.only["price"], dated.only["compareAtPrice"]) == (Decimal("25.00"), None)
    assert dated.summary.not_held["sale prices with dates"] == 1
