"""Below a path: every link of an answer leads where the client can follow it, and nobody else decides where that is."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from app.settings import Settings
from tests.databases import sqlite_alone
from tests.images import drawn, encoded
from tests.service import Service

_TRUSTED = {"trusted_proxies": "127.0.0.1", "allowed_hosts": "test,shop.example"}
_LAMP = {"name": "Lamp", "price": 1, "sku": "L"}
_WEBP = encoded(drawn(), "WEBP")


engine = sqlite_alone()  # none of this depends on the engine


@pytest.fixture
async def serve(database_url: str, anyio_backend: str) -> AsyncIterator[Callable[..., Service]]:
    """Makes services over one database."""
    made: list[Service] = []

    def make(**settings: str) -> Service:
        made.append(Service(database_url, checked=False, **settings))
        return made[-1]

    yield make
    for service in made:
        await service.close()


def _links(value: Any) -> list[str]:
    """Every text in a JSON value that is a path."""
    if isinstance(value, dict):
        return [link for member in value.values() for link in _links(member)]
    if isinstance(value, list):
        return [link for member in value for link in _links(member)]
    return [value] if isinstance(value, str) and value.startswith("/") else []


async def _fill(service: Service, headers: dict[str, str]) -> list[str]:
    """Every link that an answer of each kind has."""
    links: list[str] = []

    async def send(method: str, path: str, value: Any = None, **fields: str) -> Any:
        answer = await service.send(method, path, value, **headers, **fields)
        fields_ = (answer.headers.get(name) for name in ("location", "content-location"))
        links.extend(field for field in fields_ if field)
        links.extend(part.partition(">")[0] for part in answer.headers.get("link", "").split("<")[1:])
        links.extend(_links(answer.json() if "json" in answer.headers.get("content-type", "") else None))
        return answer

    for path, body in (("products", _LAMP), ("products", _LAMP | {"sku": "M"}), ("categories", {"name": "x"})):
        assert (await send("POST", f"/v2/{path}", body)).status_code == 201
    image = await service.illustrate(1, _WEBP, **headers)
    links += [image.headers["location"], *_links(image.json())]
    order = {"items": [{"productId": 1, "quantity": 1}]}
    await send("POST", "/v2/orders", order, idempotency_key="a")
    tus = {"tus_resumable": "1.0.0", "content_type": "application/offset+octet-stream"}
    upload = await send("POST", "/v2/files/uploads", b"x", upload_length="1", **tus)
    await send("GET", "/v2/files/uploads/" + upload.headers["location"].rpartition("/")[2], tus_resumable="1.0.0")
    for path in ("", "/products?limit=1", "/products/1", "/products/9", "/products/", "/nothing"):
        await send("GET", f"/v2{path}")
    await send("GET", "/v1/products/1")
    await send("POST", "/graphql", {"query": "{ product(id: 1) { image { url small: url(width: 160) } } }"})
    await send("PUT", "/graphql", {})
    return links


@pytest.mark.parametrize(
    ("settings", "headers", "prefix"),
    [
        ({"root_path": "/shop/api/"}, {}, "/shop/api"),
        (_TRUSTED, {"x_forwarded_prefix": "/a.b/~c_d-e"}, "/a.b/~c_d-e"),
        (_TRUSTED | {"root_path": "/own"}, {"x_forwarded_prefix": "/theirs"}, "/theirs"),
        (_TRUSTED | {"root_path": "/own"}, {}, "/own"),
    ],
)
async def test_links(
    serve: Callable[..., Service], settings: dict[str, str], headers: dict[str, str], prefix: str
) -> None:
    """Every link of every kind of answer begins with the prefix; without it, it is an address that is there."""
    service = serve(**settings)
    links = await _fill(service, headers)
    assert len(links) > 25
    assert [link for link in links if not link.startswith(f"{prefix}/")] == []
    for link in set(links):
        answer = await service.send("GET", link.removeprefix(prefix), tus_resumable="1.0.0")
        assert answer.status_code == (404 if link.endswith(("/errors/page", "/nothing")) else 200), link


async def test_root_path_is_taken_off(serve: Callable[..., Service]) -> None:
    """With a root path, an address works with and without it, whichever of the two the proxy sends."""
    service = serve(root_path="/shop")
    for path in ("/shop/v2/products?limit=1", "/v2/products?limit=1"):
        assert (await service.send("GET", path)).json()["links"]["self"] == "/shop/v2/products?limit=1"
    for path in ("/shop/livez", "/shop/graphql/schema.graphql", "/shop/docs", "/shop/", "/"):
        assert (await service.send("GET", path)).status_code == 200
    bare = await service.send("GET", "/shop")
    assert (bare.status_code, bare.headers["location"]) == (308, "/shop/")
    assert (await service.send("GET", "/shopping")).status_code == 404
    assert (await service.send("GET", "/shop/shop/v2")).status_code == 404


@pytest.mark.parametrize(
    "prefix",
    [
        *("", "/", "//evil.example", "/a/", "/a//b", "a", "/a b", "/a%2Fb", "/a?b", "/a#b", "https://evil.example"),
        *('/a"', "/a<b>", "/a, /b", "/a;b", "/" + "a" * 200),
    ],
)
async def test_other_prefixes(serve: Callable[..., Service], prefix: str) -> None:
    """A forwarded prefix of another form is ignored."""
    answer = await serve(**_TRUSTED).send("GET", "/v2/products", x_forwarded_prefix=prefix)
    assert answer.json()["links"]["self"] == "/v2/products"
    assert answer.headers["cache-control"] == "no-cache"


async def test_from_others(serve: Callable[..., Service]) -> None:
    """What is not a trusted proxy forwards nothing, and two fields of one name are none."""
    forged = {"x_forwarded_prefix": "/evil", "x_forwarded_host": "shop.example"}
    stranger = serve(**_TRUSTED | {"trusted_proxies": "10.0.0.1"})
    assert (await stranger.send("GET", "/v2", **forged)).json()["links"]["docs"] == "/docs"
    assert _server(await stranger.send("GET", "/v2/openapi.json", **forged)) == "http://test/v2"
    twice = [("X-Forwarded-Prefix", "/a"), ("X-Forwarded-Prefix", "/b")]
    answer = await serve(**_TRUSTED).http.get("/v2", headers=twice)
    assert answer.json()["links"]["docs"] == "/docs"


async def test_prefix_changes_no_route(serve: Callable[..., Service]) -> None:
    """A forwarded prefix is not taken off the path: a client's own could get around what its proxy forbids."""
    service = serve(**_TRUSTED)
    assert (await service.send("GET", "/x/v2/products", x_forwarded_prefix="/x")).status_code == 404
    assert (await service.send("GET", "/x/metrics", x_forwarded_prefix="/x")).status_code == 404


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("shop.example", "https://shop.example/p/v2"),
        ("SHOP.example:8443", "https://SHOP.example:8443/p/v2"),
        ("evil.example", "https://test/p/v2"),
        ("shop.example, evil.example", "https://test/p/v2"),
        ("shop.example.evil.example", "https://test/p/v2"),
    ],
)
async def test_served_contract(serve: Callable[..., Service], host: str, address: str) -> None:
    """The served contract names the address that the client used; a forwarded host only if it is an allowed one."""
    forwarded = {"x_forwarded_prefix": "/p", "x_forwarded_proto": "https", "x_forwarded_host": host}
    answer = await serve(**_TRUSTED).send("GET", "/v2/openapi.json", **forwarded)
    assert _server(answer) == address
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_any_host_is_no_allowed_host(serve: Callable[..., Service]) -> None:
    """`*` names no host: a proxy may pass on what a client says of the host, so it has to be named."""
    service = serve(trusted_proxies="127.0.0.1")
    answer = await service.send("GET", "/v2/openapi.json", x_forwarded_host="shop.example")
    assert _server(answer) == "http://test/v2"


async def test_private(serve: Callable[..., Service]) -> None:
    """An answer made of forwarded fields is private, so that no cache hands one client's prefix to another."""
    service = serve(**_TRUSTED)
    for path in ("/v2/products", "/v2/categories", "/v2", "/v1/products", "/v2/products/9"):
        for headers in ({"x_forwarded_prefix": "/p"}, {"x_forwarded_host": "shop.example"}):
            answer = await service.send("GET", path, **headers)
            assert answer.headers["cache-control"] == "private, no-cache", path
        assert (await service.send("GET", path)).headers["cache-control"] == "no-cache", path


@pytest.mark.parametrize("root_path", ["shop", "//shop", "/a b", "/a//b", "/a?b", "http://a"])
def test_malformed_root_path(root_path: str) -> None:
    """A root path of another form stops the start."""
    with pytest.raises(ValueError, match="root_path"):
        Settings(root_path=root_path)


def _server(answer: httpx2.Response) -> str:
    address: str = answer.json()["servers"][0]["url"]
    return address
