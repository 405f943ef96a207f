"""The configuration of docs/proxies.md publishes the service below a path, with TLS."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pytest

from tests import processes
from tests.databases import Databases
from tests.images import drawn, encoded
from tests.ports import free_port
from tests.proxies.nginx import serving
from tests.proxies.processes import binary
from tests.servers import PATIENCE, Server

_PAGE = Path(__file__).parent.parent.parent / "docs" / "proxies.md"
_BLOCK = re.compile(r"```nginx\n(server \{.*?)```", re.DOTALL)
_COMMAND = re.compile(r"^TANDEM_AUTH=keys .*?tandem serve$", re.DOTALL | re.MULTILINE)
_BASE = "https://shop.example/catalogue"


@pytest.fixture
def client(databases: Databases, tmp_path: Path) -> Iterator[httpx2.Client]:
    """A client of the service through nginx, with a key, set up as the page says."""
    url = databases.create("sqlite")
    scopes = ("--scope", "catalog:write", "--scope", "files:write")
    key = processes.start(url, "keys", "create", "--name", "shop", *scopes).communicate()[0].strip()
    command = _COMMAND.search(_PAGE.read_text())
    assert command
    settings = dict(re.findall(r"(TANDEM_\w+)=(\S+)", command[0]))
    with Server(url, tmp_path / "log", **settings) as server:
        headers = {"Authorization": f"Bearer {key}", "Host": "shop.example"}
        with _published(tmp_path, server.port) as port:
            address = f"https://127.0.0.1:{port}/catalogue"
            with httpx2.Client(base_url=address, headers=headers, verify=False, timeout=PATIENCE) as made:
                yield made


def _published(folder: Path, upstream: int) -> AbstractContextManager[int]:
    """The page's block, on a free port, with a certificate of its own."""
    found = _BLOCK.search(_PAGE.read_text())
    assert found
    port, block = free_port(), found[1]
    for documented, ours in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("/etc/ssl/shop.example", f"{folder}/shop.example"),
        ("127.0.0.1:8000", f"127.0.0.1:{upstream}"),
    ):
        assert documented in block
        block = block.replace(documented, ours)
    names = ("-keyout", folder / "shop.example.key", "-out", folder / "shop.example.pem")
    command = (binary("openssl"), *"req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=shop.example".split(), *names)
    subprocess.run(command, check=True, capture_output=True)
    return serving(folder, block, port)


def test_nginx_with_tls(client: httpx2.Client) -> None:
    """Links, addresses and the served contract have the public address; a large file passes; without a key none may."""
    made = client.post("/v2/products", json={"name": "Lamp", "price": 1, "sku": "LAMP", "description": "A lamp."})
    assert (made.status_code, made.headers["location"]) == (201, "/catalogue/v2/products/1")
    image = client.put("/v2/products/1/image", files={"file": ("lamp.png", encoded(drawn(), "PNG"))}).json()
    assert image["url"].startswith("/catalogue/v2/products/1/image?v=")
    page = client.get("/v2/products").json()
    assert page["links"]["self"] == "/catalogue/v2/products"
    assert client.get("/v2/openapi.json").json()["servers"][0]["url"] == f"{_BASE}/v2"
    stored = client.post("/v2/files", files={"file": ("large.bin", bytes(3_000_000))})
    assert (stored.status_code, stored.json()["bytes"]) == (201, 3_000_000)
    assert (
        client.post("/v2/products", json={"name": "Lamp", "price": 1}, headers={"Authorization": ""}).status_code == 401
    )
    assert f'"url":"{_BASE}/shop?product=1"' in client.get("/shop?product=1").text
    assert client.get("/v2/products", headers={"Host": "other.example"}).status_code in (400, 421)
