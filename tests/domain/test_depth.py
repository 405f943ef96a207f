"""Pages of 100,000 products: each has its index, and the last costs what the first does, by the engines' own counts."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.catalogue import product_candidates
from app.domain.catalogue.product_conditions import CANDIDATES, Attribute
from app.domain.catalogue.products import Filter
from app.domain.pagination.paging import Sort
from app.domain.unicode import text
from app.domain.unit_of_work import Engine
from tests import plans
from tests.catalogues import LARGE, fill
from tests.conftest import Run
from tests.databases import Databases, execute
from tests.plans import Explained

pytestmark = pytest.mark.slow


PRODUCTS, IN_LARGE, SIZE = 100_000, 30_000, 20
SORTS = {
    "id": "product_status",
    "name": "ix_product_status_name_key",
    "price": "ix_product_status_price",
    "createdAt": "ix_product_status_created_at",
    "updatedAt": "ix_product_status_updated_at",
}
IN_CATEGORY = {
    "name": "ix_product_category_status_name_key",
    "price": "ix_product_category_status_price",
    "createdAt": "ix_product_category_status_created_at",
    "updatedAt": "ix_product_category_status_updated_at",
}
"""The index of each sort, on SQLite and PostgreSQL; a category's by id is a primary key of no fixed name."""


_TAGS = """
INSERT INTO product_value (name, value, product_id, label, number)
SELECT 'tag', 'tag ' || (id % 40), id, 'tag ' || (id % 40), CAST(NULL AS real) FROM product
UNION ALL SELECT 'brand', 'brand ' || (id % 200), id, 'brand ' || (id % 200), CAST(NULL AS real) FROM product
UNION ALL SELECT 'attributes.size', '' || (id % 5000), id, '' || (id % 5000), id % 5000 FROM product ORDER BY 1, 2, 3
"""
_SIZE, _FEW = Attribute("size", min=7, max=10**9), Attribute("size", min=7, max=11)


_POSTGRESQL = [pytest.param("postgresql", plan, marks=pytest.mark.postgresql) for plan in ("custom", "generic")]
on_postgresql = pytest.mark.parametrize(("engine", "plan"), _POSTGRESQL, scope="session")
"""With PostgreSQL's plans for the values, and with those for any values."""
on_each_engine = pytest.mark.parametrize(("engine", "plan"), [("sqlite", "generic"), *_POSTGRESQL], scope="session")
"""With these and with those of SQLite, which are for any values."""


@pytest.fixture(scope="module")
def large(databases: Databases, engine: Engine) -> Iterator[str]:
    """The URL of a database of 100,000 products."""
    url = databases.create(engine)
    fill(url, PRODUCTS)
    execute(url, _TAGS, "ANALYZE product_value")
    yield url
    databases.drop(url)


@pytest.fixture
def unit(large: str, run: Run[Any], plan: str) -> Iterator[Explained]:
    """A unit that explains."""
    opened: Explained = run(plans.explained(large, generic=plan == "generic"))
    yield opened
    run(opened.close())


def assert_flat(unit: Explained, run: Run[Any], narrowed: Filter, sort: Sort, offset: int) -> str:
    """The first page and the one after so many products read the same, ± 10 %, and sort nothing; the plan."""
    first, deep = (run(plans.page(unit, narrowed, sort, SIZE, after)) for after in (0, offset))
    assert (len(first.rows), len(deep.rows)) == (SIZE + 1, SIZE)
    assert deep.read == pytest.approx(first.read, rel=0.1), (first.plan, deep.plan)
    for plan in (first.plan, deep.plan):
        assert "ORDER BY" not in plan
        assert "Sort" not in plan
        assert "Seq Scan" not in plan
    return str(deep.plan)


@on_each_engine
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("key", SORTS)
def test_sorts(unit: Explained, run: Run[Any], key: str, descending: bool) -> None:
    """Page 5,000 of the catalogue, its last, reads as much as page 1, whichever way it is sorted."""
    plan = assert_flat(unit, run, Filter(), Sort(key, descending), PRODUCTS - SIZE)
    assert SORTS[key][unit.engine == "postgresql"] in plan


