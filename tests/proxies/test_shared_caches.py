"""A cache that all callers share hands nobody what was made for another: nginx's, over every GET of the contract."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx2
import pytest
import yaml

from app.middleware.caching import CATALOGUE
from tests import processes
from tests.databases import Databases
from tests.images import drawn, encoded
from tests.proxies.nginx import nginx
from tests.servers import PATIENCE, Server

ROOT = Path(__file__).parent.parent.parent
_SCOPES = "catalog:write orders:read orders:write files:write".split()
_CACHE = "proxy_cache all; proxy_cache_valid any 10m; proxy_cache_key $scheme$host$request_uri;"
_QUERIES = ("{ orders { edges { node { id total } } } }", "{ products { edges { node { id name } } } }", "{", "{ no }")


class Caller(NamedTuple):
    """Someone who asks, and what it owns."""

    name: str
    headers: dict[str, str]


class Shop:
    """A server that asks for keys, with two callers who ordered, and one without a key."""

    def __init__(self, url: str, folder: Path) -> None:
        self.server = Server(url, folder / "log", TANDEM_AUTH="keys")
        self.callers = [Caller("nobody", {}), *(self._caller(url, name) for name in ("acme", "globex"))]
        self.http = httpx2.Client(base_url=f"http://127.0.0.1:{self.server.port}", timeout=PATIENCE)
        self.ids: dict[str, list[str]] = {"orders": [], "files": [], "files/uploads": []}
        self._fill()

    def _caller(self, url: str, name: str) -> Caller:
        scopes = (word for scope in _SCOPES for word in ("--scope", scope))
        process = processes.start(url, "keys", "create", "--name", name, *scopes)
        secret, errors = process.communicate()
        assert process.returncode == 0, errors
        return Caller(name, {"Authorization": f"Bearer {secret.strip()}"})

    def _fill(self) -> None:
        owner = self.callers[1]
        for path, body in (("categories", {"name": "Lamps"}), ("products", {"name": "Lamp", "price": 1})):
            self._make(owner, path, json=body)
        self._make(owner, "products/1/image", files={"file": ("a.png", encoded(drawn(), "PNG"))})
        for caller in self.callers[1:]:
            order = {"items": [{"productId": 1, "quantity": len(self.ids["orders"]) + 1}]}
            self._make(caller, "orders", json=order, headers={"Idempotency-Key": caller.name})
            self._make(caller, "files", files={"file": ("a.txt", caller.name.encode())})
            tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "5"}
            self._make(caller, "files/uploads", headers=tus)

    def _make(self, caller: Caller, path: str, headers: dict[str, str] | None = None, **body: Any) -> None:
        answer = self.http.post(f"/v2/{path}", headers=caller.headers | (headers or {}), **body)
        assert answer.status_code in (200, 201), answer.text
        if path in self.ids:
            self.ids[path].append(answer.headers["location"].rpartition("/")[2])

    def addresses(self) -> Iterator[tuple[str, bool]]:
        """Every GET operation of the contracts at each thing there is, and whether a shared cache may keep it."""
        for version in ("v1", "v2"):
            document = yaml.safe_load((ROOT / "openapi" / f"{version}.yaml").read_text())
            reads = [path for path, methods in document["paths"].items() if "get" in methods]
            for path in (*reads, "", "/openapi.json", "/openapi.yaml"):
                for identity in self.ids.get(path.strip("/").partition("/{")[0], ["1"]):
                    yield f"/{version}{path.replace('{id}', identity)}", path in CATALOGUE
        for query in _QUERIES:
            yield f"/graphql?query={quote(query)}", False

    def ask(self, port: int, path: str, caller: Caller, request_id: str = "") -> httpx2.Response:
        """GET an address from a port."""
        headers = caller.headers | {"Tus-Resumable": "1.0.0", "Accept": "*/*"}
        if request_id:
            headers["X-Request-ID"] = request_id
        return self.http.get(f"http://127.0.0.1:{port}{path}", headers=headers)


@pytest.fixture(scope="module")
def shop(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The server, and who asks it."""
    made = Shop(databases.create("sqlite"), tmp_path_factory.mktemp("shop"))
    yield made
    made.http.close()
    made.server.stop()


def shown(answer: httpx2.Response) -> tuple[int, Any]:
    """What an answer says: the status and the body, without the id of the request."""
    if answer.headers.get("content-type") not in ("application/json", "application/problem+json"):
        return answer.status_code, answer.content
    body = json.loads(answer.content)
    body.pop("requestId", None)
    return answer.status_code, body


@pytest.mark.parametrize("ignored", ["", "proxy_ignore_headers Cache-Control;"], ids=["obeys", "ignores"])
def test_shared_cache(shop: Shop, tmp_path: Path, ignored: str) -> None:
    """Each caller gets through the cache what it gets directly, also from a cache that ignores Cache-Control."""
    turns = [*shop.callers, *reversed(shop.callers)]
    with nginx(tmp_path, shop.server.port, _CACHE + ignored) as port:
        for path, _ in shop.addresses():
            for caller in turns:
                direct, cached = shop.ask(shop.server.port, path, caller), shop.ask(port, path, caller)
                assert shown(cached) == shown(direct), (path, caller.name)
                assert direct.status_code < 500, direct.text


def test_stored_by_nobody(shop: Shop, tmp_path: Path) -> None:
    """What depends on the caller is never answered from a cache: the answer has the id of its own request."""
    with nginx(tmp_path, shop.server.port, _CACHE) as port:
        for number, (path, shared) in enumerate(shop.addresses()):
            for caller in [*shop.callers, *shop.callers]:
                answer = shop.ask(port, path, caller, own := f"{number}-{caller.name}")
                if not shared and "immutable" not in answer.headers["cache-control"]:
                    assert answer.headers["x-request-id"] == own, (path, caller.name)
                    assert answer.headers["cache-control"] in ("private, no-cache", "no-store"), path


def test_what_a_cache_may_keep(shop: Shop, tmp_path: Path) -> None:
    """An image at the address of its content is answered from the cache, whoever asks."""
    url = shop.http.get("/v2/products/1?fields=image").json()["image"]["url"]
    with nginx(tmp_path, shop.server.port, _CACHE) as port:
        ids = {shop.ask(port, url, caller, caller.name).headers["x-request-id"] for caller in shop.callers}
    assert len(ids) == 1


def test_policy_names_operations(shop: Shop) -> None:
    """Each path of the catalogue is one of the contract, and says `no-cache` for each key by itself, errors too."""
    paths = {path for path, shared in shop.addresses() if shared}
    assert {path.removeprefix("/v2") for path in paths if path.startswith("/v2")} == {
        path.replace("{id}", "1") for path in CATALOGUE
    }
    for path in (*paths, "/v2/products/999", "/v2/products?cursor=no"):
        answer = shop.ask(shop.server.port, path, shop.callers[0])
        assert answer.headers["cache-control"] == "no-cache", (path, answer.text[:300])
        assert "Authorization" in answer.headers["vary"].split(", ")
    refused = shop.ask(shop.server.port, "/v2/products", Caller("", {"Authorization": "Bearer no"}))
    assert (refused.status_code, refused.headers["cache-control"]) == (401, "private, no-cache")
