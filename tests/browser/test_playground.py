"""The playground in a browser: examples by address, what stands beside a result, keys, and printed twins."""

import json
import subprocess
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect

from app.pages import examples
from tests import processes
from tests.browser.conftest import Serve, Visit
from tests.servers import Server, until

NAMES = [example.name for example in examples.load_examples()]


def is_result(answer: Response) -> bool:
    """Whether it answers an operation, rather than telling the schema."""
    body = answer.request.post_data or ""
    return answer.url.endswith("/graphql") and "query" in body and "IntrospectionQuery" not in body


def execute(page: Page) -> dict[str, Any]:
    """Press the button, and read what the server answers."""
    with page.expect_response(is_result) as answered:
        page.get_by_role("button", name="Execute").click()
    answer: dict[str, Any] = answered.value.json()
    expect(page.locator(".result-window")).to_contain_text('"data"')
    return answer


def facts(page: Page) -> str:
    """What stands below the result."""
    expect(page.get_by_label("About this result")).to_be_visible()
    return " ".join(page.get_by_label("About this result").inner_text().split())


def twin(page: Page) -> Any:
    """Run the REST twin as it is printed; what it answers."""
    command = page.locator(".twin pre").inner_text()
    return json.loads(subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=True).stdout)


def write(page: Page, text: str) -> None:
    """Replace what is in the lower editor, variables or headers; brackets that it closes are taken back."""
    page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)
    page.keyboard.press("Control+Shift+End")
    page.keyboard.press("Delete")


def kept(page: Page) -> str:
    """The variables of the tab in front, as they would outlive a reload."""
    state = json.loads(page.evaluate("sessionStorage.getItem('graphiql:tabState')"))
    variables: str = state["tabs"][state["activeTabIndex"]]["variables"]
    return variables


def test_first_click(server: Server, visit: Visit) -> None:
    """One click runs the first example, and beside the result stands what it cost and what it took."""
    watched = visit(server)
    page = watched.open("/graphql")
    answer = execute(page)
    assert len(answer["data"]["products"]["edges"]) == 5
    told = facts(page)
    assert told.startswith(f"cost {answer['extensions']['cost']} ")
    assert "of 100 left" in told
    assert "1 SQL statement " in told
    assert len(told.rpartition("request ")[2]) == 32
    assert [item["name"] for item in twin(page)["items"]] == [
        edge["node"]["name"] for edge in answer["data"]["products"]["edges"]
    ]
    watched.blameless()


def test_on_a_phone(server: Server, visit: Visit) -> None:
    """A long result lies in its window: the page ends below its facts, and needs no scrolling to the side."""
    page = visit(server, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True).open("/graphql")
    execute(page)
    facts(page)
    expect(page.locator(".result-window .view-line").first).to_be_visible()
    end = page.evaluate("document.querySelector('.graphiql-response').getBoundingClientRect().bottom + scrollY")
    assert page.evaluate("document.documentElement.scrollHeight") <= end + 20
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_examples_by_address(server: Server, visit: Visit) -> None:
    """Each example has an address that opens it in front of the others, with its variables."""
    page = visit(server).open("/graphql")
    expect(page.get_by_role("tab")).to_have_count(len(NAMES))
    for example in examples.load_examples():
        page.goto(f"http://127.0.0.1:{server.port}/graphql#{example.name}")
        page.wait_for_load_state()
        expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text(example.query.split()[1])
        assert f" {page.get_by_role('tab', selected=True).inner_text()}" in example.query
        expect(page.get_by_role("tab")).to_have_count(len(NAMES))
        assert page.url.endswith(f"#{example.name}")


def test_order_and_its_twin(server: Server, visit: Visit) -> None:
    """An order is placed with a key of its own; the twin, as printed, is the same order; a fresh key is another."""
    watched = visit(server)
    page = watched.open("/graphql#12-place-order")
    order = execute(page)["data"]["placeOrder"]["order"]
    assert order["total"] == "128.00"
    again = twin(page)
    assert (again["id"], again["status"], again["total"]) == (order["orderId"], "placed", 128)
    assert execute(page)["data"]["placeOrder"]["order"] == order
    assert "replayed" in facts(page)
    page.get_by_role("button", name="fresh key").click()
    assert execute(page)["data"]["placeOrder"]["order"]["orderId"] == order["orderId"] + 1
    watched.blameless()