@on_each_engine
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("key", SORTS)
def test_sorts_in_a_category(unit: Explained, run: Run[Any], key: str, descending: bool) -> None:
    """Page 1,500 of a category of 30,000, its last, reads as much as page 1."""
    plan = assert_flat(unit, run, Filter(categories=(LARGE,)), Sort(key, descending), IN_LARGE - SIZE)
    assert IN_CATEGORY.get(key, "product_category") in plan


@on_each_engine
@pytest.mark.parametrize("key", SORTS)
def test_sku(unit: Explained, run: Run[Any], key: str) -> None:
    """A sku is looked up in its index, whatever the sort."""
    cost = run(plans.page(unit, Filter(sku="S77"), Sort(key), SIZE))
    assert "uq_product_variant_sku" in cost.plan
    assert cost.read < 200


@on_each_engine
@pytest.mark.parametrize("categories", [None, (LARGE,)])
@pytest.mark.parametrize(("sort", "offset"), [("price", 0), ("price", 10_000), ("-price", 0), ("-price", 10_000)])
def test_price_ranges(
    unit: Explained, run: Run[Any], sort: str, offset: int, categories: tuple[int, ...] | None
) -> None:
    """By price, the page of a range of prices reads what a page without one does, wherever it lies."""
    by = Sort("price", sort.startswith("-"))
    whole = run(plans.page(unit, Filter(categories=categories), by, SIZE))
    part = run(plans.page(unit, Filter(categories=categories, min_price=5_000, max_price=15_000), by, SIZE, offset))
    assert len(part.rows) == SIZE + 1
    assert part.read < 1.3 * whole.read, part.plan


@on_postgresql
@pytest.mark.parametrize("key", SORTS)
def test_values_within_prices(unit: Explained, run: Run[Any], key: str) -> None:
    """PostgreSQL begins at the products of a tag, be they few or many: it does not look up the tags of all others.

    SQLite goes through an index of the sort, in 20 ms.
    """
    for tag, most in (("zzz", 1_000), ("tag 3", 30_000)):
        for bounds in ({"max_price": 5_000}, {"min_price": 5_000}):
            cost = run(plans.page(unit, Filter(tags=(tag,), **bounds), Sort(key), SIZE))
            assert cost.read < most, cost.plan


@on_each_engine
@pytest.mark.parametrize("key", SORTS)
@pytest.mark.parametrize("others", [{}, {"currency": "EUR"}, {"words": text.query("oak")}, {"in_stock": True}])
def test_few_within_prices(unit: Explained, run: Run[Any], key: str, others: dict[str, Any]) -> None:
    """Where few products are within bounds of price, a page reads these alone: none of the others in its order.

    SQLite lists what a search finds first, unless there are none.
    """
    few = 1_000_000 if "words" in others else 60_000
    for bounds, most in (({"max_price": 99}, 500), ({"min_price": 20_000, "max_price": 20_000}, few)):
        cost = run(plans.page(unit, Filter(**bounds, **others), Sort(key), SIZE))
        assert cost.read < most, cost.plan


@on_each_engine
def test_candidates(unit: Explained, run: Run[Any]) -> None:
    """A look for the products within bounds of price stops where they are many."""
    for bounds in ({"max_price": 10**12}, {"min_price": 1}, {"min_price": 1, "max_price": 10**12}):
        narrowed = Filter(**bounds)
        assert not run(product_candidates.find(unit, narrowed.values(unit.engine), Sort("name")))
        assert unit.cost.read < 12 * product_candidates.MOST, unit.cost.plan


@on_each_engine
@pytest.mark.parametrize("narrow", [{"brands": ("brand 7",)}, {"tags": ("tag 3", "tag 4")}, {"attributes": (_FEW,)}])
@pytest.mark.parametrize("others", [{}, {"currency": "CLF"}, {"in_stock": True}, {"attributes": (_SIZE,)}])
def test_values(unit: Explained, run: Run[Any], narrow: dict[str, Any], others: dict[str, Any]) -> None:
    """A page of the products of a value reads these alone where they are few, else it reads all of them once.

    PostgreSQL, which would look each product up in the index of values, reads its row at most, for the currency.
    """
    cost = run(plans.page(unit, Filter(**{**others, **narrow}), Sort("name"), SIZE))
    few = "brands" in narrow or narrow == {"attributes": (_FEW,)}
    most = {"sqlite": 60_000 if few else 2_500_000, "postgresql": 8_000 if few else 110_000}
    assert cost.read < most[unit.engine], cost.plan


