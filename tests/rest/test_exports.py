"""The export over HTTP: the same lines as the command's, for those with a key."""

import asyncio
import csv
import io
import json
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from app.domain.callers import EVERYONE, Scope
from app.domain.unit_of_work import Database
from app.main import create_app
from app.rate_limiting.budget import Budget
from app.settings import Settings
from app.stores import keys
from rest import streamed
from rest.products.export import CSV, NDJSON, export_products
from tests.clients import Client, running
from tests.conftest import Run

pytestmark = pytest.mark.slow


def test_export(client: Client) -> None:
    """In open mode everyone gets every product that has a sku, a line each."""
    home = client.post("/v2/categories", {"name": "Home"}).json()["id"]
    for number in range(1_200):
        client.post("/v2/products", {"name": "Cup", "price": 1.5, "sku": f"C{number}", "categoryIds": [home]})
    client.post("/v2/products", {"name": "Nameless", "price": 2})
    answer = client.get("/v2/products/export")
    assert (answer.status_code, answer.headers["content-type"]) == (200, NDJSON)
    assert "etag" not in answer.headers
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["sku"] for line in found] == [f"C{number}" for number in range(1_200)]
    assert found[0] == {
        "sku": "C0",
        "name": "Cup",
        "description": "",
        "price": 1.5,
        "currency": "USD",
        "stock": None,
        "categories": ["Home"],
        "slug": "cup",
        "brand": None,
        "tags": [],
        "attributes": {},
        "status": "active",
        "gtin": None,
        "compareAtPrice": None,
        "weight": None,
    }


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv", CSV),
        ("TEXT/CSV;q=0.5, */*;q=0.1", CSV),
        ("text/*", CSV),
        ("*/*", NDJSON),
        ("application/x-ndjson, text/csv", NDJSON),
        ("text/csv;q=0.1, application/x-ndjson", NDJSON),
        ("application/json", NDJSON),
    ],
)
def test_csv(client: Client, accept: str, media_type: str) -> None:
    """Who prefers CSV gets what `tandem export --format csv` writes: a header, then a line for each product."""
    for name in ("Home", "A|B"):
        client.post("/v2/categories", {"name": name})
    lamp = {"name": 'Lamp "L", round', "price": 1.5, "sku": "L", "stock": 3, "categoryIds": [1, 2]}
    client.post("/v2/products", lamp)
    answer = client.get("/v2/products/export", accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert "Accept" in answer.headers["vary"].split(", ")
    if media_type == CSV:
        (row,) = csv.DictReader(io.StringIO(answer.text, newline=""))
        assert (row["sku"], row["name"], row["price"], row["stock"]) == ("L", lamp["name"], "1.5", "3")
        assert sorted(row["categories"].split("|")) == sorted(["Home", "A\\", "B"])
    assert (
        client.request("HEAD", "/v2/products/export", headers={"Accept": accept}).headers["content-type"] == media_type
    )


def test_its_address(client: Client) -> None:
    """It is an address like any other: HEAD, OPTIONS, 405, no parameters; v1 has none."""
    head = client.request("HEAD", "/v2/products/export")
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", NDJSON)
    assert client.request("OPTIONS", "/v2/products/export").headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.delete("/v2/products/export").status_code == 405
    assert client.get("/v2/products/export?format=csv").status_code == 422
    assert client.get("/v1/products/export").status_code == 404
    empty = client.get("/v2/products/export")
    assert (empty.status_code, empty.content) == (200, b"")


def test_it_needs_a_key(database_url: str, database: Database, run: Run[Any]) -> None:
    """Where keys are asked for, it is for those who have one, whatever its scopes."""
    secret = run(keys.create(database, "partner", [Scope.CATALOG_READ]))
    app = create_app(Settings(database_url=database_url, auth="keys", rate_limit="off"))
    lifespan = running(app)
    run(lifespan.__aenter__())
    client = Client(app, run)
    refused = client.get("/v2/products/export")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert client.get("/v2/products/export", authorization=f"Bearer {secret}").status_code == 200
    run(lifespan.__aexit__(None, None, None))


def test_only_so_many_at_once(database: Database, run: Run[Any]) -> None:
    """Two exports of one caller run at once; a third waits until one ends, or its client leaves."""

    async def scene() -> None:
        for _ in range(3):
            first, second = [await export_products(_request(), EVERYONE, database) for _ in range(2)]
            third = asyncio.create_task(export_products(_request(), EVERYONE, database))
            await asyncio.sleep(0)
            assert not third.done()
            await first(_request().scope, _leaving, _ignored)
            for answer in (second, await third):
                await answer(_request().scope, _leaving, _ignored)

    run(scene())


def test_who_takes_for_ever(database: Database, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that never comes to the end is hung up on; its snapshot and its place are let go."""
    monkeypatch.setattr(streamed, "_SECONDS", 0.01)

    async def scene() -> None:
        for _ in range(5):
            answer = await export_products(_request(), EVERYONE, database)
            with pytest.raises(TimeoutError):
                await answer(_request().scope, _staying, _taking)

    run(scene())


def _request() -> Request:
    scope: dict[str, Any] = {"type": "http", "method": "GET", "headers": [], "query_string": b""}
    scope["state"] = {"budget": Budget(None, scope, metered=True)}
    return Request(scope)


async def _leaving() -> Message:
    return {"type": "http.disconnect"}


async def _staying() -> Message:
    await asyncio.Event().wait()
    return {}


async def _taking(_: Message) -> None:
    await asyncio.Event().wait()


async def _ignored(_: Message) -> None:
    pass
