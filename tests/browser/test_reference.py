"""The REST reference in a browser: both versions are read and tried from one page."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import processes
from tests.browser.conftest import Serve, Visit
from tests.servers import Server


def send(page: Page, operation: str) -> Any:
    """Try an operation as the page has it filled in; the response."""
    page.get_by_role("button", name=f"Test Request ({operation})", exact=True).click()
    path = operation.partition(" ")[2]
    with page.expect_response(lambda answer: answer.url.partition("?")[0].endswith(path)) as answered:
        page.get_by_role("button", name="Send").first.click()
    answered.value.finished()
    expect(page.get_by_text(f"{answered.value.status} {answered.value.status_text}").last).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)  # what is still on its way would be cancelled
    page.keyboard.press("Escape")
    return answered.value


def go_to(page: Page, chapter: str, operation: str) -> None:
    """Open an operation by the menu."""
    page.get_by_role("button", name=chapter).first.click()
    page.get_by_role("link", name=operation).first.click()


def test_calls_of_both_versions(server: Server, visit: Visit) -> None:
    """A v2 and a v1 call are sent from the page; what is optional is not sent until it is chosen."""
    watched = visit(server)
    page = watched.open("/docs")
    page.get_by_role("link", name="List Products").first.click()  # an operation is rendered once it is in view
    answer = send(page, "get /products")
    assert (answer.status, answer.url.partition("/v2")[2]) == (200, "/products")
    assert len(answer.json()["items"]) == 20
    page.get_by_role("button", name="v2").first.click()
    page.get_by_role("option", name="until 2026-12-31").click()
    expect(page.get_by_role("heading", name="Tandem v1")).to_be_visible()
    page.get_by_role("link", name="List Products").first.click()  # an operation is rendered once it is in view
    answer = send(page, "get /products")
    assert (answer.status, answer.url.partition("/v1")[2]) == (200, "/products")
    assert answer.json()["items"][0].keys() == {"id", "name", "price"}
    watched.blameless()


def test_order(server: Server, visit: Visit) -> None:
    """The order of the example is placed with a fresh key: once, however often it is sent in one visit."""
    watched = visit(server)
    page = watched.open("/docs")
    go_to(page, "Orders", "Place Order")
    first, again = send(page, "post /orders"), send(page, "post /orders")
    assert (first.status, again.status) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    watched.blameless()
    other = visit(server).open("/docs")
    go_to(other, "Orders", "Place Order")
    assert send(other, "post /orders").json()["id"] != first.json()["id"]


@pytest.fixture(scope="module")
def careful(serve: Serve) -> Server:
    """A server that asks for keys, where v1 ends on another day."""
    return serve(TANDEM_AUTH="keys", TANDEM_V1_SUNSET_AT="2031-05-09")


def test_keys(careful: Server, visit: Visit) -> None:
    """An API key that is put into the page goes with what is sent from it."""
    page = visit(careful).open("/docs")
    secret = processes.start(careful.url, "keys", "create", "--name", "acme", "--scope", "orders:write").communicate()[
        0
    ]
    page.get_by_placeholder("Token").first.fill(secret.strip())
    go_to(page, "Orders", "Place Order")
    answer = send(page, "post /orders")
    assert (answer.status, answer.request.headers["authorization"]) == (201, f"Bearer {secret.strip()}")


def test_end_of_v1(careful: Server, visit: Visit) -> None:
    """In the menu v1 is struck through, with the day on which it ends, and so are its operations."""
    page = visit(careful).open("/docs")
    page.get_by_role("button", name="v2").first.click()
    option = page.get_by_role("option", name="until 2031-05-09")
    assert option.inner_text().strip() == "v\u03361\u0336 until 2031-05-09"
    option.click()
    listed = page.get_by_text("List products").first
    expect(listed).to_be_visible()
    struck = "(one) => getComputedStyle(one.closest('[class*=line-through]') ?? one).textDecorationLine"
    assert listed.evaluate(struck) == "line-through"
