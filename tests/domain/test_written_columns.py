"""An edit sets the columns that differ: on SQLite, each column that a statement sets costs its indexes and checks."""

import sqlite3
from contextlib import closing

import pytest

from app.domain.errors import Violation
from app.domain.unit_of_work import Database
from tests.domain.test_imports import KETTLE, Import, counts, upsert

__all__ = ["upsert"]
_UNTOUCHED = {"product": "name, name_key, slug, status, description", "product_variant": "sku, sku_key, position, gtin"}

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def _guarded(database_url: str, database: Database) -> None:
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
        for table, columns in _UNTOUCHED.items():
            connection.execute(
                f"CREATE TRIGGER guard_{table} BEFORE UPDATE OF {columns} ON {table}"
                " BEGIN SELECT RAISE(ABORT, 'set'); END"
            )


@pytest.mark.usefixtures("_guarded")
def test_a_price(upsert: Import) -> None:
    """New prices and stocks of many products set no name, slug, status or sku; a new name does."""
    lines = [KETTLE | {"sku": f"k{n}", "stock": n} for n in range(5)]
    upsert(*lines)
    assert counts(upsert(*(line | {"price": n + 1, "stock": 9} for n, line in enumerate(lines)))) == (0, 5, 0, 0)
    with pytest.raises(Violation):
        upsert(lines[0] | {"name": "Pot"})
