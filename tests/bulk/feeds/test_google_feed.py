"""The feed for Google: each value by Google's published rules, and what cannot be listed is counted."""

import csv
import io
import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bulk.feeds.addresses import Addresses
from app.bulk.feeds.google_feed import COLUMNS, REQUIRED, GoogleFeed
from app.domain import money
from app.domain.bulk.listings import Listing, Sold
from tests.shop_files import read

BASE = "https://shop.example/tandem"
ADDRESSES = Addresses(BASE, lambda product_id, sha256: f"/{product_id}/{sha256}.jpg")
URL = r"https?://[!-~]+"
AMOUNT = r"\d+(\.\d{1,4})? [A-Z]{3}"


@dataclass(frozen=True)
class Rule:
    """An attribute as https://support.google.com/merchants/answer/7052112 has it."""

    most: int
    pattern: str = r".*"
    required: bool = False


RULES = {
    "id": Rule(50, r"\S.*", required=True),
    "title": Rule(150, r"\S.*", required=True),
    "description": Rule(5_000, r"\S.*", required=True),
    "link": Rule(2_000, URL, required=True),
    "image_link": Rule(2_000, URL, required=True),
    "availability": Rule(20, "in_stock|out_of_stock|preorder|backorder", required=True),
    "price": Rule(30, AMOUNT, required=True),
    "sale_price": Rule(30, f"({AMOUNT})?"),
    "additional_image_link": Rule(20_000, f"({URL}(,{URL}){{0,9}})?"),
    "brand": Rule(70),
    "gtin": Rule(14, r"(\d{8}|\d{12,14})?"),
    "mpn": Rule(70),
    "identifier_exists": Rule(3, "(yes|no)?"),
    "condition": Rule(20, "(new|refurbished|used)?"),
    "product_type": Rule(750),
    "item_group_id": Rule(50),
    "color": Rule(100),
    "size": Rule(100),
    "material": Rule(200),
    "pattern": Rule(100),
    "shipping_weight": Rule(30, r"(\d+(\.\d+)? (lb|oz|g|kg))?"),
}
RED = Sold(8, "TEE-R", 199_900, 249_900, 5, "4006381333931", {"value": 180, "unit": "g"}, {"Colour": "Red"}, "r")
BLUE = Sold(9, "TEE-B", 189_900, None, 0, None, None, {"Colour": "Blue"})
TEE = Listing(
    id=7,
    name="Tee",
    currency="EUR",
    variants=[RED, BLUE],
    description="Soft.\n\nWash\tcold.",
    brand="Loom",
    categories=[["Clothing", "Tees"], ["New"]],
    attributes={"Material": "Cotton", "MPN": "T7", "Condition": "New"},
    images=["a", "r"],
)


def items(*listings: Listing) -> tuple[list[dict[str, str]], dict[str, int]]:
    """The items of a feed, and how many products lack which member."""
    feed = GoogleFeed(ADDRESSES)
    text = (feed.begin() + feed.lines(listings) + feed.end()).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t")), dict(feed.left_out)


def check(item: dict[str, str]) -> None:
    """Assert that an item keeps all rules."""
    assert tuple(item) == COLUMNS == tuple(sorted(RULES, key=COLUMNS.index))
    for name, rule in RULES.items():
        assert len(item[name]) <= rule.most, name
        assert re.fullmatch(rule.pattern, item[name]), (name, item[name])
        assert item[name] or not rule.required, name


def test_rules_are_the_columns() -> None:
    """The feed requires what Google requires."""
    assert set(REQUIRED) == {name for name, rule in RULES.items() if rule.required}


