"""The shop: shelves without end, search, products, and a basket that stays."""

import json
import urllib.request
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page, expect

from seed import loader
from tests import processes
from tests.browser.conftest import Budget, Serve, Visit
from tests.servers import Server

END = "scrollTo(0, document.documentElement.scrollHeight)"
CATALOGUE: list[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any]).decode_lines(loader.CATALOGUE.read_bytes())


@pytest.fixture(scope="module")
def server(serve: Serve) -> Server:
    """A server for tests that change nothing: together they take more points a minute than one address has."""
    return serve(TANDEM_RATE_LIMIT="1000/minute")


def post(server: Server, path: str, value: object, **headers: str) -> Any:
    """What a POST to REST answers."""
    fields = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", json.dumps(value).encode(), fields)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def shown(page: Page) -> list[int]:
    """The ids on the shelf, in their order."""
    return [
        int(one)
        for one in page.eval_on_selector_all("#grid [data-product]", "all => all.map((t) => t.dataset.product)")
    ]


def stand(server: Server, count: int) -> None:
    """Put more products on the shelf."""
    path = server.log.with_suffix(".ndjson")
    path.write_text("\n".join(json.dumps({"sku": f"S{i}", "name": f"Shelf {i:04}", "price": 10}) for i in range(count)))
    process = processes.start(server.url, "import", str(path))
    _, told = process.communicate()
    assert process.returncode == 0, told


def test_scrolls_while_others_insert(serve: Serve, visit: Visit) -> None:
    """Over 300 products are scrolled while others are inserted before and behind: none is shown twice, none is lost."""
    server = serve()
    stand(server, 300)
    watched = visit(server)
    page = watched.open("/shop?sort=name&q=shelf")
    before, behind = [], []
    for step in range(40):
        seen = page.locator("#grid [data-product]").count()
        if page.inner_text("#told") == "That is all.":
            break
        before.append(post(server, "/v2/products", {"name": f"Shelf 0000 before {step}", "price": 5})["id"])
        behind.append(post(server, "/v2/products", {"name": f"Shelf 9999 behind {step}", "price": 5})["id"])
        page.evaluate(END)
        page.wait_for_function(
            "(seen) => document.querySelectorAll('#grid [data-product]').length > seen"
            " || document.querySelector('#told').textContent === 'That is all.'",
            arg=seen,
        )
    ids = shown(page)
    assert len(ids) == len(set(ids))
    names = page.eval_on_selector_all("#grid .name", "all => all.map((one) => one.textContent)")
    assert [name for name in names if len(name) == len("Shelf 0000")] == [f"Shelf {i:04}" for i in range(300)]
    assert len(behind) > 10
    assert set(behind) <= set(ids)
    assert not set(before[1:]) & set(ids)
    watched.blameless()


def test_waits_for_more(budget: Budget, visit: Visit) -> None:
    """Who scrolls with the budget used up is told for how long, and the shelf goes on by itself."""
    page = visit(budget.server).open("/shop")
    seen = len(shown(page))
    budget.use_up()
    page.evaluate(END)
    expect(page.locator("#told")).to_contain_text("it goes on in")
    budget.refill()
    page.wait_for_function("(seen) => document.querySelectorAll('#grid [data-product]').length > seen", arg=seen)


def test_finds(server: Server, visit: Visit) -> None:
    """Search, category, stock and sort narrow the shelf, and the address brings it back; what has no hit says so."""
    watched = visit(server)
    page = watched.open("/shop")
    page.fill("#q", "kettle")
    page.keyboard.press("Enter")
    expect(page.locator("#heading")).to_have_text("“kettle”")
    expect(page.locator("#grid .tile:not(.skeleton)").first).to_contain_text("ettle")
    page.fill("#q", "no such thing")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Show everything").click()
    expect(page.locator("#count-of")).to_have_text(f"{len(CATALOGUE)} products")
    page.click("#aisles >> text=Home")
    expect(page.locator("#aisles >> text=Kitchen")).to_be_visible()
    page.click("#aisles >> text=Kitchen")
    aisle = [product for product in CATALOGUE if "Home > Kitchen > Coffee" in product["categories"]]
    page.click("#aisles >> text=Coffee")
    expect(page.locator("#count-of")).to_have_text(f"{len(aisle)} products")
    page.click("#aisles >> text=Textiles")
    aisle = [product for product in CATALOGUE if "Home > Textiles" in product["categories"]]
    expect(page.locator("#count-of")).to_have_text(f"{len(aisle)} products")
    page.check("#in-stock")
    kept = [product for product in aisle if product["stock"] != 0]
    assert len(kept) < len(aisle)
    expect(page.locator("#count-of")).to_have_text(f"{len(kept)} products")
    page.select_option("#sort", "cheapest")
    names = [product["name"] for product in sorted(kept, key=lambda product: float(product["price"]))]
    expect(page.locator("#grid .tile:not(.skeleton) .name")).to_have_text(names)
    page.reload()
    expect(page.locator("#heading")).to_have_text("Textiles")
    expect(page.locator("#grid .tile:not(.skeleton) .name")).to_have_text(names)
    watched.blameless()