def test_edited(server: Server, visit: Visit) -> None:
    """What was edited has no twin, outlives a reload, and has an address that opens it elsewhere, without keys."""
    page = visit(server, permissions=["clipboard-read", "clipboard-write"]).open("/graphql#03-search")
    expect(page.locator(".twin")).to_be_visible()
    write(page, '{"q": "tea"}')
    expect(page.locator(".twin")).to_be_hidden()
    found = execute(page)["data"]["products"]
    assert found["totalCount"] > 0
    until(lambda: kept(page) == '{"q": "tea"}')
    page.reload()
    assert execute(page)["data"]["products"] == found
    page.get_by_role("button", name="Copy the address").click()
    address = page.evaluate("navigator.clipboard.readText()")
    assert "Bearer" not in address
    elsewhere = visit(server).open(address.removeprefix(f"http://127.0.0.1:{server.port}"))
    assert execute(elsewhere)["data"]["products"] == found


def test_by_keyboard(server: Server, visit: Visit) -> None:
    """An operation runs by Ctrl-Enter, and Delete closes a tab."""
    page = visit(server).open("/graphql")
    page.locator(".graphiql-query-editor .view-lines").click()
    with page.expect_response(is_result) as answered:
        page.keyboard.press("Control+Enter")
    assert answered.value.json()["data"]["products"]["edges"]
    page.get_by_role("tab", name="Nodes").focus()
    page.keyboard.press("Delete")
    expect(page.get_by_role("tab", name="Nodes")).to_have_count(0)


def test_beside_the_editors(server: Server, visit: Visit) -> None:
    """Docs and explorer are there, and axe-core finds no serious fault in them."""
    for scheme in ("light", "dark"):
        watched = visit(server, color_scheme=scheme)
        page = watched.open("/graphql")
        page.get_by_role("button", name="Documentation Explorer").click()
        expect(page.get_by_role("link", name="ProductConnection")).to_be_visible()
        assert watched.serious_faults() == []
        page.get_by_role("button", name="GraphiQL Explorer").click()
        expect(page.get_by_text("totalCount", exact=True).first).to_be_visible()
        assert watched.serious_faults() == []
        watched.blameless()


@pytest.fixture(scope="module")
def careful(serve: Serve) -> Server:
    """A server that asks for keys."""
    return serve(TANDEM_AUTH="keys")


def test_keys(careful: Server, visit: Visit) -> None:
    """Where keys are asked for one reads without, is asked for one to order, and need not repeat it in other tabs."""
    page = visit(careful).open("/graphql")
    assert execute(page)["data"]["products"]["edges"]
    assert "SQL" not in facts(page)
    page.get_by_role("tab", name="PlaceOrder").click()
    assert execute(page)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    page.get_by_role("button", name="Headers").click()
    scopes = ("--scope", "orders:write", "--scope", "orders:read")
    secret = processes.start(careful.url, "keys", "create", "--name", "acme", *scopes).communicate()[0].strip()
    write(page, json.dumps({"Authorization": f"Bearer {secret}", "Idempotency-Key": "k1"}))
    assert execute(page)["data"]["placeOrder"]["order"]["status"] == "PLACED"
    assert twin(page)["status"] == "placed"
    page.get_by_role("tab", name="MyOrders").click()
    assert "errors" not in execute(page)


@pytest.mark.parametrize("tabs", ["{", "7", '{"tabs": []}', '{"tabs": [{}], "activeTabIndex": 0}'])
def test_damaged(server: Server, visit: Visit, tabs: str) -> None:
    """Tabs that cannot be read are none: the examples are opened again."""
    watched = visit(server)
    page = watched.open("/graphql")
    page.evaluate("tabs => sessionStorage.setItem('graphiql:tabState', tabs)", tabs)
    page.reload()
    expect(page.get_by_role("tab")).to_have_count(len(NAMES))
    watched.blameless()


def test_clearing(server: Server, visit: Visit) -> None:
    """Who has the playground forget what it keeps loses no basket and no order of the shop."""
    page = visit(server).open("/graphql")
    page.evaluate("localStorage['tandem.basket'] = '[]'; localStorage['graphiql:theme'] = 'dark'")
    page.get_by_role("button", name="Open settings dialog").click()
    page.get_by_role("button", name="Clear data").click()
    expect(page.get_by_role("button", name="Cleared data")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage)") == ["tandem.basket"]
