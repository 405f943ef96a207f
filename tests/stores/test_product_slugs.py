"""The migration that gives slugs to stored products: on a filled database, cut off and run again."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.domain.unit_of_work import Database, Engine, Statement
from app.migrations.refold import rows, slugs
from app.stores.database import open_database
from app.stores.migrate import migrate
from tests.conftest import Run
from tests.databases import Databases

BEFORE = "0008"
NAMES = ["Kettle", "Kettle", "Küche", "kettle", "Kettle 2", "!!!", "KETTLE", "?"]
SLUGS = ["kettle", "kettle-2", "küche", "kettle-3", "kettle-2-2", "product", "kettle-4", "product-2"]
_SHOWN = Statement(text("SELECT slug FROM product ORDER BY id"))


class CutOff(Exception):
    """The process ends."""


@pytest.fixture
def url(databases: Databases, engine: Engine, run: Run[Any]) -> str:
    """The URL of a filled database of the revision before these columns."""
    made = databases.create(engine, empty=True)
    migrate(made, BEFORE)
    columns = "name, name_key, description, price, currency, version, created_at, updated_at"
    filling = (f"INSERT INTO product ({columns}) VALUES ('{name}', '', '', 100, 'USD', 1, 1, 1)" for name in NAMES)
    database = open_database(made)
    for statement in filling:
        run(database.write(lambda unit: unit.all(Statement(text(statement)))))  # noqa: B023 - run at once
    run(database.close())
    return made


def shown(url: str, run: Run[Any]) -> list[str]:
    """The slugs of all products."""
    database: Database = open_database(url)
    found = run(database.read(lambda unit: unit.all(_SHOWN)))
    run(database.close())
    return [row[0] for row in found]


def test_filled(url: str, run: Run[Any]) -> None:
    """Each product gets a slug of its own, the oldest the plain one."""
    assert migrate(url) == []
    assert shown(url, run) == SLUGS


def test_cut_off(url: str, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that ends after some products goes on with the others."""
    fill = slugs.fill

    def some(bind: Connection) -> Iterator[None]:
        steps = fill(bind)
        yield next(steps)
        raise CutOff

    monkeypatch.setattr(rows, "SIZE", 3)
    with monkeypatch.context() as patch:
        patch.setattr(slugs, "fill", some)
        with pytest.raises(CutOff):
            migrate(url)
    assert migrate(url) == []
    assert sorted(shown(url, run)) == sorted(SLUGS)
    assert shown(url, run)[:3] == SLUGS[:3]
