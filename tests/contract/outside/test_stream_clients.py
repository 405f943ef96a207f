"""Clients that are in use follow the changes: graphql-sse, Apollo Client over it, and EventSource."""

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from tests.contract.outside.conftest import NODE, Tool
from tests.databases import Databases
from tests.servers import Server


def _send(server: Server, method: str, path: str, members: dict[str, object]) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}",
        json.dumps(members).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=60):
        pass


@pytest.mark.parametrize("client", ["graphql-sse", "apollo", "eventsource"])
def test_follow(node: Tool, databases: Databases, tmp_path_factory: pytest.TempPathFactory, client: str) -> None:
    """Each sees every change once, in order, while others write; one of them over two connections."""
    server = Server(databases.create("sqlite"), tmp_path_factory.mktemp("streams") / "log", TANDEM_RATE_LIMIT="off")
    _send(server, "POST", "/v2/products", {"name": "P", "price": 1})
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(node, "streams.mjs", client, f"http://127.0.0.1:{server.port}", "20", cwd=NODE)
        for number in count():
            _send(server, "PATCH", "/v2/products/1", {"price": number + 2})
            if following.done():
                break
        done = following.result()
    server.stop()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == list(range(2, 22))
