"""Feeds: what is sold, as Google Merchant Center and search engines read it, over HTTP, by command and in the shop."""

import csv
import io
import json
import re
from typing import Any

import pytest

from app.domain.errors import Unavailable
from app.domain.unit_of_work import Database
from app.main import create_app
from app.settings import Settings
from tests.clients import Client, running
from tests.command_line import Tandem
from tests.conftest import Run
from tests.images import drawn, encoded

PATH = "/v2/feeds/google.tsv"
BASE = "http://127.0.0.1:8000"
LAMP = {"name": "Lamp <1>", "price": 19.9, "currency": "EUR", "sku": "L-1", "stock": 3, "description": "Warm."}


def picture(client: Client, product: int) -> None:
    """Give a product an image."""
    file = encoded(drawn(), "PNG")
    assert client.upload(f"/v2/products/{product}/image", file, method="PUT").status_code in {200, 201}


@pytest.fixture
def lamp(client: Client) -> str:
    """The address of the image of a lamp in a category, beside a product without an image."""
    client.post("/v2/categories", {"name": "Home"})
    client.post("/v2/categories", {"name": "Lamps > small", "parentId": 1})
    client.post("/v2/products", LAMP | {"categoryIds": [2], "brand": "Lumen", "attributes": {"Color": "Red"}})
    client.post("/v2/products", LAMP | {"name": "Bare", "sku": "B"})
    client.post("/v2/products", LAMP | {"name": "Silent", "sku": "S", "description": ""})
    for product in (1, 3):
        picture(client, product)
    return str(client.get("/v2/products/1").json()["image"]["url"])


def test_google(client: Client, lamp: str) -> None:
    """The feed lists what has all that Google requires, with whole addresses, for everyone."""
    answer = client.get(PATH)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/tab-separated-values")
    (row,) = csv.DictReader(io.StringIO(answer.text, newline=""), delimiter="\t")
    assert {name: row[name] for name in ("id", "title", "link", "image_link", "price", "product_type", "color")} == {
        "id": "L-1",
        "title": "Lamp <1>",
        "link": f"{BASE}/shop?product=1",
        "image_link": f"{BASE}{lamp}",
        "price": "19.90 EUR",
        "product_type": "Home > Lamps > small",
        "color": "Red",
    }
    assert client.get(row["image_link"].removeprefix(BASE)).status_code == 200


def test_variants(client: Client, tandem: Tandem, database_url: str) -> None:
    """A variant is listed with all its own: barcode, former price, weight and image."""
    sold = {"sku": "T-1", "price": 15, "compareAtPrice": 20.5, "stock": 0, "gtin": "4006381333931"}
    sold |= {"weight": {"value": 0.25, "unit": "kg"}, "options": {"Size": "M"}}
    other = {"sku": "T-2", "price": 16, "options": {"Size": "L"}}
    options = [{"name": "Size", "values": ["M", "L"]}]
    client.post("/v2/products", {"name": "Tee", "currency": "EUR", "description": "Soft.", "price": 15})
    for width in (10, 20):
        client.upload("/v2/products/1/images", encoded(drawn(width), "PNG"))
    first, second = client.get("/v2/products/1").json()["images"]
    edit = {"options": options, "variants": [sold | {"imageId": second["id"]}, other]}
    assert client.patch("/v2/products/1", edit).status_code == 200
    row, plain = csv.DictReader(io.StringIO(client.get(PATH).text, newline=""), delimiter="\t")
    assert {name: row[name] for name in ("price", "sale_price", "gtin", "shipping_weight", "image_link")} == {
        "price": "20.50 EUR",
        "sale_price": "15.00 EUR",
        "gtin": "4006381333931",
        "shipping_weight": "0.25 kg",
        "image_link": BASE + second["url"],
    }
    assert (plain["image_link"], plain["sale_price"], plain["gtin"]) == (BASE + first["url"], "", "")
    document = json.loads(tandem("export", "--format", "jsonld", url=database_url).stdout)
    variant = document["@graph"][0]["hasVariant"][0]
    assert (variant["gtin"], variant["image"], variant["weight"]["value"]) == (
        "4006381333931",
        BASE + second["url"],
        0.25,
    )
    assert variant["offers"]["priceSpecification"]["price"] == "20.50"


