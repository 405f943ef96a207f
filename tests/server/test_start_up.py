"""What the first log lines say of settings and servers."""

import json
from pathlib import Path

import httpx2

from tests.databases import Databases
from tests.ports import free_port
from tests.servers import PATIENCE, Server

_JSON = {"Content-Type": "application/json"}


def test_misspelt_settings(databases: Databases, tmp_path: Path) -> None:
    """A variable that looks like a setting and is none is named, with the one that was probably meant."""
    server = Server(databases.create("sqlite"), tmp_path / "log", TANDEM_RATELIMIT="9/hour", TANDEM_COLOUR="red")
    server.stop()
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    told = {line["name"]: line["advice"] for line in lines if line["event"] == "unknown setting"}
    assert told == {"TANDEM_RATELIMIT": "did you mean TANDEM_RATE_LIMIT?", "TANDEM_COLOUR": "it is ignored"}


def test_parts_that_are_away(tmp_path: Path) -> None:
    """A database and a Redis that do not answer at the start are logged, with what was said in their place."""
    away = f"127.0.0.1:{free_port()}"
    server = Server(
        f"postgresql://nobody@{away}/none",
        tmp_path / "log",
        TANDEM_REDIS_URL=f"redis://{away}",
        TANDEM_RATE_LIMIT="9/minute",
    )
    server.stop()
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    told = {line["part"]: line for line in lines if line["event"] == "not ready"}
    assert told.keys() == {"database", "redis"}
    assert "refused" in told["database"]["cause"].lower()


def test_plain_uvicorn(databases: Databases, tmp_path: Path) -> None:
    """`uvicorn app.main:app` asks for keys, bounds bodies, and says at start what it cannot enforce."""
    with (
        Server(databases.create("sqlite"), tmp_path / "log", plain=True) as server,
        httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=PATIENCE) as client,
    ):
        assert client.post("/v2/products", json={"name": "Lamp", "price": 1}).status_code == 401
        assert client.post("/graphql", content=b" " * 2_000_000, headers=_JSON).status_code == 413
    warning = next(line for line in server.log.read_text().splitlines() if "not_enforced" in line)
    assert "tandem serve" in warning
    assert "bytes of an interrupted upload" in warning
