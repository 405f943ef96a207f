"""The shop's till: whatever becomes of the answers, an order is placed once, and the shopper is told the truth."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.chromium import PLAIN
from tests.browser.conftest import Budget, Serve, Visit
from tests.browser.test_shop import post
from tests.servers import Server


@pytest.fixture(scope="module")
def server(serve: Serve) -> Server:
    """A server that is open to every host name, whose budget lasts for all tests of this module."""
    return serve(TANDEM_AUTH="open", TANDEM_RATE_LIMIT="1000/minute")


def get(server: Server, path: str) -> Any:
    """What REST answers to a GET."""
    status, body = server.get(path)
    assert status == 200, body
    return json.loads(body)


def product(server: Server, **members: Any) -> int:
    """Make a product; its id."""
    made: int = post(server, "/v2/products", {"name": "Lantern", "price": 30, "stock": 10} | members)["id"]
    return made


def orders(server: Server, number: int) -> int:
    """How many orders have a product in them."""
    placed = get(server, "/v2/orders?limit=100")["items"]
    return sum(any(line["productId"] == number for line in order["lines"]) for order in placed)


def choose(page: Page, *quantities: tuple[int, int]) -> None:
    """Put products, by id, into the basket and open it."""
    for number, quantity in quantities:
        page.goto(page.url.split("/shop")[0] + f"/shop?product={number}")
        page.fill("#quantity", str(quantity))
        page.click("text=Put into the basket")
    page.click("#bag")


def lose_answers(page: Page, count: int) -> list[str | None]:
    """Let the first orders reach the server, and drop what it answers; the keys of all orders that are sent."""
    keys: list[str | None] = []

    def handle(route: Route) -> None:
        if "placeOrder" not in (route.request.post_data or ""):
            route.continue_()
            return
        keys.append(route.request.headers.get("idempotency-key"))
        if len(keys) > count:
            route.continue_()
            return
        route.fetch()
        route.abort()

    page.route("**/graphql", handle)
    return keys


def test_lost_answer(server: Server, visit: Visit) -> None:
    """An order whose first answer is dropped is sent again with the same key, and lands once."""
    number = product(server)
    page = visit(server).open("/shop")
    choose(page, (number, 2))
    keys = lose_answers(page, 1)
    page.click("[data-order]")
    expect(page.locator("#till")).to_contain_text("No answer came. Your order is kept")
    expect(page.locator("[data-placed]")).to_contain_text("2 × Lantern")
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert orders(server, number) == 1
    assert get(server, f"/v2/products/{number}")["stock"] == 8
    assert page.evaluate("localStorage.getItem('tandem.order')") is None


def test_lost_answer_and_page(server: Server, visit: Visit) -> None:
    """An order whose answer never came is brought to its end when the page is opened again: it lands once."""
    number = product(server)
    page = visit(server).open("/shop")
    choose(page, (number, 2))
    keys = lose_answers(page, 1)
    page.click("[data-order]")
    expect(page.locator("#till")).to_contain_text("No answer came")
    page.reload()
    expect(page.locator("[data-placed]")).to_contain_text("2 × Lantern")
    assert len(set(keys)) == 1
    assert orders(server, number) == 1
    assert get(server, f"/v2/products/{number}")["stock"] == 8
    expect(page.locator("#bag-count")).to_be_hidden()


def test_refused_limit(budget: Budget, visit: Visit) -> None:
    """An order that meets an empty budget says how long it waits, waits that long, and is placed."""
    server = budget.server
    number = product(server)
    watched = visit(server)
    page = watched.open("/shop")
    choose(page, (number, 1))
    watched.wait_until_idle()
    told: list[str] = []
    page.on(
        "response", lambda answer: told.append(answer.headers.get("retry-after", "")) if answer.status == 429 else 0
    )
    budget.use_up()
    page.click("[data-order]")
    expect(page.locator("#till")).to_contain_text("The shop is busy. Your order is kept, and goes out again in")
    budget.refill()
    expect(page.locator("[data-placed]")).to_contain_text("1 × Lantern")
    assert told
    assert all(int(seconds) > 0 for seconds in told)
    answers = iter(lambda: server.get("/v2/orders?limit=1"), None)  # one point: two would never come back meanwhile
    found = next(body for status, body in answers if status == 200)
    assert len(json.loads(found)["items"]) == 1


def test_out_of_stock(server: Server, visit: Visit) -> None:
    """What the shelf does not have is told at its line; taken down to what there is, the order is placed."""
    plenty, few = product(server), product(server, name="Last lantern", stock=3)
    page = visit(server).open("/shop")
    choose(page, (plenty, 1), (few, 3))
    post(server, f"/v2/products/{few}/stock-adjustments", {"delta": -2})
    page.click("[data-order]")
    expect(page.locator("#till")).to_contain_text("Nothing was ordered.")
    expect(page.locator(f"[data-line='{few}'] .fault")).to_be_visible()
    expect(page.locator(f"[data-line='{plenty}'] .fault")).to_have_count(0)
    assert orders(server, plenty) == 0
    page.fill(f"[data-line='{few}'] input", "1")
    page.keyboard.press("Tab")
    page.click("[data-order]")
    expect(page.locator("[data-placed]")).to_contain_text("1 × Last lantern")


def test_currencies(server: Server, visit: Visit) -> None:
    """A basket in two currencies is two orders; one of them is placed without the other."""
    yen, dollars = product(server, name="Teabowl", price=1980, currency="JPY"), product(server)
    page = visit(server).open("/shop")
    choose(page, (yen, 2), (dollars, 1))
    page.click("[data-order='JPY']")
    expect(page.locator("[data-placed]")).to_contain_text("¥3,960")
    expect(page.locator("#lines .row")).to_have_count(1)
    assert (orders(server, yen), orders(server, dollars)) == (1, 0)


def test_on_plain_http(server: Server, visit: Visit) -> None:
    """An order is placed where the browser has neither locks nor UUIDs: on plain HTTP."""
    number = product(server)
    watched = visit(server, PLAIN)
    page = watched.open("/shop")
    assert not page.evaluate("isSecureContext")
    choose(page, (number, 2))
    assert [
        told for told in watched.blames() if "Cross-Origin-Opener-Policy" not in told
    ] == []  # it is for https alone
    page.click("[data-order]")
    expect(page.locator("[data-placed]")).to_contain_text("2 × Lantern")
    assert orders(server, number) == 1


def test_two_tabs(server: Server, visit: Visit) -> None:
    """An order whose answer never came goes before what another tab orders, under its own key: it lands once."""
    number = product(server)
    page = visit(server).open("/shop")
    choose(page, (number, 1))
    other = page.context.new_page()
    other.goto(page.url)
    other.click("#bag")
    expect(other.locator("[data-order]")).to_be_enabled()
    lose_answers(page, 10)
    page.click("[data-order]")
    expect(page.locator("#till")).to_contain_text("No answer came")
    page.close()
    other.click("[data-order]")
    expect(other.locator("[data-placed]")).to_contain_text("1 × Lantern")
    assert orders(server, number) == 1


def test_refused_after_a_lost_answer(server: Server, visit: Visit) -> None:
    """After a lost answer, a refusal of what is sent again does not tell of the first: the key stays."""
    number = product(server)
    page = visit(server).open("/shop")
    choose(page, (number, 1))
    keys = lose_answers(page, 1)
    refusal = {"errors": [{"message": "Not now.", "extensions": {"code": "BAD_USER_INPUT"}}]}

    def refuse(route: Route) -> None:
        if "placeOrder" in (route.request.post_data or "") and keys:
            keys.append(route.request.headers.get("idempotency-key"))
            route.fulfill(json=refusal)
        else:
            route.fallback()

    page.route("**/graphql", refuse)
    page.click("[data-order]")
    expect(page.locator("#till")).to_contain_text("it is not known whether the order was placed")
    assert page.evaluate("JSON.parse(localStorage.getItem('tandem.order')).key") == keys[0]
    page.unroute_all()
    page.click("text=Ask again")
    expect(page.locator("[data-placed]")).to_contain_text("1 × Lantern")
    assert orders(server, number) == 1


def test_finished_in_another_tab(server: Server, visit: Visit) -> None:
    """What another tab got the answer of is not asked for again: the shopper is told, and may go on."""
    number = product(server)
    watched = visit(server)
    page = watched.open("/shop")
    choose(page, (number, 1))
    refusal = {"errors": [{"message": "Not now.", "extensions": {"code": "FORBIDDEN"}}]}
    page.route(
        "**/graphql",
        lambda route: (
            route.fulfill(json=refusal) if "placeOrder" in (route.request.post_data or "") else route.fallback()
        ),
    )
    page.click("[data-order]")
    page.fill("#api-key", "any")
    page.evaluate("localStorage.removeItem('tandem.order')")
    page.click("text=Order with this key")
    expect(page.locator("#till")).to_contain_text("in another tab")
    page.unroute_all()
    page.click("[data-order]")
    expect(page.locator("[data-placed]")).to_contain_text("1 × Lantern")
    watched.blameless()


@pytest.mark.parametrize("kept", ["{", "7", "null", '[{"productId": 1}]', '{"key": "k"}', '[{"quantity": -1}]'])
def test_damaged(server: Server, visit: Visit, kept: str) -> None:
    """What is kept in the browser and cannot be a basket, or an order, is none: the shop opens, and sells."""
    number = product(server)
    watched = visit(server)
    page = watched.open("/shop")
    page.evaluate("kept => { localStorage['tandem.basket'] = kept; localStorage['tandem.order'] = kept }", kept)
    page.goto(page.url)
    expect(page.locator("#bag-count")).to_be_hidden()
    choose(page, (number, 1))
    page.click("[data-order]")
    expect(page.locator("[data-placed]")).to_contain_text("1 × Lantern")
    watched.blameless()


def test_quantities(server: Server, visit: Visit) -> None:
    """A fraction is cut, too many are as many as an order takes; what is no number changes nothing."""
    number = product(server, stock=20_000)
    page = visit(server).open("/shop")
    choose(page, (number, 2))
    field = page.locator(f"[data-line='{number}'] input")
    for written, wanted in (("3.7", "3"), ("-4", "3"), ("", "3"), ("99999", "10000")):
        field.fill(written)
        page.keyboard.press("Tab")
        expect(field).to_have_value(wanted)
