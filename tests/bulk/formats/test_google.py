"""Product feeds: tables, RSS and Atom; items in groups; XML that means harm."""

from decimal import Decimal

import pytest

from app.bulk.import_options import UnreadableFile
from tests.shop_files import read, table

BAG = {
    "id": "bag-m",
    "title": '"Day" Bag, Olive, M',
    "description": "A bag.",
    "link": "https://shop.example/bag?c=olive",
    "image_link": "https://images.example/olive.jpg",
    "additional_image_link": "https://images.example/a.jpg,https://images.example/b.jpg",
    "availability": "in stock",
    "condition": "new",
    "price": "1,089.00 EUR",
    "sale_price": "979.00 EUR",
    "brand": "Northway",
    "gtin": "4006381333931",
    "google_product_category": "5181",
    "product_type": "Bags > Day packs",
    "item_group_id": "bag",
    "color": "Olive",
    "size": "M",
    "shipping_weight": "1.5 kg",
}
LARGE = BAG | {"id": "bag-l", "title": '"Day" Bag, Olive, L', "size": "L", "availability": "out_of_stock"}
LARGE |= {"sale_price": "", "gtin": "", "image_link": "https://images.example/l.jpg", "additional_image_link": ""}
PRODUCT = {
    "name": '"Day" Bag, Olive',
    "description": "A bag.",
    "brand": "Northway",
    "categories": ["Bags > Day packs"],
    "attributes": {"Color": "Olive", "Condition": "new"},
    "images": [{"url": f"https://images.example/{name}.jpg", "alt": ""} for name in ("olive", "a", "b", "l")],
    "sku": "bag-m",
    "price": Decimal("979.00"),
    "currency": "EUR",
    "options": [{"name": "Size", "values": ["M", "L"]}],
    "variants": [
        {
            "sku": "bag-m",
            "price": Decimal("979.00"),
            "compareAtPrice": Decimal("1089.00"),
            "gtin": "4006381333931",
            "stock": None,
            "weight": {"value": Decimal("1.5"), "unit": "kg"},
            "options": {"Size": "M"},
        },
        {
            "sku": "bag-l",
            "price": Decimal("1089.00"),
            "compareAtPrice": None,
            "stock": 0,
            "weight": {"value": Decimal("1.5"), "unit": "kg"},
            "options": {"Size": "L"},
        },
    ],
}


def item(row: dict[str, str], name: str = "item") -> str:
    """An item of a feed in XML, in which elements of Google and others are mixed."""
    own = {"title", "description", "link"} & row.keys()
    text = {tag: cell.replace("&", "&amp;").replace("<", "&lt;") for tag, cell in row.items()}
    images = text.pop("additional_image_link", "").split(",")
    cells = [f"<{tag}>{text[tag]}</{tag}>" for tag in sorted(own)]
    cells += [f"<g:{tag}>{cell}</g:{tag}>" for tag, cell in text.items() if tag not in own]
    cells += [f"<g:additional_image_link>{url}</g:additional_image_link>" for url in images if url]
    shipping = "<g:shipping><g:price>5 USD</g:price><g:id>x</g:id></g:shipping>"
    return f"<{name}>{shipping}{''.join(cells)}</{name}>"


def rss(*items: str) -> str:
    """A feed of RSS."""
    head = (
        '<?xml version="1.0"?><rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>'
    )
    return f"{head}{''.join(items)}</channel></rss>"


def atom(*items: str) -> str:
    """A feed of Atom."""
    head = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>'
    return f"{head}{''.join(items)}</feed>"


@pytest.mark.parametrize(
    "file",
    [
        table([BAG, LARGE], delimiter="\t"),
        table([BAG, LARGE]),
        rss(item(BAG), item(LARGE)),
        atom(item(BAG, "entry"), item(LARGE, "entry")),
        rss(item(BAG), item(LARGE)).encode("utf-16"),
        rss(item(BAG), item(LARGE)).replace('"1.0"?', '"1.0" encoding="iso-8859-1"?').encode("latin-1"),
    ],
)
def test_a_group(file: str | bytes) -> None:
    """The items of a group are the variants of one product, whatever the feed is written in; the first ones count."""
    found = read(file, currency=None)
    assert list(found.products.values()) == [PRODUCT]
    assert found.pictured == {
        "bag-m": "https://images.example/olive.jpg",
        "bag-l": "https://images.example/l.jpg",
    }
    assert set(found.notes.unused) <= {"link", "shipping"}
    assert found.notes.unused["link"] == 2


