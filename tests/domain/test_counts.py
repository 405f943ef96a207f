"""Counts of products: they read an index of products, and the variants only if the filter is about stock."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.catalogue import products
from app.domain.catalogue.products import Filter
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.unit_of_work import Engine
from tests.catalogues import fill
from tests.conftest import Run
from tests.databases import Databases
from tests.plans import Explained

PRODUCTS = 2_000
FILTERS = [
    Filter(),
    Filter(min_price=1),
    Filter(max_price=10**12),
    Filter(min_price=1, max_price=10**12),
    Filter(currency="EUR"),
    Filter(categories=(1,)),
    Filter(categories=(1,), currency="EUR"),
    Filter(created_since=1),
]


@pytest.fixture(scope="module")
def filled(databases: Databases, engine: Engine) -> Iterator[str]:
    """The URL of a database of products with one variant each."""
    url = databases.create(engine)
    fill(url, PRODUCTS)
    yield url
    databases.drop(url)


@pytest.mark.parametrize("narrowed", FILTERS, ids=str)
def test_without_variants(unit: Explained, run: Run[Any], narrowed: Filter) -> None:
    """A count joins no variants: SQLite would look one up for each product."""
    page = paging.page(unit, products.LISTING, narrowed, Sort(), Window(0), (), total=True)
    run(page)
    assert "first_variant" not in unit.cost.plan
    if unit.engine == "sqlite":
        assert unit.cost.read < 20 * PRODUCTS, unit.cost.plan
