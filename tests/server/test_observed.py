"""What a server tells of its requests: log lines and metrics, and what it never tells."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.domain.unit_of_work import Engine
from tests.databases import Databases
from tests.servers import Answer, Server, until, wire

_JSON = "Content-Type: application/json\r\n"
_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server leaves its log."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def server(databases: Databases, folder: Path) -> Iterator[Server]:
    """A server that asks for keys, meters, and shows its metrics to a token."""
    url = databases.create("sqlite")
    with Server(
        url,
        folder / "log",
        TANDEM_AUTH="keys",
        TANDEM_RATE_LIMIT="100000/minute",
        TANDEM_METRICS_TOKEN="a-token-of-16-characters",
    ) as made:
        yield made


def _ask(
    server: Server, path: str, method: str = "GET", body: bytes = b"", headers: str = "", host: str = "localhost"
) -> Answer:
    async def ask() -> Answer:
        async with wire(server) as client:
            return await client.ask(path, method, body, headers, host)

    return asyncio.run(ask())


def _line(server: Server, request_id: str) -> dict[str, Any]:
    """The access line of a request, once it is written."""

    def lines() -> list[dict[str, Any]]:
        told = map(json.loads, server.log.read_text().splitlines())
        return [line for line in told if line["event"] == "request" and line["request_id"] == request_id]

    until(lambda: bool(lines()))
    (line,) = lines()
    return line


def test_one_line_a_request(server: Server) -> None:
    """It has the ids, the template of the route, status, duration and size."""
    headers = f"X-Request-ID: r1\r\nX-Correlation-ID: c1\r\nTraceparent: {_TRACE}\r\n"
    answer = _ask(server, "/v2/products/41?fields=id", headers=headers)
    line = _line(server, "r1")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("ts"))
    assert line.pop("duration_ms") > 0
    assert line == {
        "level": "info",
        "event": "request",
        "method": "GET",
        "route": "/v2/products/{id}",
        "path": "/v2/products/41",
        "status": 404,
        "bytes": len(answer.body),
        "request_id": "r1",
        "correlation_id": "c1",
        "trace_id": _TRACE[3:35],
        "parent_id": _TRACE[36:52],
        "client": "127.0.0.1",
        "caller": "",
        "idempotency": "none",
    }
    assert (answer.headers["x-correlation-id"], answer.headers["traceparent"]) == ("c1", _TRACE)


def test_insane_ids_are_not_taken(server: Server) -> None:
    """What is no id is neither answered nor logged; a request id is made instead."""
    headers = "X-Request-ID: a b\r\nX-Correlation-ID: {}\r\nTraceparent: 00-0-0-00\r\n"
    answer = _ask(server, "/livez", headers=headers)
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    assert not {"x-correlation-id", "traceparent"} & answer.headers.keys()
    assert not {"correlation_id", "trace_id"} & _line(server, answer.headers["x-request-id"]).keys()


def test_long_paths_are_cut(server: Server) -> None:
    """Nobody fills the log faster than a line a request."""
    _ask(server, f"/{'a' * 60_000}", headers="X-Request-ID: long-1\r\n")
    assert _line(server, "long-1")["path"] == f"/{'a' * 999}"


def test_graphql_line_has_the_cost(server: Server) -> None:
    """The cost of a document is told."""
    body = b'{"query": "{ products(first: 100) { edges { node { name } } } }"}'
    _ask(server, "/graphql", "POST", body, f"{_JSON}X-Request-ID: g1\r\n")
    assert _line(server, "g1")["cost"] >= 1


def test_metrics(server: Server) -> None:
    """Requests by route and status, latency, limiter verdicts, GraphQL cost."""
    _ask(server, "/v2/categories")
    _ask(server, "/graphql", "POST", b'{"query": "{ __typename }"}', _JSON)
    assert server.metric('tandem_requests_total{method="GET",route="/v2/categories",status="200"}') == 1
    assert server.metric('tandem_request_seconds_count{method="GET",route="/v2/categories"}') == 1
    assert server.metric('tandem_rate_limit_total{verdict="allowed"}') >= 1
    assert server.metric("tandem_graphql_cost_points_count") >= 1
    assert server.metric('tandem_requests_in_flight{kind="http"}') == 1


def test_metrics_count_no_invented_addresses(server: Server) -> None:
    """However many addresses a client makes up, they are one route."""
    for number in range(20):
        _ask(server, f"/made/up/{number}")
        _ask(server, f"/v2/made-up-{number}")
    samples = [line for line in server.get("/metrics")[1].splitlines() if not line.startswith("#")]
    assert samples
    assert not [sample for sample in samples if "made" in sample]


@pytest.mark.parametrize("header", ["X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1", "Via: 1.1 proxy"])
def test_metrics_are_not_for_the_world(server: Server, header: str) -> None:
    """What a proxy passes on comes from the world, whatever it says; only the token opens."""
    assert _ask(server, "/metrics", headers=f"{header}\r\n").status == 404
    assert _ask(server, "/metrics", headers=f"{header}\r\nAuthorization: Bearer wrong\r\n").status == 404
    bearer = "Authorization: Bearer a-token-of-16-characters"
    assert _ask(server, "/metrics", headers=f"{header}\r\n{bearer}\r\n").status == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "192.0.2.1"])
def test_metrics_are_not_for_pages_that_pretend(server: Server, host: str) -> None:
    """A name that was made to mean this machine opens nothing; health has nothing to hide."""
    assert _ask(server, "/metrics", host=host).status == 404
    assert _ask(server, "/livez", host=host).status == 200
    assert _ask(server, "/metrics", host="[::1]:8000").status == 200


def test_a_fault_is_told_and_answered(databases: Databases, tmp_path: Path) -> None:
    """Over a database that lacks a column every request gets its answer, and the log the whole stack, once each."""
    url = databases.create("sqlite")
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("ALTER TABLE product RENAME COLUMN name TO gone")
    server = Server(url, tmp_path / "log")
    for path in ("/v2/products", "/v1/products", "/graphql?query={products{edges{node{name}}}}"):
        answer = _ask(server, path)
        assert (answer.status, json.loads(answer.body)["code"]) == (500, "internal_error")
    server.stop()
    log = server.log.read_text()
    assert log.count("Traceback") == log.count("OperationalError: no such column") == 3


def test_not_migrated(databases: Databases, engine: Engine, tmp_path: Path) -> None:
    """Over a database without tables each answer is 503 and names the command to run, and so does the log at once."""
    server = Server(databases.create(engine, empty=True), tmp_path / "log")
    for path in ("/v2/products", "/v1/categories", "/graphql?query={products{totalCount}}", "/readyz"):
        status, body = server.get(path)
        assert (status, "run `tandem migrate`" in body) == (503, True), body
    server.stop()
    lines = server.log.read_text().splitlines()
    told = next(number for number, line in enumerate(lines) if "run `tandem migrate`" in line)
    assert told < next(number for number, line in enumerate(lines) if "/v2/products" in line)
    assert not [line for line in lines if "Traceback" in line]