def test_without_a_group() -> None:
    """Items without a group are products of their own; Google's category is one only if it is a path."""
    plain = {name: BAG[name] for name in ("id", "title", "price", "image_link")}
    rows = [
        plain | {"google_product_category": "Bags > Totes"},
        plain | {"id": "2", "google_product_category": "166"},
        plain | {"id": "3", "price": "12.50 USD"},
    ]
    one, two, three = read(table(rows), currency=None).products.values()
    assert (one["categories"], "categories" in two, three["currency"]) == (["Bags > Totes"], False, "USD")


def test_items_that_do_not_differ() -> None:
    """Items of a group that only their ids tell apart are variants all the same; another currency is a bad line."""
    rows = [BAG, BAG | {"id": "2"}, BAG | {"id": "3", "price": "5 USD", "sale_price": ""}]
    found = read(table(rows), currency=None)
    (product,) = found.products.values()
    assert [each["options"] for each in product["variants"]] == [{"Id": "bag-m"}, {"Id": "2"}]
    assert found.bad == [(4, "currency")]


def test_no_currency() -> None:
    """A price without a currency takes the one that is told, and without one it is a bad line."""
    rows = [BAG | {"price": "5", "sale_price": ""}]
    assert read(table(rows), currency="CHF").only["currency"] == "CHF"
    assert read(table(rows), currency=None).bad == [(2, "price")]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (f'<!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]>' + rss("<item>&l9;</item>")[21:], "entities"),
        ('<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss>&x;</rss>', "entities"),
        ('<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://127.0.0.1/x">%x;]><rss/>', "entities"),
        ("<rss>" + "<a>" * 60, "elements"),
        (f'<rss a="{"x" * 3_000_000}"/>', "longer"),
        (f"<rss><!--{'x' * 3_000_000}--></rss>", "longer"),
        ("<rss><item></rss>", "mismatched tag"),
        ("<rss><item>&nbsp;</item></rss>", "undefined entity"),
        ("<html><body/></html>", "not a product feed"),
        ('<!DOCTYPE BMECAT SYSTEM "x.dtd"><BMECAT version="1.2"/>', "a BMEcat catalogue"),
        (table([{"uuid": "", "sku": "", "categories": "", "enabled": "1", "family": "", "name-en_US": ""}]), "Akeneo"),
    ],
)
def test_refused(file: str, message: str) -> None:
    """XML that means harm, or that is no feed, is refused whole; so are formats that are known by name only."""
    with pytest.raises(UnreadableFile, match=message):
        read(file)


@pytest.mark.parametrize("text", ["x" * 2_000_000, "<b/>" * 300_000, "&lt;" * 300_000])
def test_long_items(text: str) -> None:
    """An item that is too long is a bad line, and the next one is read."""
    found = read(rss(f"<item><g:id>1</g:id><description>{text}</description></item>", item(BAG)), currency=None)
    assert [one["sku"] for one in found.products.values()][-1] == "bag-m"
    many = read(rss("<item>" + "".join(f"<a{n}/>" for n in range(200_000)) + "</item>", item(BAG)), currency=None)
    assert many.bad == [(1, "")]
    assert len(many.notes.unused) <= 1_000


@pytest.mark.parametrize("form", ["g:{}", "{}", " {} "])
def test_other_spellings_of_a_header(form: str) -> None:
    """Attributes may have the prefix of XML feeds, blanks for underscores, and capitals."""
    rows = [{form.format(name.replace("_", " ").upper()): cell for name, cell in BAG.items()}]
    product = read(table(rows, delimiter="\t")).only
    assert (product["sku"], product["categories"]) == ("bag-m", ["Bags > Day packs"])


def test_references_in_paths() -> None:
    """A path whose marks are references of HTML is a path."""
    row = BAG | {"product_type": "Bags &amp; Cases &gt; Day packs"}
    assert read(table([row])).only["categories"] == ["Bags & Cases > Day packs"]


def test_beyond_the_bounds() -> None:
    """What a product cannot hold is left out and counted: the rest of it lands."""
    urls = [f"https://images.example/{number}.jpg" for number in range(22)]
    row = BAG | {"shipping_weight": "2000000 kg", "mpn": "x" * 1001, "additional_image_link": ",".join(urls)}
    found = read(table([row, row | {"id": "bag-0", "size": "L", "shipping_weight": "0 kg"}]))
    product = found.only
    assert [image["url"] for image in product["images"]] == [BAG["image_link"], *urls[:19]]
    assert product["attributes"] == {"Color": "Olive", "Condition": "new"}
    assert [variant.get("weight") for variant in product["variants"]] == [None, None]
    assert found.summary.not_held == {
        "weights beyond the bounds of a product": 1,
        "attributes beyond a product's limits": 1,
        "images beyond the 20 of a product": 6,
    }
