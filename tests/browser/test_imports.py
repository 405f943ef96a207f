"""The page of imports: a file is previewed, tried, imported and cancelled, and its problems are downloaded."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Serve, Visit
from tests.servers import Server

TABLE = "Artikel;Artikelnummer;Preis;Kategorie;Farbe\nTasse;I1;4,50;Küche;rot\nKanne;I2;;Küche;blau\n"
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (390, 1440)]


@pytest.fixture(scope="module")
def server(serve: Serve) -> Server:
    """A server for all tests of the module, whose imports together cost more than a minute of the default limit."""
    return serve(TANDEM_RATE_LIMIT="1000/minute")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A price list, one of whose lines has no price."""
    path = tmp_path / "prices.csv"
    path.write_text(TABLE)
    return path


def _run(page: Page, button: str) -> None:
    """Press a button and wait until what it began, which stands above those before it, is done."""
    before = page.locator(".run").count()
    page.click(button)
    expect(page.locator(".run")).to_have_count(before + 1)
    expect(page.locator(".run").first).to_contain_text("done")


def test_import(server: Server, visit: Visit, table: Path) -> None:
    """The columns and lines are shown as they would land, the dry run counts, and only the import stores."""
    watched = visit(server)
    page = watched.open("/imports")
    page.set_input_files("#file", table)
    expect(page.locator("#columns li")).to_have_text(
        ["Artikelname", "Artikelnummersku", "Preisprice", "Kategoriecategories", "Farbenot imported (2)"]
    )
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody tr").nth(0)).to_contain_text("4.5 USD")
    expect(page.locator("tbody tr").nth(1)).to_contain_text("price is required.")
    page.fill("#currency", "eur")
    page.locator("#currency").blur()
    expect(page.locator("tbody tr").nth(0)).to_contain_text("4.5 EUR")
    _run(page, "#dry-run")
    expect(page.locator(".run").first).to_contain_text("would be created1")
    assert server.status("/v2/products/sku:I1") == 404
    _run(page, "#start")
    expect(page.locator(".run").first.locator(".created dd")).to_have_text("1")
    assert json.loads(server.get("/v2/products/sku:I1")[1])["currency"] == "EUR"
    with page.expect_download() as download:
        page.locator(".run").first.get_by_text("Download problems").click()
    problem = json.loads(Path(download.value.path()).read_text())
    assert (problem["line"], problem["field"]) == (3, "price")
    watched.blameless()


def test_large_file(server: Server, visit: Visit, tmp_path: Path) -> None:
    """A file of more than 16 MiB is sent in parts, and is gone from the stored files when its import has ended."""
    path = tmp_path / "large.csv"
    path.write_text("sku,name,price,description\n" + f"A,Cup,1,{'x' * 2_000}\n" * 8_500)
    watched = visit(server)
    page = watched.open("/imports")
    page.set_input_files("#file", path)
    expect(page.locator("tbody tr")).to_have_count(10)
    before = page.locator(".run").count()
    with page.expect_response("**/v2/imports") as answer:
        page.click("#start")
    sent = answer.value.request.post_data_buffer or b""
    (file,) = re.findall(rb'name="fileId"\s+([0-9a-f]{32})', sent)
    expect(page.locator(".run")).to_have_count(before + 1)
    expect(page.locator(".run").first).to_contain_text("done")
    assert server.status(f"/v2/files/{file.decode()}") == 404
    watched.blameless()


def test_cancellation(server: Server, visit: Visit, tmp_path: Path) -> None:
    """An import that runs shows how far it is and is cancelled; what waits behind it says so."""
    path = tmp_path / "many.ndjson"
    path.write_text("".join(f'{{"sku": "C{n}", "name": "Cup", "price": 1}}\n' for n in range(60_000)))
    watched = visit(server)
    page = watched.open("/imports")
    page.set_input_files("#file", path)
    expect(page.locator("tbody tr")).to_have_count(10)
    for count in (1, 2):
        page.click("#start")
        expect(page.locator(".run .state.running, .run .state.queued")).to_have_count(count)
    expect(page.locator(".run").first).to_contain_text("before it")
    for _ in range(2):
        page.locator(".run").get_by_text("Cancel", exact=True).first.click()
    expect(page.locator(".run .state.cancelled")).to_have_count(2)
    watched.blameless()


def test_refusals(server: Server, visit: Visit, tmp_path: Path) -> None:
    """A file that is not understood says why, and another one takes its place."""
    page = visit(server).open("/imports")
    for name, content in (("a.csv", b"a,b\n1,2\n"), ("a.pdf", b"%PDF-1.7\n")):
        path = tmp_path / name
        path.write_bytes(content)
        page.set_input_files("#file", path)
        expect(page.locator("#told.bad")).to_be_visible()
        expect(page.locator("#preview")).to_be_hidden()


def test_mapping(server: Server, visit: Visit, tmp_path: Path) -> None:
    """A file whose columns have other names is read by the names that a person gives; the mended file starts afresh."""
    path = tmp_path / "others.csv"
    path.write_text("Teil;Titel;Betrag\nM1;Tasse;4,50\n")
    page = visit(server).open("/imports")
    page.set_input_files("#file", path)
    expect(page.locator("#told.bad")).to_contain_text("Did you mean Columns: Teil=sku?")
    page.fill("#mapping", "Teil=sku, Titel = name,Betrag=price,")
    page.locator("#mapping").blur()
    expect(page.locator("tbody tr")).to_contain_text("4.5 USD")
    _run(page, "#start")
    assert json.loads(server.get("/v2/products/sku:M1")[1])["name"] == "Tasse"
    path.write_text("sku,name,price\nM2,Kanne,1\n")
    page.set_input_files("#file", path)
    expect(page.locator("tbody tr")).to_contain_text("1 USD")


def test_key(serve: Serve, visit: Visit) -> None:
    """A service that asks for keys is asked without an error in the console, and the page asks for one."""
    watched = visit(serve(TANDEM_AUTH="keys"))
    page = watched.open("/imports")
    expect(page.locator("#key-form")).to_be_visible()
    watched.blameless()


def test_looks(server: Server, visit: Visit, table: Path) -> None:
    """With a file chosen nothing has to be scrolled to the side, and axe-core finds no serious fault."""
    for scheme, width in LOOKS:
        watched = visit(server, color_scheme=scheme, viewport={"width": width, "height": 900})
        page = watched.open("/imports")
        page.set_input_files("#file", table)
        expect(page.locator("tbody tr")).to_have_count(2)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (scheme, width)
        assert watched.serious_faults() == [], (scheme, width)
        page.context.close()
