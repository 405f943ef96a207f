"""SQLite without room, and SQLite that another process holds: told as such, and good again by itself."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from app.main import create_app
from app.settings import Settings
from app.stores import sqlite
from tests.conftest import Run
from tests.databases import Databases


@pytest.fixture
def url(databases: Databases) -> str:
    """A migrated SQLite database."""
    return databases.create("sqlite")


def _client(url: str, **settings: Any) -> httpx2.AsyncClient:
    app = create_app(Settings(database_url=url, auth="open", rate_limit="off", **settings))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost")


async def _create(client: httpx2.AsyncClient, description: str = "") -> httpx2.Response:
    body = json.dumps({"name": "Lamp", "price": 1, "description": description})
    return await client.post("/v2/products", content=body, headers={"content-type": "application/json"})


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Connections that may not let the database grow by much."""
    monkeypatch.setattr(sqlite, "_PRAGMAS", (*sqlite._PRAGMAS, "PRAGMA max_page_count = 120"))  # noqa: SLF001
    return


@pytest.mark.usefixtures("little_room")
def test_full(url: str, run: Run[Any]) -> None:
    """Writing is 507 `storage_full`, reading goes on, and nothing of what was refused is stored."""

    async def fill() -> tuple[int, httpx2.Response, int]:
        async with _client(url) as client:
            stored = 0
            while (answer := await _create(client, "x" * 9_000)).status_code == 201:
                stored += 1
            found = (await client.get("/v2/products?count=exact&limit=1")).json()["totalCount"]
            return stored, answer, found

    stored, answer, found = run(fill())
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert stored == found > 0


def test_locked(url: str, run: Run[Any]) -> None:
    """While another process holds the write lock, writing is 503 within the deadline, and reading goes on."""
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)

    async def scene() -> tuple[httpx2.Response, httpx2.Response, httpx2.Response]:
        async with _client(url, request_timeout=0.5) as client:
            other.execute("BEGIN IMMEDIATE")
            refused = await asyncio.wait_for(_create(client), 5)
            read = await client.get("/v2/products")
            other.execute("ROLLBACK")
            return refused, read, await _create(client)

    refused, read, after = run(scene())
    other.close()
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert read.status_code == 200
    assert after.status_code == 201
