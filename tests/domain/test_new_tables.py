"""PostgreSQL's plans of tables that are new to it: what stands below each product is found by its index."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.bulk import import_files, import_runner
from app.domain.bulk import statistics
from app.domain.catalogue import categories, products
from app.domain.catalogue.products import Filter
from app.domain.pagination.keyset import PageShape
from app.domain.pagination.paging import Sort
from app.domain.pagination.selection import NestedPage, Selection, page_statement
from app.domain.unit_of_work import Database
from tests import plans
from tests.bench import catalogue
from tests.conftest import Run
from tests.plans import Explained, PostgresExplained

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]
PRODUCTS, SIZE, MOST = 4_000, 20, 1_000
"""`MOST` buffers for a page of 20: a plan that begins at the 200 categories takes more than 5,000."""
_LINKS = f"""INSERT INTO product_category (category_id, product_id, price, name_key)
    SELECT category.id, n, 100, repeat('x', 1800) FROM category, generate_series(1, {PRODUCTS}) AS n
    WHERE category.id % 50 = n % 50 ON CONFLICT DO NOTHING"""
"""Long rows: nobody has counted them, so by its size the table is believed to hold far more of them."""


@pytest.fixture
def unit(database: Database, database_url: str, run: Run[Any]) -> Iterator[Explained]:
    """A unit that explains, over products that were just imported."""
    file = io.BytesIO("".join(json.dumps(line) + "\n" for line in catalogue.lines(PRODUCTS)).encode())
    run(import_runner.run(database, import_files.read(file), lambda *_: None))
    opened: Explained = run(plans.explained(database_url, generic=True))
    yield opened
    run(opened.close())


@pytest.fixture
def _without_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "MANY", PRODUCTS + 1)


@pytest.mark.usefixtures("_without_statistics")
def test_categories_of_products(unit: PostgresExplained, run: Run[Any]) -> None:
    """Nobody has counted the tables yet: the categories of each product are read, not those of all."""
    assert (
        run(unit.row("SELECT max(reltuples) FROM pg_class WHERE relname IN ('category', 'product_category')"))[0] == -1
    )
    run(unit.connection.execute(_LINKS))
    assert run(plans.page(unit, Filter(), Sort(), SIZE)).read < MOST
    shape = PageShape(Sort(), backward=False, after=False, before=False, conditions=("product",))
    below = NestedPage(categories.LISTING, "product", "n1_", shape, Selection(("name",)), rows=True, total=False)
    page = shape._replace(conditions=("status",))
    selection = Selection(("name",), (below,))
    statement = page_statement(products.LISTING, page, selection, "postgresql", rows=True, total=False)
    assert len(run(unit.all(statement, size=SIZE, n1_size=5, status="active"))) == SIZE
    assert unit.cost.read < MOST, unit.cost.plan


def test_an_import_leaves_statistics(unit: Explained, run: Run[Any]) -> None:
    """Without them a page that no index narrows would be sorted out of the whole table."""
    counted = run(unit.row("SELECT reltuples FROM pg_class WHERE relname = 'product'"))[0]
    assert counted == pytest.approx(PRODUCTS, rel=0.2)
    cost = run(plans.page(unit, Filter(currency="EUR"), Sort("price"), SIZE, 100))
    assert cost.read < 2 * MOST
    assert "Sort" not in cost.plan
