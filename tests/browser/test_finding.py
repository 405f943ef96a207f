"""Finding things in the shop: suggestions while typing, corrections, facets, and chips, by mouse and by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Serve, Visit
from tests.browser.test_shop import CATALOGUE
from tests.servers import Server

STONEWARE = [one for one in CATALOGUE if "Stoneware" in str(one.get("attributes", {}).get("Material"))]


@pytest.fixture
def server(serve: Serve) -> Server:
    """A server for each test: one visit stays within the points a minute that one address has."""
    return serve()


def suggested(page: Page, typed: str) -> None:
    """Type into the search until something is suggested."""
    page.locator("#q").press_sequentially(typed)
    expect(page.locator("#suggestions").get_by_role("option").first).to_be_visible()


def test_suggestions_by_keyboard(server: Server, visit: Visit) -> None:
    """Arrows walk through what is suggested and back to what was typed, Enter takes it, Escape closes the list."""
    watched = visit(server)
    page = watched.open("/shop")
    field = page.get_by_role("combobox", name="Search the shop")
    suggested(page, "ket")
    expect(field).to_have_attribute("aria-expanded", "true")
    assert not watched.field_errors()
    field.press("ArrowDown")
    expect(page.locator("#suggestions").get_by_role("option", selected=True)).to_contain_text("kettle")
    field.press("ArrowUp")
    expect(page.locator("#suggestions").get_by_role("option", selected=True)).to_have_count(0)
    field.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("ket")
    suggested(page, "t")
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.locator("#heading")).to_have_text("“kettle”")
    expect(page.locator("#sort")).to_have_value("best")
    expect(page.locator("#grid .tile:not(.skeleton)").first).to_contain_text("ettle")
    watched.blameless()


def test_a_suggested_product(server: Server, visit: Visit) -> None:
    """A product that is suggested is opened by a click."""
    page = visit(server).open("/shop")
    suggested(page, "pour-over ket")
    option = page.locator("#suggestions").get_by_role("option").filter(has_text="Product").first
    name = option.locator("span").first.inner_text()
    option.click()
    expect(page.locator("#product h1")).to_have_text(name)


def test_did_you_mean(server: Server, visit: Visit) -> None:
    """A word that no product has is corrected, and the shop says so."""
    watched = visit(server)
    page = watched.open("/shop?q=kettel")
    expect(page.locator("#meant")).to_contain_text("Did you mean kettle?")
    page.get_by_role("link", name="kettle", exact=True).click()
    expect(page.locator("#heading")).to_have_text("“kettle”")
    expect(page.locator("#meant")).to_be_hidden()
    watched.blameless()


@pytest.mark.parametrize("width", [1440, 390])
def test_facets(server: Server, visit: Visit, width: int) -> None:
    """Facets narrow the shelf and keep their places, the address brings them back, and chips take them away."""
    watched = visit(server, viewport={"width": width, "height": 900})
    page = watched.open("/shop")
    expect(page.locator("#facets")).to_be_visible()
    if width == 390:
        page.get_by_text("Filters", exact=True).click()
    materials = page.get_by_role("group", name="Material").get_by_role("listitem")
    places = materials.all_inner_texts()
    page.get_by_role("checkbox", name="Stoneware").check()
    expect(page.locator("#count-of")).to_have_text(f"{len(STONEWARE)} products")
    expect(materials).to_have_count(len(places))
    assert materials.all_inner_texts() == places
    page.reload()
    expect(page.locator("#count-of")).to_have_text(f"{len(STONEWARE)} products")
    assert not watched.field_errors()
    page.get_by_role("button", name="Remove Material: Stoneware").click()
    expect(page.locator("#count-of")).to_have_text(f"{len(CATALOGUE)} products")
    expect(page.locator("#heading")).to_be_focused()
    watched.blameless()
