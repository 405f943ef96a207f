"""Methods, paths and media types: what is allowed, what is refused, and that a refusal has no effect."""

import pytest

from app.domain.unit import Engine
from tests.clients import Client

BODY = {"name": "Lamp", "price": 40}
ALLOWED = {
    "products": "GET, HEAD, OPTIONS, POST",
    "products/1": "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
    "products/1/stock-adjustments": "OPTIONS, POST",
    "categories": "GET, HEAD, OPTIONS, POST",
    "categories/1": "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
    "categories/1/products": "GET, HEAD, OPTIONS",
    "openapi.yaml": "GET, HEAD, OPTIONS",
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    """SQLite alone: none of this reaches the database."""
    return "sqlite"


def test_methods(client: Client, prefix: str) -> None:
    """OPTIONS names the methods of every path, and so does the 405 of any other."""
    for path, allowed in ALLOWED.items():
        options = client.request("OPTIONS", f"{prefix}/{path}")
        assert (options.status_code, options.headers["allow"], options.content) == (204, allowed, b"")
        assert ("accept-patch" in options.headers) == ("PATCH" in allowed)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - set(allowed.split(", ")):
            refused = client.request(method, f"{prefix}/{path}", json=BODY)
            assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
            assert refused.headers["allow"] == allowed


def test_head_is_get_without_the_body(client: Client, prefix: str) -> None:
    """HEAD has the status and headers of GET, `Content-Length` included, and no body; of an error too."""
    client.post("/v2/products", BODY)
    client.post("/v2/categories", {"name": "x"})
    for path in (
        "products",
        "products/1",
        "products/1?fields=id",
        "categories/1/products",
        "products/9",
        "nothing",
        "openapi.yaml",
    ):
        got, head = (
            client.request(method, f"{prefix}/{path}", headers={"X-Request-ID": "one"}) for method in ("GET", "HEAD")
        )
        assert head.content == b""
        assert (head.status_code, dict(head.headers)) == (got.status_code, dict(got.headers))
        assert int(got.headers["content-length"]) == len(got.content)


def test_unknown_addresses(client: Client, prefix: str) -> None:
    """An address that there is not is a 404 problem, never a redirect."""
    client.post("/v2/products", BODY)
    client.post("/v2/categories", {"name": "x"})
    for path in (
        "",
        "products/",
        "products/1/",
        "products/1/no",
        "product",
        "Products",
        "products%0A",
        "categories/1/products%0A",
    ):
        answer = client.get(f"{prefix}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "identity",
    ["0", "-1", "x", "1.0", "01", "+1", "1%0A", "%D9%A1", "9007199254740992", "9" * 30, "9" * 5000, "%00", "1%2F2"],
)
def test_ids_that_are_none(client: Client, prefix: str, identity: str) -> None:
    """A malformed or out-of-range id in a path names nothing, whatever is done to it."""
    for path in (f"products/{identity}", f"categories/{identity}"):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            assert client.request(method, f"{prefix}/{path}", json=BODY).status_code == 404
    assert client.get(f"{prefix}/categories/{identity}/products").status_code == 404
    assert client.post(f"{prefix}/products/{identity}/stock-adjustments", {"delta": 1}).status_code == 404


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 200),
        ("", 200),
        ("application/*", 200),
        ("APPLICATION/JSON", 200),
        ("application/json;q=0.1, text/html", 200),
        ("text/html, */*;q=0.1", 200),
        ("text/html, application/xhtml+xml, */*;q=0", 406),
        ("application/json;q=0, */*", 406),
        ("application/*;q=0, application/json", 200),
        ("text/html", 406),
        ("application/problem+json", 406),
        ("application/json;q=nonsense", 406),
        ("nonsense", 406),
    ],
)
def test_accept(client: Client, prefix: str, accept: str, status: int) -> None:
    """JSON is served where the most specific range that covers it allows it; else 406, before any effect."""
    assert client.get(f"{prefix}/products", accept=accept).status_code == status
    made = client.post(f"{prefix}/products", BODY, accept=accept)
    assert made.status_code == (201 if status == 200 else 406)
    assert len(client.get(f"{prefix}/products").json()["items"]) == (status == 200)
    missing = client.get(f"{prefix}/products/99", accept=accept)
    assert missing.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ('application/json; charset="UTF-8"', 200),
        ("application/json; charset=latin-1", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonp", 415),
        ("", 415),
        (None, 415),
    ],
)
def test_content_type(client: Client, prefix: str, content_type: str | None, status: int) -> None:
    """A body must be declared as JSON in UTF-8."""
    client.post(f"{prefix}/products", BODY)
    headers = {} if content_type is None else {"Content-Type": content_type}
    body = b'{"name": "Stool", "price": 5}'
    made = client.request("POST", f"{prefix}/products", content=body, headers=headers)
    assert made.status_code == (201 if status == 200 else 415)
    for method in ("PUT", "PATCH"):
        answer = client.request(method, f"{prefix}/products/1", content=body, headers=headers)
        assert answer.status_code == status
        assert ("accept-patch" in answer.headers) == (method == "PATCH" and status == 415)
    assert (client.get(f"{prefix}/products/1").json()["name"] == "Stool") == (status == 200)


def test_merge_patches_are_for_patch(client: Client) -> None:
    """A POST or PUT of a merge patch is refused, and so is a body that is encoded further."""
    client.post("/v2/products", BODY)
    patch = {"Content-Type": "application/merge-patch+json"}
    assert client.request("POST", "/v2/products", content=b"{}", headers=patch).status_code == 415
    assert client.request("PUT", "/v2/products/1", content=b"{}", headers=patch).status_code == 415
    encoded = patch | {"Content-Encoding": "gzip"}
    assert client.request("PATCH", "/v2/products/1", content=b"{}", headers=encoded).status_code == 415
