"""Every proxy hands on what clients send and get: the short form of `make prove PROVE=proxies`."""

import asyncio
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.proxies import fleet, mixed
from tests.servers import Server

_REQUESTS = 400


@pytest.mark.parametrize("name", fleet.PROXIES)
def test_mixed_requests(databases: Databases, tmp_path: Path, name: str) -> None:
    """Reads, 304s, edits under the tags that the proxy rewrote, ranges, orders and uploads: no answer is wrong."""
    with (
        Server(databases.create("sqlite"), tmp_path / "log", TANDEM_AUTH="open") as server,
        fleet.running(name, tmp_path, server.port) as port,
    ):
        told = asyncio.run(mixed.visit(port, _REQUESTS))
    assert told.wrong == []
    assert told.kinds.total() >= _REQUESTS
    assert min(told.kinds.values()) > 0
