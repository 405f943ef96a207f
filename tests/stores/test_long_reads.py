"""SQLite's long reads: whatever takes long leaves the event loop to the others, and ends in time."""

import threading
from typing import Any

import pytest

from app.domain.catalogue import products
from app.domain.catalogue.products import Filter
from app.domain.errors import Unavailable
from app.domain.pagination import paging, selection
from app.domain.pagination.paging import Page, Sort, Window
from app.domain.unit_of_work import Unit
from app.stores.database import open_database
from app.stores.sqlite import limits as sqlite_limits
from app.stores.sqlite.database import SqliteDatabase
from tests.catalogues import fill
from tests.conftest import Run
from tests.databases import Databases, sqlite_alone

engine = sqlite_alone()


@pytest.fixture(scope="module")
def database_url(databases: Databases) -> str:
    """An SQLite database of 30,000 products."""
    made = databases.create("sqlite")
    fill(made, 30_000)
    return made


def read(database: SqliteDatabase, run: Run[Any], filter_: Filter, *, snapshot: bool = False) -> tuple[int, list[str]]:
    """How many products the first page of a list has, and the threads that read for it, one after the other."""
    threads = []

    async def work(unit: Unit) -> Page:
        threads.append(threading.current_thread().name.rpartition("_")[0])
        return await paging.page(
            unit, products.LISTING, filter_, Sort("name"), Window(100), tuple(products.LISTING.columns)
        )

    page = run(database.read(work, snapshot=snapshot))
    return len(page.rows), threads


@pytest.mark.parametrize("snapshot", [False, True])
def test_they_move(database: SqliteDatabase, run: Run[Any], snapshot: bool) -> None:
    """A page that the event loop has to look for among all products is found on a thread instead."""
    loop, thread = "", "sqlite-reader"
    assert read(database, run, Filter(currency="CHF"), snapshot=snapshot) == (30, [loop, thread])
    assert read(database, run, Filter(currency="CLF"), snapshot=snapshot) == (0, [loop, thread])


def test_short_ones_stay(database: SqliteDatabase, run: Run[Any]) -> None:
    """However many short reads there were, none of them leaves the event loop: what each may take is its own."""
    read(database, run, Filter())
    for _ in range(50):
        assert read(database, run, Filter()) == (100, [""])


def test_statements_are_compiled_on_a_thread(database: SqliteDatabase, run: Run[Any]) -> None:
    """The first read of a shape leaves the event loop, since its statement has to be made; the next one stays."""
    selection.page_statement.cache_clear()
    assert read(database, run, Filter(sku="s1")) == (1, ["", "sqlite-reader"])
    assert read(database, run, Filter(sku="s2")) == (1, [""])


def test_they_end(database: SqliteDatabase, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A read that takes longer than it may is given up: 503, not a thread that is gone for good."""
    monkeypatch.setattr(sqlite_limits, "SECONDS", 0.0)
    with pytest.raises(Unavailable):
        read(database, run, Filter(currency="CLF"))
    monkeypatch.undo()
    assert read(database, run, Filter(currency="CLF"))[0] == 0


def test_after_the_end(database_url: str, run: Run[Any]) -> None:
    """A long read that comes while the service stops is refused, as by a database that is away."""
    database = open_database(database_url)
    run(database.close())

    async def nothing(_: Unit) -> None:
        """Read nothing."""

    with pytest.raises(Unavailable):
        run(database.read(nothing, long=True))
