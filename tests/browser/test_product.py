"""A product in the shop: one picture in front, the others a key away, and what is said of it."""

import httpx2
import pytest
from playwright.sync_api import expect

from seed.loader import PICTURES
from tests.browser.conftest import Serve, Visit
from tests.servers import Server

ALTS = ("The pot from the left", "", "The lid")


@pytest.fixture(scope="module")
def server(serve: Serve) -> Server:
    """A server whose second product has four pictures."""
    made = serve(TANDEM_RATE_LIMIT="off")
    for path, alt in zip(sorted(PICTURES.iterdir()), ALTS, strict=False):
        url = f"http://127.0.0.1:{made.port}/v2/products/2/images"
        httpx2.post(url, files={"file": (path.name, path.read_bytes())}, data={"alt": alt}).raise_for_status()
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
    assert watched.field_errors() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_one_picture(server: Server, visit: Visit) -> None:
    """One picture needs no choice."""
    page = visit(server).open("/shop?product=3")
    expect(page.locator(".gallery img")).to_have_count(1)
    expect(page.locator(".thumbs")).to_have_count(0)


def test_attributes(server: Server, visit: Visit) -> None:
    """Brand and attributes are told, several values in one line, and truth in words."""
    url = f"http://127.0.0.1:{server.port}/v2/products"
    members = {
        "name": "Kettle",
        "price": 3,
        "brand": "Ours",
        "attributes": {"For": ["gas", "induction"], "Loud": False},
    }
    made = httpx2.post(url, json=members).raise_for_status().json()
    watched = visit(server)
    page = watched.open(f"/shop?product={made['id']}")
    expect(page.locator(".made-by")).to_have_text("By Ours")
    expect(page.locator(".attributes dt")).to_have_text(["For", "Loud"])
    expect(page.locator(".attributes dd")).to_have_text(["gas, induction", "no"])
    assert watched.field_errors() == []
    watched.blameless()
