"""What v1 says of its own end, on every answer that it gives."""

import pytest

from app.http.request_state import RequestState
from app.settings import Settings
from rest.versions import Signals
from tests.clients import Client
from tests.databases import sqlite_alone

BODY = {"name": "Lamp", "price": 40}


engine = sqlite_alone()  # none of this depends on the engine


def test_every_answer_of_v1_is_signed(client: Client) -> None:
    """Successes, refusals and answers without a body all say since when, until when, and where to go."""
    client.post("/v2/products", BODY)
    for method, path, status in (
        ("GET", "/products", 200),
        ("POST", "/products", 201),
        ("GET", "/products/1", 200),
        ("HEAD", "/products/1", 200),
        ("OPTIONS", "/products/1", 204),
        ("GET", "/products/9?fields=id", 404),
        ("GET", "/products?limit=0", 422),
        ("GET", "/products?cursor=x", 400),
        ("PUT", "/products", 405),
        ("GET", "/nothing%3E%22%0A%C3%A9", 404),
        ("GET", "/openapi.yaml", 200),
        ("DELETE", "/products/1", 204),
    ):
        answer = client.request(method, f"/v1{path}", json=BODY)
        assert answer.status_code == status
        assert answer.headers["deprecation"] == "@1767225600"
        assert answer.headers["sunset"] == "Thu, 31 Dec 2026 00:00:00 GMT"
        successor = f'</v2{path.partition("?")[0]}>; rel="successor-version", </docs>; rel="deprecation"'
        assert answer.headers["link"].endswith(successor)
        other = client.request(method, f"/v2{path}", json=BODY).headers
        assert not {"deprecation", "sunset"} & other.keys()
        assert "deprecation" not in other.get("link", "")


def test_not_modified_is_signed(client: Client) -> None:
    """A 304 is an answer too."""
    tag = client.get("/v1/products").headers["etag"]
    assert "sunset" in client.get("/v1/products", if_none_match=tag).headers


@pytest.mark.parametrize(
    ("path", "root", "link"),
    [
        ("/v1", "", b'</v2>; rel="successor-version", </docs>; rel="deprecation"'),
        ("/v1/", "", b'</v2/>; rel="successor-version", </docs>; rel="deprecation"'),
        ("/api/v1/x", "/api", b'</api/v2/x>; rel="successor-version", </api/docs>; rel="deprecation"'),
        ("/v11/products", "", None),
        ("/v2/v1/products", "", None),
        ("/graphql", "", None),
    ],
)
def test_signals_know_their_paths(path: str, root: str, link: bytes | None) -> None:
    """What is under /v1 is signed, wherever the application is mounted, and nothing else."""
    scope = {"type": "http", "path": path, "root_path": root}
    request = RequestState(scope, None, [])  # type: ignore[arg-type] # nothing is sent
    Signals(Settings(v1_deprecated_at="2026-02-03", v1_sunset_at="2027-04-05"))(request)
    signs = [(b"deprecation", b"@1770076800"), (b"sunset", b"Mon, 05 Apr 2027 00:00:00 GMT"), (b"link", link)]
    assert request.fields == ([] if link is None else signs)
