"""Which requests are local: the rule by which an unset TANDEM_AUTH opens the service, and /metrics answers."""

from typing import Any

import pytest

from app.http.local_requests import is_local


def _scope(peer: str | None = "127.0.0.1", host: str = "localhost:8000", version: str = "1.1", *fields: str) -> Any:
    headers = [(b"host", host.encode()), *((name.encode(), b"x") for name in fields)]
    client = None if peer is None else (peer, 50_000)
    return {"type": "http", "client": client, "http_version": version, "headers": headers}


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1"])
@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "a.localhost", "127.0.0.1:80", "127.3.2.1", "[::1]:80"]
)
def test_local(peer: str, host: str) -> None:
    """A loopback peer that asks for a loopback name is local."""
    assert is_local(_scope(peer, host))


@pytest.mark.parametrize("peer", [None, "192.0.2.1", "::ffff:192.0.2.1", "10.0.0.1", "nonsense"])
def test_peer_elsewhere(peer: str | None) -> None:
    """A peer that is not loopback, or has no address, is not."""
    assert not is_local(_scope(peer))


@pytest.mark.parametrize(
    "host",
    [
        "",
        "shop.example",
        "localhost.example",
        "127.0.0.1.example",
        "192.0.2.1",
        "0.0.0.0",
        "localhost:evil",
        "localhost:80:80",
        ".localhost",
        "[::1]x",
    ],
)
def test_host_elsewhere(host: str) -> None:
    """A Host that names anything but loopback may be a rebound name."""
    assert not is_local(_scope(host=host))


@pytest.mark.parametrize(
    "field",
    [
        *("forwarded", "via", "x-real-ip", "true-client-ip", "cf-connecting-ip"),
        *("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-prefix", "x-forwarded-anything"),
    ],
)
def test_forwarded(field: str) -> None:
    """A field that a proxy adds says that the request comes from elsewhere."""
    assert not is_local(_scope("127.0.0.1", "localhost", "1.1", field))


def test_old_version() -> None:
    """HTTP/1.0 is what nginx sends when nobody configures it."""
    assert not is_local(_scope(version="1.0"))
