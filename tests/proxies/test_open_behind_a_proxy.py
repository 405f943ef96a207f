"""A service that is open to its own machine is not open to the world behind a proxy on that machine."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.databases import Databases
from tests.proxies import fleet
from tests.proxies.nginx import nginx
from tests.servers import PATIENCE, Server

_USUAL = (
    "proxy_http_version 1.1; proxy_set_header Host $http_host;"
    "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
)


@pytest.fixture
def server(databases: Databases, tmp_path: Path) -> Iterator[Server]:
    """A server on loopback, TANDEM_AUTH unset."""
    with Server(databases.create("sqlite"), tmp_path / "log") as made:
        yield made


def _write(port: int) -> int:
    body = {"name": "Lamp", "price": 1}
    return httpx2.post(f"http://localhost:{port}/v2/products", json=body, timeout=PATIENCE).status_code


@pytest.mark.parametrize("location", ["", _USUAL], ids=["as it comes", "as one configures it"])
def test_behind_nginx(server: Server, tmp_path: Path, location: str) -> None:
    """Programs on this machine may write; through nginx, even from this machine, a key is needed, and no metrics."""
    with nginx(tmp_path, server.port, location) as port:
        assert _write(server.port) == 201
        assert _write(port) == 401
        assert httpx2.get(f"http://localhost:{port}/metrics", timeout=PATIENCE).status_code == 404
        assert httpx2.get(f"http://localhost:{port}/v2/products", timeout=PATIENCE).status_code == 200
    warnings = [line for line in server.log.read_text().splitlines() if "TANDEM_TRUSTED_PROXIES" in line]
    assert len(warnings) == (1 if location else 0)


@pytest.mark.parametrize("name", fleet.PROXIES)
def test_behind_others(server: Server, tmp_path: Path, name: str) -> None:
    """Through every proxy that names the client that it forwards for, a key is needed."""
    with fleet.running(name, tmp_path, server.port) as port:
        assert _write(port) == 401
        assert httpx2.get(f"http://localhost:{port}/metrics", timeout=PATIENCE).status_code == 404
        assert httpx2.get(f"http://localhost:{port}/v2/products", timeout=PATIENCE).status_code == 200


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "open to programs on this machine"),
        ({"TANDEM_AUTH": "open"}, "open: everyone"),
        ({"TANDEM_AUTH": "keys", "TANDEM_TRUSTED_PROXIES": "127.0.0.1"}, "keys:"),
    ],
)
def test_first_log_line(databases: Databases, tmp_path: Path, settings: dict[str, str], says: str) -> None:
    """The first line says who may do what, that the database is migrated, and which proxies are trusted."""
    server = Server(databases.create("sqlite"), tmp_path / "log", **settings)
    server.stop()
    lines = map(json.loads, server.log.read_text().splitlines())
    first = next(line for line in lines if "access" in line)
    assert first["access"].startswith(says)
    assert first["database"] == "migrated"
    assert first["trusted_proxies"] == ("127.0.0.1/32" if "TANDEM_TRUSTED_PROXIES" in settings else "none")


def test_open_by_hand(databases: Databases, tmp_path: Path) -> None:
    """TANDEM_AUTH=open stays open, behind a proxy too."""
    with (
        Server(databases.create("sqlite"), tmp_path / "log", TANDEM_AUTH="open") as server,
        nginx(tmp_path, server.port, "") as port,
    ):
        assert _write(port) == 201


def test_address_in_the_log(databases: Databases, tmp_path: Path) -> None:
    """The access log has the address of the client, which a trusted proxy forwards, and nobody else."""
    for trusted, address in (("127.0.0.1", "192.0.2.7"), ("10.0.0.1", "127.0.0.1")):
        server = Server(databases.create("sqlite"), tmp_path / trusted, TANDEM_TRUSTED_PROXIES=trusted)
        headers = {"X-Forwarded-For": "192.0.2.7"}
        assert (
            httpx2.get(f"http://127.0.0.1:{server.port}/v2/products", headers=headers, timeout=PATIENCE).status_code
            == 200
        )
        server.stop()
        lines = map(json.loads, server.log.read_text().splitlines())
        assert next(line for line in lines if line.get("path") == "/v2/products")["client"] == address
