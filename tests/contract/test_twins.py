"""graphql/operations/*.curl: the REST twin of an example, run as it is printed, gives the same data."""

import asyncio
import json
import os
import shutil
import subprocess
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import seed.loader
from app.stores.database import open_database
from tests.databases import Databases
from tests.servers import Server

pytestmark = pytest.mark.server


FOLDER = Path(__file__).parent.parent.parent / "graphql" / "operations"
TWINS = sorted(FOLDER.glob("*.curl"))
_WITHOUT = {"04-last-products", "06-category-tree", "07-nodes", "08-rate-limit"}
"""REST reads no list from its end, no tree and no mixed bag in one request; and what is left changes by the second."""
_MONEY = {"price", "total", "unitPrice", "lineTotal"}
_OWN_IDS = ("productId", "orderId", "categoryId", "imageId", "variantId")
_LEFT_OUT = {"id", "etag", "cursor"}
"""Global ids, and cursors in the middle of a page, are GraphQL's alone; a REST client has the tag in a header."""


def _in_rest(value: Any, name: str = "", *, inside: bool = False) -> Any:
    """GraphQL's data in REST's words: lists for connections, plain ids, numbers for prices."""
    if name == "attributes":
        return {one["name"]: one["value"] for one in value}
    if name == "options" and all("value" in one for one in value):
        return {one["name"]: one["value"] for one in value}
    if isinstance(value, list):
        return [_in_rest(one, inside=True) for one in value]
    if name in _MONEY:
        return Decimal(value)
    if not isinstance(value, dict):
        return value.lower() if name == "status" and isinstance(value, str) else value
    if "edges" in value:
        items = [_in_rest(edge["node"], inside=True) for edge in value["edges"]]
        return items if inside else {"items": items} | _of_page(value)
    members = {key: _in_rest(one, key, inside=True) for key, one in value.items() if key not in _LEFT_OUT}
    own = [key for key in _OWN_IDS if key in members and "quantity" not in members]
    return {"id" if key in own else key: one for key, one in members.items()}


def _of_page(connection: dict[str, Any]) -> dict[str, Any]:
    info, told = connection.get("pageInfo", {}), {}
    if "hasNextPage" in info:
        told["nextCursor"] = info["endCursor"] if info["hasNextPage"] else None
    if "hasPreviousPage" in info:
        told["prevCursor"] = info["startCursor"] if info["hasPreviousPage"] else None
    return told | {key: one for key, one in connection.items() if key == "totalCount"}


def _shown(rest: Any, like: Any) -> Any:
    """Of what REST answers, what GraphQL was asked for."""
    if isinstance(like, list) and isinstance(rest, list) and len(like) == len(rest):
        return [_shown(one, alike) for one, alike in zip(rest, like, strict=True)]
    if isinstance(like, dict) and isinstance(rest, dict):
        return {key: _shown(rest.get(key, "is not there"), alike) for key, alike in like.items()}
    return rest


def _over_graphql(server: Server, example: Path) -> Any:
    beside = example.with_suffix(".variables.json")
    given = json.loads(beside.read_text()) if beside.exists() else {}
    body = json.dumps({"query": example.read_text(), "variables": given.get("variables")}).encode()
    headers = {"Content-Type": "application/json"} | given.get("headers", {})
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/graphql", body, headers)
    with urllib.request.urlopen(request) as answer:
        (held,) = json.load(answer)["data"].values()
    if "results" in held:  # of a batch
        return {"results": [_in_rest(one, inside=True) for one in held["results"]]}
    payload = [one for key, one in held.items() if key not in {"userErrors", "productEdge"}]
    return _in_rest(payload[0] if "userErrors" in held else held)


def _over_rest(server: Server, twin: Path) -> Any:
    command = twin.read_text().replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
    printed = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=True).stdout
    return json.loads(printed, parse_float=Decimal)


@pytest.fixture(scope="module")
def answers(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, Any]]:
    """What each example and its twin answer, run one after the other over the seed catalogue."""
    if shutil.which("curl") is None:
        if "curl" in os.environ.get("TANDEM_TEST_REQUIRE", ""):
            pytest.fail("there is no curl, and it is required")
        pytest.skip("there is no curl here")
    url = databases.create("sqlite")

    async def seeded() -> None:
        database = open_database(url)
        await seed.loader.load(database, lambda *_: None)
        await database.close()

    asyncio.run(seeded())
    with Server(url, tmp_path_factory.mktemp("twins") / "log") as server:
        return {
            twin.stem: (_over_graphql(server, twin.with_suffix(".graphql")), _over_rest(server, twin)) for twin in TWINS
        }


@pytest.mark.parametrize("name", [twin.stem for twin in TWINS])
def test_same_data(answers: dict[str, tuple[Any, Any]], name: str) -> None:
    """The twin has all that the example shows, with the same values; a mutation's is the same effect, replayed."""
    graphql, rest = answers[name]
    assert graphql
    assert _shown(rest, graphql) == graphql


def test_every_example_has_a_twin() -> None:
    """An example has a twin, unless REST has no such request."""
    assert {twin.stem for twin in TWINS} == {path.stem for path in FOLDER.glob("*.graphql")} - _WITHOUT
