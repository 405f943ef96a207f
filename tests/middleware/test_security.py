"""Security headers, allowed hosts, and what other origins may do."""

from collections.abc import Callable

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.middleware import security
from app.middleware.observe import Observe
from tests.clients import Client
from tests.conftest import Run
from tests.middleware.conftest import ADDRESS, Served

Serve = Callable[..., Served]
ORIGIN = "https://shop.example"
FIELDS = "If-Match,Idempotency-Key,baggage,sentry-trace,apollographql-client-name,X-Requested-With"


@pytest.mark.parametrize("path", ["/v2/products", "/v1/nothing", "/graphql", "/livez", "/errors/conflict", "/nowhere"])
def test_every_answer(served: Served, path: str) -> None:
    """Every answer, errors included, is not to be sniffed, framed or embedded."""
    headers = served.client().get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert len(headers.get_list("content-security-policy")) == 1
    assert "strict-transport-security" not in headers


def test_https(serve: Serve) -> None:
    """What came by https stays on https; the word of a stranger does not count."""
    served = serve(trusted_proxies=ADDRESS)
    for client, told in ((served.client(), True), (served.client("192.0.2.2"), False)):
        headers = client.get("/livez", x_forwarded_proto="https").headers
        assert ("strict-transport-security" in headers) == told


def test_images_may_be_embedded(run: Run[Response]) -> None:
    """An image may stand on another site's page; a header that is set already is left alone."""

    async def image(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(b"", headers={"Referrer-Policy": "origin"}, media_type="image/png")(scope, receive, send)

    headers = Client(Observe(image, lambda _: None, completions=[security.complete]), run).get("/").headers
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers.get_list("referrer-policy") == ["origin"]
    assert headers.keys() >= security.HEADERS - {"strict-transport-security"}


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("api.example", True),
        ("API.example:8000", True),
        ("a.b.example.org", True),
        ("[::1]:8000", True),
        ("example.org", False),
        ("evil.example", False),
        ("evilexample.org", False),
        ("api.example.evil.test", False),
        ("", False),
        ("api.example, evil.example", False),
        ("api.example:evil", False),
        ("api.example:80:80", False),
    ],
)
def test_hosts(serve: Serve, host: str, allowed: bool) -> None:
    """Only the hosts of the setting are served, to anybody but a health probe."""
    client = serve(allowed_hosts="api.example, *.example.org, ::1").client()
    answer = client.get("/v2/products", host=host)
    assert answer.status_code == (200 if allowed else 400)
    if not allowed:
        assert answer.json()["code"] == "unknown_host"
        assert host not in answer.text or not host
    assert client.get("/livez", host=host).status_code == 200


def test_no_answer_is_made_of_a_host(served: Served) -> None:
    """Links and locations are path-absolute, whatever host was asked."""
    answer = served.client().get("/v2/products?limit=1", host="evil.example")
    assert answer.status_code == 200
    assert "evil" not in answer.text + str(answer.headers)


def test_other_origins(serve: Serve) -> None:
    """A listed origin may send what clients send and read what they read, on refusals too; no other may."""
    client = serve(cors_origins=f"{ORIGIN}/,https://other.example", rate_limit="1/hour").client()
    ask = {
        "access_control_request_method": "PATCH",
        "access_control_request_headers": FIELDS,
        "access_control_request_private_network": "true",
    }
    headers = {name.replace("_", "-"): value for name, value in ask.items()}
    preflight = client.request("OPTIONS", "/shared", headers=headers | {"origin": ORIGIN})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    assert preflight.headers["access-control-allow-headers"] == FIELDS
    assert preflight.headers["access-control-allow-private-network"] == "true"
    assert "access-control-allow-credentials" not in preflight.headers
    for status in (200, 429):
        answer = client.get("/graphql?query={__typename}", origin=ORIGIN)
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["access-control-expose-headers"] == "*"
    refused = client.request("OPTIONS", "/shared", headers=headers | {"origin": "https://evil.example"})
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
    assert "access-control-allow-origin" not in client.get("/livez", origin="https://evil.example").headers


def test_no_origins(served: Served) -> None:
    """Unset, no page of another origin may read anything."""
    answer = served.client().get("/livez", origin=ORIGIN)
    assert not [name for name in answer.headers if name.startswith("access-control")]
