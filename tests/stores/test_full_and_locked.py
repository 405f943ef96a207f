"""SQLite without room, and SQLite that another process holds: told as such, and good again by itself."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextvars import copy_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from app.domain.errors import Unavailable
from app.main import create_app
from app.settings import Settings
from app.stores.sqlite import unit as sqlite_unit
from app.stores.sqlite import writer as sqlite_writer
from tests.conftest import Run
from tests.databases import sqlite_alone
from tests.servers import PATIENCE

engine = sqlite_alone()


def _client(database_url: str, **settings: Any) -> httpx2.AsyncClient:
    app = create_app(Settings(database_url=database_url, auth="open", rate_limit="off", **settings))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost")


async def _create(client: httpx2.AsyncClient, description: str = "") -> httpx2.Response:
    body = json.dumps({"name": "Lamp", "price": 1, "description": description})
    return await client.post("/v2/products", content=body, headers={"content-type": "application/json"})


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Connections that may not let the database grow by much."""
    monkeypatch.setattr(sqlite_unit, "_PRAGMAS", (*sqlite_unit._PRAGMAS, "PRAGMA max_page_count = 120"))  # noqa: SLF001
    return


@pytest.mark.usefixtures("little_room")
def test_full(database_url: str, run: Run[Any]) -> None:
    """Writing is 507 `storage_full`, reading goes on, and nothing of what was refused is stored."""

    async def fill() -> tuple[int, httpx2.Response, int]:
        async with _client(database_url) as client:
            stored = 0
            while (answer := await _create(client, "x" * 9_000)).status_code == 201:
                stored += 1
            found = (await client.get("/v2/products?count=exact&limit=1")).json()["totalCount"]
            return stored, answer, found

    stored, answer, found = run(fill())
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert stored == found > 0


def test_locked(database_url: str, run: Run[Any]) -> None:
    """While another process holds the write lock, writing is 503 within the deadline, and reading goes on."""
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)

    async def scene() -> tuple[httpx2.Response, httpx2.Response, httpx2.Response]:
        async with _client(database_url, request_timeout=0.5) as hurried, _client(database_url) as client:
            other.execute("BEGIN IMMEDIATE")
            refused = await asyncio.wait_for(_create(hurried), PATIENCE)
            read = await client.get("/v2/products")
            other.execute("ROLLBACK")
            return refused, read, await _create(client)

    refused, read, after = run(scene())
    other.close()
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert read.status_code == 200
    assert after.status_code == 201


def test_each_waits_for_the_lock_from_its_own_start(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that came later, behind a group that waits, is told busy by its own time: not sooner, and no second wait."""
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        assert now < 100

    monkeypatch.setattr(sqlite_writer, "time", SimpleNamespace(monotonic=lambda: now, sleep=sleep))
    path = Path(database_url.removeprefix("sqlite:///"))
    other, connection = sqlite3.connect(path, isolation_level=None), sqlite_unit.connect(path)
    connection.execute("PRAGMA busy_timeout = 0")
    other.execute("BEGIN IMMEDIATE")
    with asyncio.Runner() as runner:
        waiting = [_job(runner, lambda unit: _nothing(), until) for until in (10.0, 10.0, 13.0, 17.0)]
        unit = sqlite_unit.SqliteUnit(connection, lambda: 0, lambda: None)
        for told, at in ((2, 10.0), (1, 13.0)):
            outcomes = sqlite_writer.commit(unit, waiting)
            assert [type(outcome.error) for outcome in outcomes] == [sqlite_unit.Busy] * told
            assert at <= now < at + 0.01
            waiting = waiting[told:]
        other.execute("ROLLBACK")
        (landed,) = sqlite_writer.commit(unit, waiting)
    assert landed.error is None
    other.close()
    connection.close()


async def _nothing() -> None:
    """Work that does nothing."""


def _job(runner: asyncio.Runner, work: Callable[[Any], Any], until: float = 10.0) -> sqlite_writer.Job:
    return sqlite_writer.Job(work, runner.get_loop().create_future(), until, copy_context())


async def _dangle(unit: sqlite_unit.SqliteUnit) -> None:
    """Work that only a commit can refuse."""
    unit.connection.execute("PRAGMA defer_foreign_keys = ON")
    unit.connection.execute("INSERT INTO product_value (name, value, product_id, label) VALUES ('a', 'b', 99, 'B')")


async def _roll_back(unit: sqlite_unit.SqliteUnit) -> None:
    """Work at which SQLite ends the transaction, as it may where a disk is full."""
    unit.connection.execute("ROLLBACK")
    raise sqlite3.OperationalError("planted")


@pytest.mark.parametrize("work", [_dangle, _roll_back])
def test_a_group_that_fails(database_url: str, work: Callable[[Any], Any]) -> None:
    """Where the transaction of a group fails, all of the group are told, nothing is stored, and the next one lands."""

    async def write(unit: sqlite_unit.SqliteUnit) -> None:
        unit.connection.execute("UPDATE oldest_release SET revision = 'planted'")

    connection = sqlite_unit.connect(Path(database_url.removeprefix("sqlite:///")))
    with asyncio.Runner() as runner:
        unit = sqlite_unit.SqliteUnit(connection, lambda: 0, lambda: None)
        outcomes = sqlite_writer.commit(unit, [_job(runner, write), _job(runner, work)])
        assert [isinstance(outcome.error, sqlite3.Error) for outcome in outcomes] == [True, True]
        assert not connection.execute("SELECT * FROM oldest_release WHERE revision = 'planted'").fetchall()
        (landed,) = sqlite_writer.commit(unit, [_job(runner, write)])
    assert landed.error is None
    assert connection.execute("SELECT revision FROM oldest_release").fetchall() == [("planted",)]
    connection.close()


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    """A file that cannot be opened is an outage, which may end, and no fault of ours."""
    with pytest.raises(Unavailable):
        sqlite_unit.connect(tmp_path)
