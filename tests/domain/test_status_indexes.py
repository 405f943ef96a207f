"""Lists where most products are archived: a page of active ones, or of archived ones, reads one range of its index."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from app.domain.catalogue.products import Filter
from app.domain.pagination.paging import Sort
from app.domain.unit_of_work import Engine
from tests import plans
from tests.catalogues import LARGE, archive, fill
from tests.conftest import Run
from tests.databases import Databases
from tests.plans import Explained

PRODUCTS, ARCHIVED, SIZE = 30_000, 27_000, 20
MOST = {"sqlite": 3_000, "postgresql": 340}
"""Steps and buffers for a page of 20, with all that it shows; the archived products take a hundred times that."""
SORTS = {"id": "", "name": "_name_key", "price": "_price", "createdAt": "_created_at", "updatedAt": "_updated_at"}

SINCE = {"createdAt": {"created_since": 1}, "updatedAt": {"updated_since": 1}}
"""The bounds of the sorts by time; all products are within."""


@pytest.fixture(scope="module")
def filled(databases: Databases, engine: Engine) -> Iterator[str]:
    """The URL of a database of 30,000 products, of which the oldest 27,000 are archived."""
    url = databases.create(engine)
    fill(url, PRODUCTS)
    archive(url, ARCHIVED)
    yield url
    databases.drop(url)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("statuses", [None, ("archived",)])
@pytest.mark.parametrize("categories", [None, (LARGE,)])
@pytest.mark.parametrize("key", SORTS)
def test_one_range(
    unit: Explained,
    run: Run[Any],
    key: str,
    categories: tuple[int, ...] | None,
    statuses: tuple[str, ...] | None,
    descending: bool,
) -> None:
    """The first page, and one deep inside, are found in their order, whatever stands between in other statuses."""
    narrowed, table = Filter(categories=categories, statuses=statuses), "product_category" if categories else "product"
    bounded = replace(narrowed, **SINCE.get(key, {}))
    for which, offset in product((narrowed, bounded), (0, 500)):
        cost = run(plans.page(unit, which, Sort(key, descending), SIZE, offset))
        assert len(cost.rows) == SIZE + 1
        assert cost.read < MOST[unit.engine], cost.plan
        assert f"ix_{table}_status{SORTS[key]}" in cost.plan
        assert "ORDER BY" not in cost.plan
        assert "Sort" not in cost.plan
