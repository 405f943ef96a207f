"""Lists of orders and categories: each sort under each filter has its index, from the first page to far inside."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.catalogue import categories
from app.domain.orders import orders
from app.domain.pagination import cursors, paging
from app.domain.pagination.cursors import Place
from app.domain.pagination.paging import Listing, Sort, Window
from app.domain.unit_of_work import Engine
from tests.catalogues import fill_lists
from tests.conftest import Run
from tests.databases import Databases
from tests.plans import Cost, Explained

MOST = {"sqlite": 1_200, "postgresql": 100}
"""Steps and buffers for a page of 20, wherever it lies; the lists hold 30,000, and all of one takes ten times that."""
ORDERS = [
    ({}, "id", "ix_purchase_caller"),
    ({}, "createdAt", "ix_purchase_caller_created_at"),
    ({"status": "placed"}, "id", "ix_purchase_caller"),
    ({"status": "placed"}, "createdAt", "ix_purchase_caller_created_at"),
    ({"status": "cancelled"}, "id", "ix_purchase_cancelled"),
    ({"status": "cancelled"}, "createdAt", "ix_purchase_cancelled_created_at"),
    ({"created_since": 1}, "createdAt", "ix_purchase_caller_created_at"),
    ({"reference": "r7"}, "id", "ix_purchase_caller_reference"),
    ({"reference": "r7"}, "createdAt", "ix_purchase_caller_reference_created_at"),
]
CATEGORIES = [
    ({}, "id", ""),
    ({}, "name", "ix_category_name_key"),
    ({"parent": 1}, "id", "ix_category_parent_id"),
    ({"parent": 1}, "name", "ix_category_parent_id_name_key"),
]


@pytest.fixture(scope="module")
def filled(databases: Databases, engine: Engine) -> Iterator[str]:
    """The URL of a database of 30,000 orders, most of them of one caller, and 30,000 categories."""
    url = databases.create(engine)
    fill_lists(url, 30_000)
    yield url
    databases.drop(url)


async def costs(unit: Explained, listing: Listing, narrowed: Any, sort: Sort, place: Place) -> Iterator[Cost]:
    """What the first page of a list costs, and the one after a place."""
    cursor = cursors.encode(str(sort), paging.fingerprint(listing, narrowed), place)
    found = []
    for window in (Window(20), Window(20, after=cursor)):
        await paging.page(unit, listing, narrowed, sort, window, tuple(listing.columns))
        found.append(unit.cost)
    return iter(found)


def assert_indexed(unit: Explained, found: Iterator[Cost], index: str) -> None:
    """Both pages are full, read hardly more than themselves, and are found in their order."""
    for cost in found:
        assert len(cost.rows) == 21
        assert cost.read < MOST[unit.engine], cost.plan
        assert index in cost.plan
        assert "ORDER BY" not in cost.plan
        assert "Sort" not in cost.plan


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("given", "key", "index"), ORDERS)
def test_orders(unit: Explained, run: Run[Any], given: dict[str, Any], key: str, index: str, descending: bool) -> None:
    """A page of a caller's orders reads its own index, however many others there are."""
    if unit.engine == "postgresql" and index == "ix_purchase_caller":
        index = "purchase"  # where nearly all orders are the caller's, the primary key serves as well
    place = Place(150 if key == "createdAt" else 15_000, 15_000)
    narrowed = orders.Filter("me", **given)
    assert_indexed(unit, run(costs(unit, orders.LISTING, narrowed, Sort(key, descending), place)), index)


@pytest.mark.parametrize("descending", [False, True])
def test_updated_orders(unit: Explained, run: Run[Any], descending: bool) -> None:
    """What was placed since a time is found in its order, and the few that were cancelled since then by their index."""
    place = Place(250, 25_000)
    narrowed = orders.Filter("me", updated_since=200)
    for cost in run(costs(unit, orders.LISTING, narrowed, Sort("createdAt", descending), place)):
        assert len(cost.rows) == 21
        assert cost.read < 3 * MOST[unit.engine], cost.plan
        assert "ix_purchase_cancelled_at" in cost.plan


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("given", "key", "index"), CATEGORIES)
def test_categories(
    unit: Explained, run: Run[Any], given: dict[str, int], key: str, index: str, descending: bool
) -> None:
    """A page of categories, of all or of one's children, reads its own index."""
    place = Place("c 15000" if key == "name" else 15_000, 15_000)
    narrowed = categories.Filter(**given)
    assert_indexed(unit, run(costs(unit, categories.LISTING, narrowed, Sort(key, descending), place)), index)
