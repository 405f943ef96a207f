"""Finding things in the shop: suggestions while typing, corrections, facets, and chips, by mouse and by keyboard."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.browser.chromium import Watched
from tests.browser.conftest import Serve, Visit
from tests.browser.test_shop import CATALOGUE
from tests.servers import Server

STONEWARE = [one for one in CATALOGUE if "Stoneware" in str(one.get("attributes", {}).get("Material"))]


@pytest.fixture
def server(serve: Serve) -> Server:
    """A server for each test: one visit stays within the points a minute that one address has."""
    return serve()


def suggested(watched: Watched, typed: str) -> None:
    """Type into the search until something is suggested for all that the field holds."""
    page = watched.page
    whole = page.locator("#q").input_value() + typed
    with page.expect_response(lambda answer: parse_qs(urlsplit(answer.url).query).get("q") == [whole]):
        page.locator("#q").press_sequentially(typed)
    watched.wait_until_idle()
    expect(page.locator("#suggestions").get_by_role("option").first).to_be_visible()


def test_suggestions_by_keyboard(server: Server, visit: Visit) -> None:
    """Arrows walk through what is suggested and back to what was typed, Enter takes it, Escape closes the list."""
    watched = visit(server)
    page = watched.open("/shop")
    field = page.get_by_role("combobox", name="Search the shop")
    suggested(watched, "ket")
    expect(field).to_have_attribute("aria-expanded", "true")
    assert not watched.serious_faults()
    field.press("ArrowDown")
    expect(page.locator("#suggestions").get_by_role("option", selected=True)).to_contain_text("kettle")
    field.press("ArrowUp")
    expect(page.locator("#suggestions").get_by_role("option", selected=True)).to_have_count(0)
    field.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("ket")
    suggested(watched, "t")
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.locator("#heading")).to_have_text("“kettle”")
    expect(page.locator("#sort")).to_have_value("best")
    expect(page.locator("#grid .tile:not(.skeleton)").first).to_contain_text("ettle")
    watched.blameless()


def test_a_suggested_product(server: Server, visit: Visit) -> None:
    """A product that is suggested is opened by a click."""
    watched = visit(server)
    page = watched.open("/shop")
    suggested(watched, "pour-over ket")
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


def test_nothing_was_meant(server: Server, visit: Visit) -> None:
    """A correction that finds nothing either is not offered."""
    watched = visit(server)
    page = watched.open("/shop?q=kettel+umbrela")
    expect(page.locator("#told")).to_contain_text("Nothing here has words")
    expect(page.locator("#meant")).to_be_hidden()


def test_back_to_a_search(server: Server, visit: Visit) -> None:
    """The search field goes back with the shelf, also while it has the focus."""
    watched = visit(server)
    page = watched.open("/shop")
    field = page.locator("#q")
    for q in ("kettle", "umbrella"):
        field.fill(q)
        field.press("Enter")
        expect(page.locator("#heading")).to_have_text(f"“{q}”")
    expect(field).to_be_focused()
    page.go_back()
    expect(page.locator("#heading")).to_have_text("“kettle”")
    expect(field).to_have_value("kettle")


def test_keys_of_an_input_method(server: Server, visit: Visit) -> None:
    """Arrows that choose among the words of an input method leave the suggestions alone."""
    watched = visit(server)
    page = watched.open("/shop")
    suggested(watched, "ket")
    page.locator("#q").dispatch_event("keydown", {"key": "ArrowDown", "isComposing": True})
    expect(page.locator("#suggestions").get_by_role("option", selected=True)).to_have_count(0)
    page.locator("#q").dispatch_event("keydown", {"key": "ArrowDown"})
    expect(page.locator("#suggestions").get_by_role("option", selected=True)).to_have_count(1)


@pytest.mark.parametrize("width", [1440, 390])
def test_facets(server: Server, visit: Visit, width: int) -> None:
    """Facets narrow the shelf and keep their places, the address brings them back, and chips take them away."""
    watched = visit(server, viewport={"width": width, "height": 900})
    page = watched.open("/shop")
    expect(page.locator("#facets")).to_be_visible()
    if width == 390:
        page.get_by_text("Filters", exact=True).click()
    materials = page.get_by_role("group", name="Material").get_by_role("listitem")
    places = materials.all_text_contents()
    page.get_by_role("checkbox", name="Stoneware").check()
    expect(page.locator("#count-of")).to_have_text(f"{len(STONEWARE)} products")
    expect(materials).to_have_count(len(places))
    assert materials.all_text_contents() == places
    page.reload()
    expect(page.locator("#count-of")).to_have_text(f"{len(STONEWARE)} products")
    assert not watched.serious_faults()
    page.get_by_role("button", name="Remove Material: Stoneware").click()
    expect(page.locator("#count-of")).to_have_text(f"{len(CATALOGUE)} products")
    expect(page.locator("#heading")).to_be_focused()
    watched.blameless()


def test_long_values(server: Server, visit: Visit) -> None:
    """A value whose name takes several lines leaves its count in one."""
    watched = visit(server)
    page = watched.open("/shop")
    products = [{"name": f"Bag {n}", "price": 1, "brand": "Spade and Sons of the Northern Harbour"} for n in range(12)]
    operations = [{"op": "create", "product": product} for product in products]
    assert page.request.post(f"{page.url[:-5]}/v2/products/batch", data={"mode": "all", "operations": operations}).ok
    page.reload()
    shelf = page.get_by_role("group", name="Brand").get_by_role("listitem").filter(has_text="Spade and Sons")
    expect(shelf.locator(".tally")).to_contain_text("12")
    heights = page.locator("#facets .tally").evaluate_all("all => all.map((one) => one.offsetHeight)")
    assert len(set(heights)) == 1


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press a key until an element has the focus, as somebody without a mouse does."""
    for _ in range(150):
        page.keyboard.press(key)
        if target.evaluate("(one) => one === document.activeElement"):
            return
    raise AssertionError(f"{key} does not reach {target}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_journey_by_keyboard(server: Server, visit: Visit, width: int, scheme: str) -> None:
    """A mistyped word, its correction, a facet and a product are reached by keys alone; axe finds nothing serious."""
    watched = visit(server, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = watched.open("/shop")
    tab_to(page, page.get_by_role("combobox", name="Search the shop"))
    suggested(watched, "ket")
    assert not watched.serious_faults()
    page.keyboard.type("tel")
    page.keyboard.press("Enter")
    expect(page.locator("#meant")).to_contain_text("Did you mean kettle?")
    assert not watched.serious_faults()
    tab_to(page, page.get_by_role("link", name="kettle", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator("#heading")).to_have_text("“kettle”")
    expect(page.locator("#meant")).to_be_hidden()
    if width == 390:
        tab_to(page, page.locator("summary").filter(has_text="Filters"))
        page.keyboard.press("Enter")
    shelf = page.locator("#facets").get_by_role("checkbox").first
    tab_to(page, shelf)
    page.keyboard.press("Space")
    chip = page.get_by_role("button", name="Remove ").first
    expect(chip).to_be_visible()
    expect(shelf).to_be_focused()
    assert not watched.serious_faults()
    tab_to(page, chip, "Shift+Tab")
    page.keyboard.press("Enter")
    expect(chip).to_be_hidden()
    expect(page.locator("#heading")).to_be_focused()
    tab_to(page, page.locator("#grid .tile a").first)
    page.keyboard.press("Enter")
    expect(page.locator("#product h1")).to_be_focused()
    assert not watched.serious_faults()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watched.blameless()


def test_facets_are_asked_for_once(server: Server, visit: Visit) -> None:
    """Facets that neither a sort nor a facet's own filter changes are not asked for again; back needs none."""
    watched, asked = visit(server), list[list[str]]()

    def note(request: Request) -> None:
        if "query Facets" in (request.post_data or ""):
            asked.append(json.loads(request.post_data or "")["variables"]["of"])

    watched.page.on("request", note)
    page = watched.open("/shop")
    expect(page.locator("#facets")).to_be_visible()
    page.locator("#sort").select_option("name")
    expect(page).to_have_url(re.compile("sort=name"))
    expect(page.locator("#grid .tile:not(.skeleton)").first).to_be_visible()
    with page.expect_response(lambda answer: "query Facets" in (answer.request.post_data or "")):
        page.get_by_role("checkbox", name="Stoneware").check()
    expect(page.locator("#count-of")).to_have_text(f"{len(STONEWARE)} products")
    page.get_by_role("button", name="Remove Material: Stoneware").click()
    expect(page.locator("#count-of")).to_have_text(f"{len(CATALOGUE)} products")
    page.go_back()
    expect(page.locator("#count-of")).to_have_text(f"{len(STONEWARE)} products")
    first, *others = asked
    assert "attributes.Material" in first
    assert others == [[one for one in first if one != "attributes.Material"]]
    watched.blameless()
