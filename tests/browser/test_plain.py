"""The pages that stand in where the front end could not be built: they are plain, and they run queries."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.servers import Server

_UNBUILT = """
from pathlib import Path
from app.pages import site
made = site.Site
site.Site = lambda own, built: made(own, Path("/nowhere"))
"""


@pytest.fixture(scope="module")
def unbuilt(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that finds no built pages."""
    path = tmp_path_factory.mktemp("unbuilt") / "tandem.db"
    copyfile(seeded, path)
    server = Server(f"sqlite:///{path}", path.with_suffix(".log"), code=_UNBUILT)
    yield server
    server.stop()


def test_runs_queries(unbuilt: Server, visit: Visit) -> None:
    """The plain GraphQL page runs its first example at one click, and one that its address names, variables and all."""
    watched = visit(unbuilt)
    page = watched.open("/graphql")
    page.get_by_role("button", name="Execute").click()
    expect(page.locator("#result")).to_contain_text('"products"')
    page.goto(f"{watched.base}/graphql#12-place-order")
    page.reload()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator("#result")).to_contain_text('"PLACED"')
    assert watched.faults() == []
    watched.blameless()


def test_reference_leads_to_the_contracts(unbuilt: Server, visit: Visit) -> None:
    """The plain reference has links to both contracts as they are served."""
    watched = visit(unbuilt)
    links = watched.open("/docs").eval_on_selector_all("main a", "all => all.map((one) => one.pathname)")
    assert {unbuilt.status(link) for link in links} == {200}
    assert {"/v1/openapi.yaml", "/v2/openapi.yaml"} <= set(links)
    watched.blameless()


def test_is_told(unbuilt: Server) -> None:
    """The log says which pages are plain ones."""
    assert "front end not built" in unbuilt.log.read_text()
