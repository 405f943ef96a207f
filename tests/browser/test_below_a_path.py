"""The pages behind nginx, which publishes the service below a path."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import Watched
from tests.browser.conftest import Serve
from tests.proxies.nginx import nginx
from tests.servers import PATIENCE, Server

_STRIPS = "rewrite ^/shop/mall(/.*)$ $1 break; proxy_set_header X-Forwarded-Prefix /shop/mall;"
_FORWARDS = "proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;"


@pytest.fixture(scope="module", params=["the proxy takes it off", "the proxy leaves it"])
def base(serve: Serve, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the service, as nginx publishes it."""
    settings = {"TANDEM_AUTH": "open", "TANDEM_TRUSTED_PROXIES": "127.0.0.1", "TANDEM_RATE_LIMIT": "off"}
    strips = request.param == "the proxy takes it off"
    server: Server = serve(**settings, **({} if strips else {"TANDEM_ROOT_PATH": "/shop/mall"}))
    folder = tmp_path_factory.mktemp("nginx")
    with nginx(Path(folder), server.port, _FORWARDS + (_STRIPS if strips else "")) as port:
        yield f"http://127.0.0.1:{port}/shop/mall"


@pytest.mark.parametrize("path", ["/", "/shop", "/shop?product=1", "/docs", "/graphql", "/imports"])
def test_pages(base: str, browser: Browser, path: str) -> None:
    """A page loads all that it names, shows pictures, logs no error, and its links lead to what is there."""
    context = browser.new_context()
    watched = Watched(context.new_page(), base)
    page = watched.open(path)
    watched.blameless()
    if path == "/":
        assert page.inner_text("#status-text") == "Ready"
        assert page.locator("#tiles img").count() == 6
    links = page.eval_on_selector_all("a[href]", "all => all.map((one) => one.href)")
    ours = {link.partition("#")[0] for link in links if link.startswith(base.removesuffix("/shop/mall"))}
    for link in ours - {page.url.partition("#")[0]}:
        assert link.startswith(f"{base}/"), link
        assert httpx2.get(link, headers={"Accept": "text/html, */*"}, timeout=PATIENCE).status_code == 200, link
    context.close()


def test_shop_is_walked(base: str, browser: Browser) -> None:
    """In the shop a product opens, and the way back leads to the shelf, below the path."""
    context = browser.new_context()
    page = Watched(context.new_page(), base).open("/shop")
    page.click("[data-product] a >> nth=0")
    page.wait_for_selector("#product h1")
    assert page.url.startswith(f"{base}/shop?product=")
    page.click("#product .back a")
    page.wait_for_selector("#browse:not([hidden])")
    assert page.url == f"{base}/shop"
    context.close()


def test_next_page(base: str) -> None:
    """REST's links lead through a list, and to images."""
    with httpx2.Client(timeout=PATIENCE) as client:
        page = client.get(f"{base}/v2/products?limit=2").json()
        following = client.get(httpx2.URL(base).join(page["links"]["next"]))
        assert (following.status_code, len(following.json()["items"])) == (200, 2)
        assert client.get(httpx2.URL(base).join(page["items"][0]["image"]["url"])).status_code == 200
