"""A product in the shop: one picture in front, the others a key away, and what is said of it."""

import re
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from seed.loader import PICTURES
from tests.browser.conftest import Serve, Visit
from tests.servers import PATIENCE, Server

ALTS = ("The pot from the left", "", "The lid")


@pytest.fixture(scope="module")
def server(serve: Serve) -> Server:
    """A server whose second product has four pictures."""
    made = serve(TANDEM_RATE_LIMIT="off")
    for path, alt in zip(sorted(PICTURES.iterdir()), ALTS, strict=False):
        url = f"http://127.0.0.1:{made.port}/v2/products/2/images"
        httpx2.post(
            url, files={"file": (path.name, path.read_bytes())}, data={"alt": alt}, timeout=PATIENCE
        ).raise_for_status()
    return made


def test_by_keyboard(server: Server, visit: Visit) -> None:
    """Arrow keys put each picture in front, under its alternative text, else under the product's name."""
    watched = visit(server)
    page = watched.open("/shop?product=2")
    name, front = page.inner_text("#product h1"), page.locator(".gallery > .frame img")
    pictures = page.get_by_role("group", name="Pictures").get_by_role("radio")
    assert [one.get_attribute("alt") for one in page.locator(".thumbs img").all()] == [
        *("Picture 1 of 4", "The pot from the left", "Picture 3 of 4", "The lid")
    ]
    pictures.first.focus()
    seen = set()
    for alt in (name, ALTS[0], name, ALTS[2], name):
        expect(front).to_have_attribute("alt", alt)
        seen.add(front.get_attribute("src"))
        page.keyboard.press("ArrowRight")
    assert len(seen) == 4
    expect(page.get_by_role("radio", name=ALTS[0])).to_be_checked()
    page.get_by_alt_text(ALTS[2]).click()
    expect(front).to_have_attribute("alt", ALTS[2])
    watched.blameless()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_accessible(server: Server, visit: Visit, width: int, scheme: str) -> None:
    """axe-core finds no serious fault, and no page is wider than its window."""
    watched = visit(server, color_scheme=scheme, viewport={"width": width, "height": 844})
    page = watched.open("/shop?product=2")
    assert watched.serious_faults() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_one_picture(server: Server, visit: Visit) -> None:
    """One picture needs no choice."""
    page = visit(server).open("/shop?product=3")
    expect(page.locator(".gallery img")).to_have_count(1)
    expect(page.locator(".thumbs")).to_have_count(0)


def variant_of(server: Server, sku: str) -> Any:
    """A variant as REST shows it."""
    return (
        httpx2.get(f"http://127.0.0.1:{server.port}/v2/variants/sku:{sku}", timeout=PATIENCE).raise_for_status().json()
    )


def chosen(page: Page, *values: str) -> None:
    """Choose values of options."""
    for value in values:
        page.locator(".picker label", has_text=re.compile(f"^{value}(not made|sold out)?$")).click()


def product_of(server: Server, sku: str) -> int:
    """The id of the product with a variant."""
    return int(variant_of(server, sku)["productId"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_variants(server: Server, visit: Visit, width: int, scheme: str) -> None:
    """A shopper chooses by colour and size; price, stock, sku and picture follow, and the basket has that variant."""
    watched = visit(server, color_scheme=scheme, viewport={"width": width, "height": 844}, reduced_motion="reduce")
    page = watched.open(f"/shop?product={product_of(server, 'OUT-0020')}")
    front = page.locator(".gallery > .frame img")
    expect(page.get_by_role("group", name="Size").get_by_role("radio")).to_have_count(4)
    expect(page.locator(".sku code")).to_have_text("OUT-0020")
    chosen(page, "Moss", "42–44")
    expect(page.locator(".sku code")).to_have_text("OUT-0020-MOSS-42")
    expect(front).to_have_attribute("alt", "A hiking sock in moss")
    expect(page.get_by_role("radio", name=re.compile("45–47 *sold out"))).to_be_attached()
    assert watched.serious_faults() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    before = variant_of(server, "OUT-0020-MOSS-42")["stock"]
    page.fill("#quantity", "2")
    page.click("text=Put into the basket")
    chosen(page, "45–47")
    expect(page.locator(".one .stock")).to_have_text("Sold out")
    expect(page.locator(".buy")).to_have_count(0)
    chosen(page, "Charcoal", "36–38")
    page.click("text=Put into the basket")
    page.click("#bag")
    expect(page.locator("#lines .row")).to_have_count(2)
    expect(page.locator("#lines .row").first).to_contain_text("Moss, 42–44")
    assert watched.serious_faults() == []
    page.click("[data-order]")
    expect(page.locator("[data-placed]")).to_contain_text("2 × Merino Hiking Socks, Mid Height, Moss, 42–44")
    expect(page.locator("#bag-count")).to_be_hidden()
    assert variant_of(server, "OUT-0020-MOSS-42")["stock"] == before - 2
    watched.blameless()


def test_the_last_of_a_variant(server: Server, visit: Visit) -> None:
    """Where a variant has sold out meanwhile, its line says so, and the other one can be ordered."""
    page = visit(server).open(f"/shop?product={product_of(server, 'TOY-0002')}")
    chosen(page, "Berry")
    page.click("text=Put into the basket")
    chosen(page, "Blueberry")
    page.click("text=Put into the basket")
    url = f"http://127.0.0.1:{server.port}/v2/variants/sku:TOY-0002-BERRY"
    httpx2.patch(url, json={"stock": 0}).raise_for_status()
    page.click("#bag")
    page.click("[data-order]")
    expect(page.locator("#till")).to_contain_text("Nothing was ordered.")
    expect(page.locator("#lines .row", has_text="Berry").first.locator(".fault")).to_be_visible()
    expect(page.locator("#lines .fault")).to_have_count(1)
    page.get_by_role("button", name=re.compile("Take .*, Berry out")).click()
    page.click("[data-order]")
    expect(page.locator("[data-placed]")).to_contain_text("Blueberry")


def test_lowered_prices(server: Server, visit: Visit) -> None:
    """What a variant cost before is struck through beside its price, on the shelf and on its page."""
    page = visit(server).open("/shop?q=umbrella")
    tile = page.locator("#grid .tile", has_text="Drizzle Walking Umbrella")
    expect(tile.locator("s")).to_have_text("before €78.00")
    expect(tile).to_contain_text("Choice of colour")
    expect(tile.locator(".add")).to_have_count(0)
    page.goto(page.url.split("/shop")[0] + f"/shop?product={product_of(server, 'OUT-0001')}")
    expect(page.locator(".one .price")).to_have_text("$289.00")
    chosen(page, "Moss")
    expect(page.locator(".one .price")).to_have_text("$239.00 before $289.00")


def test_attributes(server: Server, visit: Visit) -> None:
    """Brand and attributes are told, several values in one line, and truth in words."""
    url = f"http://127.0.0.1:{server.port}/v2/products"
    members = {
        "name": "Kettle",
        "price": 3,
        "brand": "Ours",
        "attributes": {"For": ["gas", "induction"], "Loud": False},
    }
    made = httpx2.post(url, json=members, timeout=PATIENCE).raise_for_status().json()
    watched = visit(server)
    page = watched.open(f"/shop?product={made['id']}")
    expect(page.locator(".made-by")).to_have_text("By Ours")
    expect(page.locator(".attributes dt")).to_have_text(["For", "Loud"])
    expect(page.locator(".attributes dd")).to_have_text(["gas, induction", "no"])
    assert watched.serious_faults() == []
    watched.blameless()