def test_items() -> None:
    """Each variant is an item of its product's group, in a sale with both prices."""
    (red, blue), left_out = items(TEE)
    assert not left_out
    check(red)
    check(blue)
    assert red == {
        "id": "TEE-R",
        "title": "Tee, Red",
        "description": "Soft. Wash cold.",
        "link": "https://shop.example/tandem/shop?product=7",
        "image_link": "https://shop.example/tandem/7/r.jpg",
        "availability": "in_stock",
        "price": "24.99 EUR",
        "sale_price": "19.99 EUR",
        "additional_image_link": "https://shop.example/tandem/7/a.jpg",
        "brand": "Loom",
        "gtin": "4006381333931",
        "mpn": "T7",
        "identifier_exists": "",
        "condition": "new",
        "product_type": "Clothing > Tees",
        "item_group_id": "7",
        "color": "Red",
        "size": "",
        "material": "Cotton",
        "pattern": "",
        "shipping_weight": "180 g",
    }
    assert (blue["price"], blue["sale_price"], blue["availability"]) == ("18.99 EUR", "", "out_of_stock")
    plain = TEE._replace(variants=[BLUE._replace(options={}, stock=None)], brand=None, attributes={})
    ((one,), _) = items(plain)
    assert (one["item_group_id"], one["identifier_exists"], one["availability"]) == ("", "no", "in_stock")


def test_long_skus() -> None:
    """Skus that are longer than an id may be stay different from one another."""
    skus = [f"{'x' * 63}{end}" for end in "ab"]
    found, _ = items(TEE._replace(variants=[RED._replace(sku=sku) for sku in skus]))
    assert len({item["id"] for item in found}) == 2
    for item in found:
        check(item)


def test_what_is_left_out() -> None:
    """A product that lacks what Google requires is left out and counted, by what it lacks first."""
    lacking = [TEE._replace(description=" \n"), TEE._replace(images=[], variants=[BLUE]), TEE]
    found, left_out = items(*lacking)
    assert (len(found), left_out) == (2, {"description": 1, "image_link": 1})


TEXTS = st.text(max_size=300)
SOLD = st.builds(
    Sold,
    id=st.integers(1, 2**53),
    sku=st.none() | st.text("abc-Ü ", min_size=1, max_size=64).filter(str.strip),
    price=st.integers(1, 10**9).map(lambda units: units * 100),
    compare_at_price=st.none() | st.integers(1, 10**9).map(lambda units: units * 100),
    stock=st.none() | st.integers(0, 2**31 - 1),
    gtin=st.none() | st.just("4006381333931"),
    weight=st.none() | st.fixed_dictionaries({"value": st.integers(1, 10**6), "unit": st.sampled_from(["g", "lb"])}),
    image=st.none(),
    options=st.dictionaries(st.sampled_from(["Size", "Colour", "Muster", "Fit"]), TEXTS, max_size=3),
)


@given(SOLD, TEXTS.filter(str.strip), st.text(max_size=6_000), TEXTS, st.lists(st.just("x"), max_size=20))
def test_any_product(sold: Sold, name: str, description: str, brand: str, images: list[str]) -> None:
    """Whatever a product says, its item keeps the rules, or it is left out and counted."""
    images = [f"{number}" for number, _ in enumerate(images)]
    found, left_out = items(Listing(1, name, "EUR", [sold], description, brand, [[brand, name]], {}, images))
    assert len(found) + sum(left_out.values()) == 1
    for item in found:
        check(item)


def test_there_and_back_again() -> None:
    """An import reads the feed as the products that it was made of."""
    feed = GoogleFeed(ADDRESSES)
    file = read(feed.begin() + feed.lines([TEE]), currency=None)
    assert file.only["name"] == "Tee"
    assert [(each["sku"], str(each["price"]), each["options"]) for each in file.only["variants"]] == [
        ("TEE-R", "19.99", {"Color": "Red"}),
        ("TEE-B", "18.99", {"Color": "Blue"}),
    ]
    assert file.only["attributes"] == {"Material": "Cotton", "Condition": "new", "Mpn": "T7"}


@pytest.mark.parametrize("currency", ["JPY", "KWD", "USD"])
def test_decimals(currency: str) -> None:
    """A price has the decimals of its currency."""
    ((item, *_), _) = items(TEE._replace(currency=currency))
    check(item)
    assert item["sale_price"] == f"{money.text(199_900, currency)} {currency}"
