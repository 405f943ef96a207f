"""A server with replicas, over both protocols: what was written is read at once, and the rest comes from a replica."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.stores.migrate import migrate
from tests.databases import own_server
from tests.redis_server import RedisServer
from tests.servers import Server, until
from tests.standbys import caught_up, standby

pytestmark = pytest.mark.postgresql
_MERGE = {"Content-Type": "application/merge-patch+json"}
_CREATE = 'mutation { it: createProduct(input: {name: "Urn", price: 2}) { product { productId name } } }'
_READS = 'tandem_replicable_reads_total{to="%s"}'


def test_both_protocols(redis_server: RedisServer, tmp_path: Path) -> None:
    """While the replica stands still, both protocols show what both have written; then it serves reads again."""
    with ExitStack() as at_end:
        primary = own_server(at_end)
        migrate(primary.url)
        replica = standby(at_end, primary)
        urls = {"TANDEM_DATABASE_REPLICA_URLS": replica.url, "TANDEM_REDIS_URL": redis_server.url}
        server = Server(primary.url, tmp_path / "log", TANDEM_AUTH="open", **urls)
        at_end.callback(server.stop)
        client = at_end.enter_context(httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=30))
        _until_read_from_replica(client, server)
        replica.pause()
        kettle = client.post("/v2/products", json={"name": "Kettle", "price": 1}).json()
        tag = client.get(f"/v2/products/{kettle['id']}").headers["etag"]
        assert _names(client) == ["Kettle"]
        _ask(client, _CREATE)
        assert _names(client) == ["Kettle", "Urn"]
        changed = client.patch(f"/v2/products/{kettle['id']}", json={"name": "Pot"}, headers=_MERGE)
        assert changed.status_code == 200
        again = client.get(f"/v2/products/{kettle['id']}", headers={"If-None-Match": tag})
        assert (again.status_code, again.json()["name"]) == (200, "Pot")
        edges = _ask(client, "{ it: products(first: 5) { edges { node { name } } } }")["edges"]
        assert [edge["node"]["name"] for edge in edges] == ["Pot", "Urn"]
        replica.resume()
        asyncio.run(caught_up(primary.url, replica.url))
        _until_read_from_replica(client, server)
        assert _names(client) == ["Pot", "Urn"]


def _until_read_from_replica(client: httpx2.Client, server: Server) -> None:
    before = server.metric(_READS % "replica")

    def read() -> bool:
        _names(client)
        return server.metric(_READS % "replica") > before

    until(read)


def _names(client: httpx2.Client) -> list[str]:
    """The names of all products, by an address that was not asked for before."""
    page = client.get("/v2/products", params={"limit": 5, "sort": "id", "count": "exact"}).json()
    return [item["name"] for item in page["items"]]


def _ask(client: httpx2.Client, query: str) -> Any:
    return client.post("/graphql", json={"query": query}).json()["data"]["it"]