def test_by_keyboard(server: Server, visit: Visit) -> None:
    """A product is found, opened and put into the basket without a mouse, and Escape closes the basket."""
    watched = visit(server)
    page = watched.open("/shop?sort=name")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the products")).to_be_focused()
    page.locator("#grid .tile a").nth(3).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#product h1")).to_be_focused()
    name = page.inner_text("#product h1")
    page.get_by_role("button", name="Put into the basket").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_have_text(f"{name} is in the basket.")
    page.locator("#bag").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#lines .row")).to_contain_text([name])
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("#bag")).to_be_focused()
    page.go_back()
    expect(page.locator("#grid")).to_be_visible()
    watched.blameless()


def test_accessible_throughout(server: Server, visit: Visit) -> None:
    """axe-core finds no serious fault on a product, in the open basket, or where nothing is found."""
    for scheme in ("light", "dark"):
        watched = visit(server, color_scheme=scheme)
        page = watched.open("/shop?product=1")
        assert watched.serious_faults() == []
        page.click("text=Put into the basket")
        page.click("#bag")
        expect(page.locator("#lines .row")).to_be_visible()
        page.wait_for_function("() => document.getAnimations().every((one) => one.playState !== 'running')")
        assert watched.serious_faults() == []
        watched.open("/shop?q=nothing+like+it")
        assert watched.serious_faults() == []


def test_basket_stays(serve: Serve, visit: Visit) -> None:
    """What is in the basket is there after a reload, and in another tab at once; what is gone cannot be ordered."""
    watched = visit(serve())
    page = watched.open("/shop")
    page.locator("#grid .add").nth(0).click()
    page.locator("#grid .add").nth(0).click()
    page.locator("#grid .add").nth(1).click()
    page.reload()
    expect(page.locator("#bag-count")).to_have_text("3")
    other = page.context.new_page()
    other.goto(f"{watched.base}/shop?sort=name")
    other.locator("#grid .add").nth(0).click()
    expect(page.locator("#bag-count")).to_have_text("4")
    gone = shown(page)[0]
    request = urllib.request.Request(f"{watched.base}/v2/products/{gone}", method="DELETE")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 204
    page.click("#bag")
    expect(page.locator(f"[data-line='{gone}'] .fault")).to_contain_text("no longer sold")
    watched.blameless()


def test_keys_are_asked_for_to_order_alone(serve: Serve, visit: Visit) -> None:
    """Where keys are demanded all may browse; who orders is asked for one, and a wrong one is told to be."""
    server = serve(TANDEM_AUTH="keys")
    process = processes.start(server.url, "keys", "create", "--name", "browser", "--scope", "orders:write")
    secret = process.communicate()[0].strip()
    watched = visit(server)
    page = watched.open("/shop")
    page.locator("#grid .add").first.click()
    watched.blameless()
    page.click("#bag")
    page.click("[data-order]")
    page.fill("#api-key", "wrong")
    page.click("text=Order with this key")
    expect(page.locator(".asks")).to_contain_text("opens nothing")
    page.fill("#api-key", "schlüssel")  # no header can carry it
    page.click("text=Order with this key")
    assert page.evaluate("document.querySelector('#api-key').validity.patternMismatch")
    reader = processes.start(server.url, "keys", "create", "--name", "reader", "--scope", "catalogue:write")
    page.fill("#api-key", reader.communicate()[0].strip())
    page.click("text=Order with this key")
    expect(page.locator(".asks")).to_contain_text("opens nothing")
    page.fill("#api-key", secret)
    page.click("text=Order with this key")
    expect(page.locator("[data-placed]")).to_contain_text("is placed")
    expect(page.locator("#bag-count")).to_be_hidden()


@pytest.mark.parametrize(
    ("query", "sort"),
    [
        ("sort=__proto__", "newest"),
        ("sort=nonsense", "newest"),
        ("sort=best", "newest"),
        ("q=cup&sort=nonsense", "best"),
        ("q=" + "w" * 1000, "best"),
    ],
)
def test_odd_addresses(server: Server, visit: Visit, query: str, sort: str) -> None:
    """A sort that there is not is the usual one; a long word makes no page wider than its window."""
    watched = visit(server)
    page = watched.open(f"/shop?{query}")
    expect(page.locator("#grid")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#sort")).to_have_value(sort)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    watched.blameless()
