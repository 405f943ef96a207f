"""A stand between a client and a server that plays what networks and busy servers do to an order, then lets it through.

The first attempt reaches the server, and its answer is lost; the next ones are refused as the contract says. What is no
order passes untouched.
"""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

from tests.contract.rest_contract import contracts

LOST = "lost"
REFUSALS = ("idempotency_key_in_use", "unavailable", "rate_limited")
RETRY_AFTER = 1
_OWN = frozenset({"connection", "date", "server", "transfer-encoding", "content-length", "host"})


class Attempt(NamedTuple):
    """An order as it came by: when, under which key, what it asked for, and what became of it."""

    at: float
    key: str | None
    body: bytes
    fate: str


class Unruly:
    """What was attempted, and what befalls the attempts to come."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.attempts: list[Attempt] = []
        self.fates = [LOST, *REFUSALS]


@contextmanager
def unruly(port: int) -> Iterator[tuple[Unruly, str]]:
    """An unruly stand before a server on a port, and its URL."""
    state = Unruly(port)

    class Handler(_Handler):
        stand = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand: Unruly

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        graphql = self.path == "/graphql"
        orders = b"placeOrder" in body if graphql else (self.command, self.path) == ("POST", "/v2/orders")
        fate = self.stand.fates.pop(0) if orders and self.stand.fates else ""
        if orders:
            self.stand.attempts.append(Attempt(time.monotonic(), self.headers.get("idempotency-key"), body, fate))
        if fate in REFUSALS:
            self._send(*refused(fate, graphql=graphql))
            return
        status, headers, answer = self._passed_on(body)
        if fate == LOST:
            self.close_connection = True
            return
        self._send(status, headers, answer)

    do_GET = do_POST = do_PATCH = _serve  # noqa: N815 - http.server names them

    def _passed_on(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        onward = http.client.HTTPConnection("127.0.0.1", self.stand.port, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
        onward.request(self.command, self.path, body or None, headers)
        answer = onward.getresponse()
        got = answer.status, answer.getheaders(), answer.read()
        onward.close()
        return got

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _OWN:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def refused(code: str, *, graphql: bool) -> tuple[int, list[tuple[str, str]], bytes]:
    """A refusal in the words of the contract: REST's own example, or what GraphQL makes of it."""
    problem = _example(code)
    headers = [("Retry-After", str(RETRY_AFTER))]
    if not graphql or code == "rate_limited":
        headers.append(("Content-Type", "application/problem+json"))
        return problem["status"], headers, json.dumps(problem).encode()
    said = {"code": code.upper(), "message": problem["message"]}
    answer: dict[str, Any] = {"data": {"placeOrder": {"order": None, "userErrors": [{**said, "field": None}]}}}
    if code == "unavailable":
        extensions = {"code": said["code"], "retryAfter": RETRY_AFTER}
        error = {"message": said["message"], "path": ["placeOrder"], "extensions": extensions}
        answer = {"errors": [error], "data": {"placeOrder": None}}
    return 200, [*headers, ("Content-Type", "application/json")], json.dumps(answer).encode()


def _example(code: str) -> Any:
    for response in contracts()["/v2"].document["components"]["responses"].values():
        for content in response["content"].values():
            if code in content.get("examples", {}):
                return content["examples"][code]["value"]
    raise LookupError(code)
