"""The pages' delivery: policies, entity tags, codings, and nothing but the files that are there."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from app.pages import contract_files
from app.pages.health import Page
from app.pages.site import Site
from tests.clients import Client
from tests.conftest import Run
from tests.middleware.conftest import Served

Serve = Callable[..., Served]
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
PAGES = ["/", "/docs", "/graphql"]
OWN = Path(__file__).parent.parent.parent / "app/pages/own"


def directives(answer: httpx2.Response) -> dict[str, str]:
    """The content security policy of an answer."""
    parts = answer.headers["content-security-policy"].split("; ")
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in parts)}


@pytest.mark.parametrize("path", PAGES)
def test_policy(served: Served, path: str) -> None:
    """A page runs no script but files of ours, loads nothing from elsewhere, and is asked for each time."""
    answer = served.client().get(path, accept=HTML)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-cache"
    policy = directives(answer)
    assert (policy["default-src"], policy["script-src"], policy["connect-src"]) == ("'none'", "'self'", "'self'")
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert not re.findall(r"<script(?![^>]*src=)|\son\w+=|(?:src|href)=\"(?:https?:)?//", answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_conditional(served: Served, path: str) -> None:
    """Each coding has a tag of its own, and who has it gets 304 without a body; HEAD says what GET would."""
    client = served.client()
    plain = client.get(path, accept=HTML, accept_encoding="identity")
    packed = client.get(path, accept=HTML, accept_encoding="gzip, br;q=0")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert "Accept-Encoding" in plain.headers["vary"]
    tags = {plain.headers["etag"], packed.headers["etag"]}
    assert len(tags) == 2
    for tag in tags:
        encoding = "gzip" if "gzip" in tag else "identity"
        again = client.get(path, accept=HTML, accept_encoding=encoding, if_none_match=f'"other", W/{tag}')
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["content-security-policy"] == plain.headers["content-security-policy"]
    head = client.request("HEAD", path, headers={"accept": HTML, "accept-encoding": "identity"})
    assert head.headers["etag"] == plain.headers["etag"]
    assert client.request("DELETE", path, headers={"accept": HTML}).status_code == 405


def test_assets(served: Served) -> None:
    """All that a page loads is there, compressed where that helps, and may be kept for ever."""
    client = served.client()
    for page in PAGES:
        loaded = re.findall(r"(?:src|href)=\"((?:\./|/)?assets/[^\"]*)", client.get(page, accept=HTML).text)
        assert loaded
        for path in loaded:
            answer = client.get(urljoin(page, path))
            assert answer.status_code == 200, path
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["content-encoding"] in {"gzip", "br"}


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/nothing.js",
        "/assets/own/base.css",
        "/assets/..%2f..%2f..%2fpyproject.toml",
        "/assets/%2e%2e/site.py",
        "/assets//etc/passwd",
        "/assets/home.html",
    ],
)
def test_nothing_else(served: Served, path: str) -> None:
    """What is no file of the site's is 404, however it is spelt."""
    answer = served.client().get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_free(serve: Serve) -> None:
    """Pages and their files cost nothing, and an empty bucket does not close them; a query with HTML's Accept pays."""
    client = serve(rate_limit="1/hour").client()
    assert client.get("/v2/products?limit=1").status_code == 200
    assert client.get("/v2/products").status_code == 429
    for path in (*PAGES, "/assets/nothing.js"):
        answer = client.get(path, accept=HTML)
        assert answer.status_code in {200, 404}
        assert "ratelimit" not in answer.headers
    assert client.get("/graphql?query={__typename}", accept=HTML).status_code == 429


def test_graphql_is_for_browsers_too(served: Served) -> None:
    """Who does not take HTML, or brings a query, gets GraphQL's answer at the same address."""
    client = served.client()
    page = client.get("/graphql", accept=HTML)
    assert "Accept," in page.headers["vary"]
    assert "Execute" in page.text or "assets/" in page.text
    assert client.get("/graphql").json()["errors"][0]["extensions"]["code"] == "MALFORMED_REQUEST"
    assert client.get("/graphql?query={__typename}", accept=HTML).json() == {
        "data": {"__typename": "Query"},
        "extensions": {"cost": 1},
    }


def test_examples(served: Served) -> None:
    """Home leads to every published example in the playground."""
    links = re.findall(r"href=\"graphql#([^\"]+)\"", served.client().get("/").text)
    files = {path.stem for path in (contract_files.folder() / "graphql/operations").glob("*.graphql")}
    assert files <= set(links)


def test_built_pages(tmp_path: Path, run: Run[Any]) -> None:
    """What the front-end's build made takes the place of the plain page, in the codings that it made."""
    (tmp_path / "assets/deep").mkdir(parents=True)
    (tmp_path / "graphql.html").write_text("<!doctype html><title>Built</title>")
    (tmp_path / "assets/deep/a-1a2b.js").write_text("export {}")
    (tmp_path / "assets/deep/a-1a2b.js.br").write_bytes(b"as brotli")
    (tmp_path / "assets/notes.md").write_text("not to be served")
    site = Site(OWN, tmp_path)
    routes = [Route("/assets/{name:path}", Page(site.asset)), Route("/graphql", Page(site.pages["graphql"]))]
    client = Client(Starlette(routes=routes), run)
    assert "Built" in client.get("/graphql").text
    assert "'unsafe-inline'" in directives(client.get("/graphql"))["style-src"]
    assert set(site.built) == {"graphql"}
    assert "docs" in site.pages
    packed = client.get("/assets/deep/a-1a2b.js", accept_encoding="gzip")
    assert packed.text == "export {}"
    assert gzip.decompress(site.assets["deep/a-1a2b.js"].bodies["gzip"]) == b"export {}"
    assert site.assets["deep/a-1a2b.js"].bodies["br"] == b"as brotli"
    assert "notes.md" not in site.assets
