"""Server-sent events come through every proxy as they happen, compressed or not."""

from pathlib import Path

import httpx2
import pytest

from tests.databases import Databases
from tests.proxies import fleet
from tests.servers import PATIENCE, Server


@pytest.mark.parametrize("name", fleet.PROXIES)
def test_events_are_not_held_back(databases: Databases, tmp_path: Path, name: str) -> None:
    """Each product that is made while a client listens reaches it before the next one is made."""
    with (
        Server(databases.create("sqlite"), tmp_path / "log", TANDEM_AUTH="open") as server,
        fleet.running(name, tmp_path, server.port) as port,
    ):
        for encoding in ("identity", "gzip"):
            _listen(f"http://127.0.0.1:{port}/v2", encoding)


def _listen(address: str, encoding: str) -> None:
    headers = {"Accept": "text/event-stream", "Accept-Encoding": encoding}
    with (
        httpx2.Client(timeout=PATIENCE) as http,
        httpx2.stream("GET", f"{address}/changes?after=now", headers=headers, timeout=PATIENCE) as answer,
    ):
        assert answer.headers["content-type"] == "text/event-stream"
        lines = answer.iter_lines()
        for number in range(3):
            made = http.post(f"{address}/products", json={"name": f"Lamp {number}", "price": 1}).json()["id"]
            data = next(line for line in lines if line.startswith("data:"))
            assert f'"id":{made}' in data.replace(" ", ""), data