def test_its_address(client: Client) -> None:
    """It is an address like any other, and an empty catalogue has a feed of no lines; v1 has none."""
    assert client.get(PATH).text.count("\n") == 1
    head = client.request("HEAD", PATH)
    assert (head.status_code, head.content) == (200, b"")
    assert client.request("OPTIONS", PATH).headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.delete(PATH).status_code == 405
    assert client.get(f"{PATH}?limit=5").status_code == 422
    assert client.get("/v1/feeds/google.tsv").status_code == 404


def test_its_price(database_url: str, run: Run[Any]) -> None:
    """It needs no key, but it costs 20 points: an address without a key gets five a minute."""
    app = create_app(Settings(database_url=database_url, auth="keys", rate_limit="100/minute"))
    lifespan = running(app)
    run(lifespan.__aenter__())
    client = Client(app, run)
    assert [client.get(PATH).status_code for _ in range(6)] == [200] * 5 + [429]
    run(lifespan.__aexit__(None, None, None))


def test_command(client: Client, lamp: str, tandem: Tandem, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command writes the same feed, and JSON-LD, with addresses by the setting; what is left out is counted."""
    google = tandem("export", "--format", "google", url=database_url)
    assert (google.exit_code, google.stdout_bytes) == (0, client.get(PATH).content)
    assert google.stderr.splitlines() == [
        "Left out, without `image_link`: 1 products.",
        "Left out, without `description`: 1 products.",
    ]
    monkeypatch.setenv("TANDEM_PUBLIC_URL", "https://shop.example/t/")
    document = tandem("export", "--format", "jsonld", url=database_url)
    assert document.stderr == "Left out, without `image`: 1 products.\n"
    assert [one["@id"] for one in json.loads(document.stdout)["@graph"]] == [
        "https://shop.example/t/shop?product=1",
        "https://shop.example/t/shop?product=3",
    ]
    assert tandem("export", "--format", "google", "--spreadsheet", url=database_url).exit_code == 2


def test_the_shop(client: Client, lamp: str) -> None:
    """The page of a product has it in its head, as the file that it is otherwise; other pages have none."""
    plain = client.get("/shop")
    page = client.get("/shop?product=1")
    (script,) = re.findall(r'<script type="application/ld\+json">(.*)</script>\n', page.text)
    product = json.loads(script)
    assert (product["@type"], product["name"], product["sku"]) == ("Product", "Lamp <1>", "L-1")
    assert (product["image"], product["offers"]["price"]) == ([f"{BASE}{lamp}"], "19.90")
    assert page.text.replace(f'<script type="application/ld+json">{script}</script>\n', "") == plain.text
    assert page.headers["content-security-policy"] == plain.headers["content-security-policy"]
    assert client.get("/shop?product=1", **{"if-none-match": page.headers["etag"]}).status_code == 304
    for other in ("", "2", "4", "0", "-1", "x", "1 ", "¹", "9" * 30, "1&product=2"):
        assert client.get(f"/shop?product={other}").content == plain.content, other


def test_the_shop_without_a_database(
    client: Client, lamp: str, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    """Where the database is away, the page is still there, and says so itself."""

    async def away(*_: object, **__: object) -> None:
        raise Unavailable

    monkeypatch.setattr(type(database), "read", away)
    assert client.get("/shop?product=1").content == client.get("/shop").content


def test_base_url() -> None:
    """Addresses begin with the public one, else with that which the service listens on."""
    assert Settings().base_url == BASE
    assert Settings(host="::1", port=80, root_path="/t").base_url == "http://[::1]:80/t"
    assert Settings(public_url="https://shop.example/").base_url == "https://shop.example"
    for wrong in ("shop.example", "ftp://shop.example", "https://", "https://shop.example/?a=1", "https://a b/"):
        with pytest.raises(ValueError, match="public_url"):
            Settings(public_url=wrong)
