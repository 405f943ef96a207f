"""PrestaShop's files: headers that differ between releases, net prices, parallel lists of images and texts."""

from decimal import Decimal

import pytest

from app.bulk.import_options import UnreadableFile
from tests.shop_files import read, table

ROW = {
    "Product ID": "5",
    "Active (0/1)": "1",
    "Name *": "Lamp",
    "Categories (x,y,z...)": "Home,Lamps",
    "Price tax excluded": "41.666667",
    "Discount percent": "",
    "Reference #": "LAMP",
    "Manufacturer": "Lumen",
    "EAN13": "4006381333931",
    "MPN": "L-5",
    "Width": "12",
    "Weight": "0.9",
    "Quantity": "-1",
    "Visibility": "both",
    "Summary": "<p>Short.</p>",
    "Description": "<p>Warm; a long arm.</p>",
    "Tags (x,y,z...)": "desk, lamp",
    "URL rewritten": "lamp",
    "Image URLs (x,y,z...)": "https://images.example/1.jpg, https://images.example/2.jpg",
    "Image alt texts (x,y,z...)": "On",
    "Feature(Name:Value:Position)": "Colour:White:1,Height:40 cm:2",
    "Condition": "new",
    "Acessories  (x,y,z...)": "X",
}


def test_a_product() -> None:
    """A product with everything that is held."""
    found = read(table([ROW], delimiter=";"))
    assert found.only == {
        "name": "Lamp",
        "description": "Warm; a long arm.",
        "slug": "lamp",
        "status": "active",
        "brand": "Lumen",
        "categories": ["Home", "Lamps"],
        "tags": ["desk", "lamp"],
        "attributes": {
            "Colour": "White",
            "Height": "40 cm",
            "Width": Decimal(12),
            "Weight": Decimal("0.9"),
            "MPN": "L-5",
            "Condition": "new",
        },
        "images": [
            {"url": "https://images.example/1.jpg", "alt": "On"},
            {"url": "https://images.example/2.jpg", "alt": ""},
        ],
        "sku": "LAMP",
        "price": Decimal("41.67"),
        "currency": "EUR",
        "gtin": "4006381333931",
        "stock": 0,
    }
    assert "prices are net, as the file has them" in str(found.summary)
    assert found.notes.unused == {"Summary": 1, "Acessories (x,y,z...)": 1}


@pytest.mark.parametrize("price", ["Price tax included", "Price tax excluded or Price tax included"])
def test_other_headers(price: str) -> None:
    """The price may be with taxes, and the id another name; a row without a reference has its id for a sku."""
    rows = [{"ID": "9", "Name*": "Shade", price: "10", "Active (0/1)": "0", "Discount amount": "3"}]
    found = read(table(rows, delimiter=";"))
    assert found.only == {"name": "Shade", "status": "draft", "sku": "9", "price": Decimal("10.00"), "currency": "EUR"}
    assert found.summary.not_held == {"discounts": 1}
    assert "net" not in str(found.summary)


def test_decimal_commas() -> None:
    """Amounts that can mean two numbers are asked for, those of a column that tells are read."""
    clear = read(
        table([ROW | {"Price tax excluded": "1,500"}, ROW | {"Reference #": "B", "Price tax excluded": "4,5"}])
    )
    assert [one["price"] for one in clear.products.values()] == [Decimal("1.50"), Decimal("4.50")]
    assert read(table([ROW | {"Price tax excluded": "1,500"}])).bad == [(2, "price")]
    told = read(table([ROW | {"Price tax excluded": "1,500"}]), decimal=".")
    assert told.only["price"] == Decimal(1500)


def test_forced() -> None:
    """A format that is asked for must be that of the file; another one is only guessed from the header."""
    with pytest.raises(UnreadableFile, match="not a Shopify export"):
        read(table([ROW]), format="shopify")
    with pytest.raises(UnreadableFile, match="none is `sku`"):
        read(table([{"Name *": "Lamp", "Price tax excluded": "1"}]), format="csv")
