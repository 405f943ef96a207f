"""The pages that stand in where the front end was not built: plain, and of use."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Serve, Visit
from tests.servers import Server

_NOT_BUILT = """
from pathlib import Path
from app.pages import site
made = site.Site(Path(site.__file__).parent / "own", Path("/nowhere"))
site.site = lambda: made
"""


@pytest.fixture(scope="module")
def server(serve: Serve) -> Server:
    """A server whose front end was not built."""
    return serve(_NOT_BUILT)


@pytest.mark.parametrize("path", ["/graphql", "/docs"])
def test_blameless(server: Server, visit: Visit, path: str) -> None:
    """A plain page asks nobody else, logs no error, keeps to its policy, and has no serious fault."""
    for scheme in ("light", "dark"):
        watched = visit(server, color_scheme=scheme)
        watched.open(path)
        assert "not built" in watched.page.inner_text("main")
        assert watched.serious_faults() == []
        watched.blameless()


def test_runs_queries(server: Server, visit: Visit) -> None:
    """The first example runs in one click, another by its address; cost and budget are told beside the result."""
    watched = visit(server)
    page = watched.open("/graphql")
    page.click("text=Execute query")
    expect(page.locator("#result")).to_contain_text('"endCursor"')
    expect(page.locator("#told")).to_contain_text("cost 1")
    expect(page.locator("#told")).to_contain_text("budget")
    page.click("text=Place order")
    expect(page.locator("#query")).to_have_value(re.compile("placeOrder"))  # the address changes a moment before
    page.click("text=Execute query")
    expect(page.locator("#result")).to_contain_text('"status": "PLACED"')
    watched.blameless()