@on_each_engine
@pytest.mark.parametrize(
    "times", [{"created_since": 1}, {"updated_since": 1}, {"created_since": 1, "updated_since": 1}]
)
@pytest.mark.parametrize("sort", ["price", "name", "createdAt"])
def test_many_times(unit: Explained, run: Run[Any], times: dict[str, int], sort: str) -> None:
    """A page of products that are nearly all within bounds of time goes along the index of its sort."""
    cost = run(plans.page(unit, Filter(**times), Sort(sort), SIZE))
    assert cost.read < {"sqlite": 10_000, "postgresql": 1_000}[unit.engine], cost.plan


@on_each_engine
def test_looks_for_candidates(unit: Explained, run: Run[Any]) -> None:
    """A look for the products of a value stops where they are many, and finds all where they are few."""
    many = Filter(tags=("tag 3",), attributes=(_SIZE,), updated_since=1)
    assert not run(product_candidates.find(unit, many.values(unit.engine), Sort("name")))
    assert unit.cost.read < 20 * product_candidates.MOST, unit.cost.plan
    few = Filter(tags=("tag 3",), attributes=(_FEW,))
    assert len(run(product_candidates.find(unit, few.values(unit.engine), Sort("name")))[CANDIDATES]) == 100


@on_each_engine
def test_listed(unit: Explained, run: Run[Any]) -> None:
    """Products that are listed are looked up and sorted, whatever else they have to be."""
    for others in ({}, {"currency": "EUR"}, {"max_price": 10**12}):
        for key in SORTS:
            cost = run(plans.page(unit, Filter(ids=(7, 77, 777), **others), Sort(key), SIZE))
            assert cost.read < 1_000, cost.plan


@on_each_engine
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("offset", [0, 50_000])
@pytest.mark.parametrize("key", SORTS)
def test_broad_searches(unit: Explained, run: Run[Any], key: str, offset: int, descending: bool) -> None:
    """A page of a search that finds all products reads what it shows; SQLite lists what it finds, except by id."""
    cost = run(plans.page(unit, Filter(words=text.query("oak")), Sort(key, descending), SIZE, offset))
    assert len(cost.rows) == SIZE + 1
    assert cost.read < (600_000 if unit.engine == "sqlite" and key != "id" else 3_000), cost.plan


@on_each_engine
@pytest.mark.parametrize("key", SORTS)
@pytest.mark.parametrize("narrowed", [Filter(currency="EUR"), Filter(in_stock=True)])
def test_other_filters(unit: Explained, run: Run[Any], narrowed: Filter, key: str) -> None:
    """Other filters go along the sort's index until the page is full: nothing is sorted."""
    cost = run(plans.page(unit, narrowed, Sort(key), SIZE, 1_000))
    assert SORTS[key][unit.engine == "postgresql"] in cost.plan
    assert "ORDER BY" not in cost.plan
    assert "Sort" not in cost.plan


@on_each_engine
@pytest.mark.parametrize("offset", [0, 1_000])
@pytest.mark.parametrize("key", SORTS)
@pytest.mark.parametrize("narrowed", [Filter(min_price=5_000), Filter(min_price=5_000, in_stock=True)])
def test_prices_in_other_orders(unit: Explained, run: Run[Any], narrowed: Filter, key: str, offset: int) -> None:
    """A bound of prices goes along the sort's index, too; besides it only products of several prices are read."""
    plain, cost = (run(plans.page(unit, one, Sort(key), SIZE, offset)) for one in (Filter(), narrowed))
    assert SORTS[key][unit.engine == "postgresql"] in cost.plan
    assert "lowest_price" in cost.plan
    assert cost.read < 1.8 * plain.read
