"""The prices that the docs state."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.service import Service

_PAGE = Path(__file__).parent.parent.parent / "docs" / "protection.md"
FILTERS = {
    "`currency`": 'currency: "USD"',
    "`inStock`": "inStock: true",
    "`brand`": 'brand: ["a"]',
    "`tag`": 'tag: ["a"]',
    "an attribute": 'attributes: [{name: "a", values: ["b"]}]',
    "one category": "categories: [1]",
    "several categories": "categories: [1, 2]",
    "`subtree`": "categories: [1], subtree: true",
    "one status": "status: [DRAFT]",
    "several statuses": "status: [ANY]",
    "prices": "minPrice: 1, maxPrice: 2",
    "times": 'createdSince: "2026-01-01T00:00:00Z", updatedSince: "2026-01-01T00:00:00Z"',
    "keys": 'ids: [1], skus: ["a"], sku: "a", gtin: "4006381333931"',
}
_SHOWN = "id productId name price currency stock image { url } categories(first: 3) { edges { node { id name } } }"
DOCUMENTS = {
    "20 products, `id name price`": "{ products(first: 20) { edges { node { id name price } } } }",
    "100 products, `id name price`": "{ products(first: 100) { edges { node { id name price } } } }",
    **{
        f"{count} products with the image and 3 categories each": (
            f"{{ products(first: {count}) {{ edges {{ node {{ {_SHOWN} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        )
        for count in (20, 50, 100)
    },
    "20 products found by `q`": '{ products(first: 20, filter: {q: "tea"}) { edges { node { id name price } } } }',
    "20 products found by `q`, with `totalCount`": (
        '{ products(first: 20, filter: {q: "tea"}) { totalCount edges { node { id name price } } } }'
    ),
    "10 categories with 10 products each": (
        "{ categories(first: 10) { edges { node { id name"
        " products(first: 10) { edges { node { id name price } } } } } } }"
    ),
}


@pytest.fixture
async def service(databases: Databases) -> AsyncIterator[Service]:
    """A service on an empty catalogue: the price does not depend on what there is."""
    async with Service(databases.create("sqlite")) as service:
        yield service


def _stated() -> dict[str, int]:
    table = _PAGE.read_text().split("| a document over GraphQL |")[1].split("\n\n")[0]
    return {what: int(points) for what, points in re.findall(r"^\| ([^|]+) \| (\d+) \| \d+ \|$", table, re.MULTILINE)}


def test_whole() -> None:
    """The table and the documents name the same."""
    assert _stated().keys() == DOCUMENTS.keys()


@pytest.mark.parametrize("document", DOCUMENTS)
async def test_price(service: Service, document: str) -> None:
    """A document costs what the page says."""
    answer = await service.graphql(DOCUMENTS[document])
    assert answer["extensions"]["cost"] == _stated()[document]


@pytest.mark.parametrize("page", ["protection.md", "search.md"])
async def test_filters(service: Service, page: str) -> None:
    """The page names all filters that cost a point, and no others."""
    named = re.search(r"filter without an index \(([^)]+)\)", _PAGE.with_name(page).read_text())
    assert named
    costs = {}
    for name, members in FILTERS.items():
        answer = await service.graphql(f"{{ products(filter: {{{members}}}) {{ edges {{ node {{ id }} }} }} }}")
        costs[name] = answer["extensions"]["cost"]
    assert set(costs.values()) == {1, 2}
    assert sorted(named[1].split(", ")) == sorted(name for name, points in costs.items() if points == 2)
