"""All pages in a browser that reaches nothing but this machine: what they load, log, weigh, and who can use them."""

import pytest

from tests.browser.conftest import Visit
from tests.servers import Server

PAGES = ["/", "/shop", "/docs", "/graphql", "/imports"]
MOST_BYTES = 2_000_000
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (390, 1440)]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_from_elsewhere(server: Server, visit: Visit, path: str) -> None:
    """A page asks no other host, logs no error, keeps to its policy, and paints after at most 2 MB."""
    page = visit(server)
    page.open(path)
    assert 0 < page.paint().bytes <= MOST_BYTES
    page.blameless()


@pytest.mark.parametrize("path", PAGES)
def test_accessible(server: Server, visit: Visit, path: str) -> None:
    """axe-core finds no serious fault, in light or dark, on a phone or a wide screen."""
    for scheme, width in LOOKS:
        page = visit(server, color_scheme=scheme, viewport={"width": width, "height": 900})
        page.open(path)
        assert page.serious_faults() == [], (scheme, width)
        page.page.context.close()


@pytest.mark.parametrize("path", ["/", "/shop", "/shop?product=1", "/imports"])
def test_on_a_phone(server: Server, visit: Visit, path: str) -> None:
    """On a screen of 360 px nothing has to be scrolled to the side."""
    page = visit(server, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True).open(path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_home(server: Server, visit: Visit) -> None:
    """Home tells that the service is ready, what is newest and what may be asked for, and leads to what it names."""
    watched = visit(server, permissions=["clipboard-read", "clipboard-write"])
    page = watched.open("/")
    assert page.inner_text("#status-text") == "Ready"
    assert page.locator("#tiles li").count() == 6
    assert page.inner_text("#rate").startswith("100 points in 60 s")
    page.click("text=Copy >> nth=0")
    page.wait_for_selector("text=Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"curl -s http://127.0.0.1:{server.port}/graphql" in copied
    for link in set(page.eval_on_selector_all("main a, footer a", "all => all.map((one) => one.pathname)")):
        assert server.status(link) in {200, 400}, link  # 400: GraphQL without a query, for who does not take HTML
    watched.blameless()
