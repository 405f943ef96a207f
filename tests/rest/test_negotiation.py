"""Methods, paths and media types: what is allowed, what is refused, and that a refusal has no effect."""

import codecs

import pytest

from tests.clients import Client
from tests.databases import sqlite_alone
from tests.images import drawn, encoded

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


engine = sqlite_alone()  # none of this reaches the database


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
    """An address that there is not, with or without a slash at its end, is a 404 problem."""
    client.post("/v2/products", BODY)
    client.post("/v2/categories", {"name": "x"})
    for path in (
        "products//",
        "/",
        "product/",
        "products/1/no",
        "products/1/no/",
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
        ("application/problem+json", 200),
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


@pytest.mark.parametrize("accept", ["application/problem+json", "application/*+json", "application/hal+json;q=0.1"])
def test_other_names_of_json(client: Client, prefix: str, accept: str) -> None:
    """Who names a JSON media type with a suffix gets JSON, over GraphQL too; who rules JSON out does not."""
    assert client.get(f"{prefix}/products", accept=accept).headers["content-type"] == "application/json"
    assert client.post("/v2/products", BODY, accept=accept).status_code == 201
    assert client.get("/graphql?query={__typename}", accept=accept).json()["data"] == {"__typename": "Query"}
    for refused in (f"application/json;q=0, {accept}", "application/problem+json;q=0", "text/html"):
        assert client.get(f"{prefix}/products", accept=refused).status_code == 406


def test_no_body_demands_nothing(client: Client, prefix: str) -> None:
    """A request whose success has no body succeeds, whatever `Accept` says: generated clients name problems alone."""
    client.post("/v2/products", BODY)
    client.post("/v2/categories", {"name": "x"})
    client.upload("/v2/products/1/image", encoded(drawn(), "PNG"))
    file = client.upload("/v2/files", b"x").json()["id"]
    for path in ("products/1/image", f"files/{file}", "products/1", "categories/1"):
        answer = client.delete(f"{prefix}/{path}", accept="application/problem+json;q=0.5, image/png")
        assert (answer.status_code, answer.content) == (204, b""), path


@pytest.mark.parametrize("marks", [0, 1, 2])
def test_byte_order_mark(client: Client, prefix: str, marks: int) -> None:
    """JSON behind a byte order mark is read, over GraphQL too; a second mark is no JSON."""
    headers = {"Content-Type": "application/json"}
    mark, status = codecs.BOM_UTF8 * marks, 400 if marks == 2 else 200
    made = client.request("POST", f"{prefix}/products", content=mark + b'{"name": "x", "price": 1}', headers=headers)
    assert made.status_code == (201 if status == 200 else status)
    body = mark + b'{"query": "{ __typename }"}'
    assert client.request("POST", "/graphql", content=body, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/v2/products/", "/v2/products"),
        ("/v1/products/?limit=1&q=a%20b", "/v1/products?limit=1&q=a%20b"),
        ("/v2/products/1/", "/v2/products/1"),
        ("/v2/products/%3Chi%3E%C3%A9/", "/v2/products/%3Chi%3E%C3%A9"),
        ("/v2/", "/v2"),
        ("/graphql/", "/graphql"),
        ("/docs/", "/docs"),
        ("/shop/?product=1", "/shop?product=1"),
    ],
)
def test_slash_at_the_end(client: Client, address: str, target: str) -> None:
    """An address with a slash too many leads on by 308, whatever the method, since 308 keeps it."""
    for method in ("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"):
        answer = client.request(method, address)
        assert (answer.status_code, answer.headers["location"], answer.content) == (308, target, b"")


def test_writes_follow(client: Client) -> None:
    """A client that follows the redirect of a POST creates what it sent."""
    made = client.request("POST", "/v2/products/", json=BODY, follow_redirects=True)
    assert (made.status_code, made.headers["location"]) == (201, "/v2/products/1")


def test_index(client: Client, prefix: str) -> None:
    """A version's root names addresses that are all there; it is cacheable and read only."""
    index = client.get(prefix)
    links = index.json()["links"]
    assert {"products", "categories", "orders", "rateLimit", "openapi", "docs"} <= links.keys()
    assert {client.get(link, accept="*/*").status_code for link in links.values()} == {200}
    assert index.json()["deprecated"] == ("deprecation" in index.headers) == (prefix == "/v1")
    assert index.headers["cache-control"] == "no-cache"
    assert client.get(prefix, if_none_match=index.headers["etag"]).status_code == 304
    assert client.get(f"{prefix}?limit=1").status_code == 422
    assert client.post(prefix, {}).headers["allow"] == "GET, HEAD, OPTIONS"
