"""Filters of prices, stock and skus: one variant fulfils them all; equal to brute force on every surface."""

import random
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from app.domain.catalogue import product_candidates
from tests.behaviour.surfaces import Surface, surfaces
from tests.service import Service

_SIZES = [f"S{n}" for n in range(5)]
_SORTS = ("id", "price", "-price", "name", "-createdAt")


@pytest.fixture(scope="module")
def products() -> list[dict[str, Any]]:
    """Products by their ids from 1 on: half of them have one variant, others several prices, or one price for all."""
    rng = random.Random(5)
    return [_product(rng, n) for n in range(1, 91)]


def _product(rng: random.Random, number: int) -> dict[str, Any]:
    product = {
        "name": f"Shirt {rng.choice('abcde')}{rng.randint(1, 6)}",
        "currency": rng.choice(["EUR", "USD"]),
        "categoryIds": [1] if number % 3 else [],
    }
    count = rng.choice([1, 1, 1, 2, 3, 5])
    one_price = rng.random() < 0.2
    price = _price(rng)
    variants = [
        {"sku": f"P{number}-{n}", "price": price if one_price else _price(rng), "stock": rng.choice([None, 0, 0, 3])}
        for n in range(count)
    ]
    if count == 1:
        return product | variants[0]
    with_options = [one | {"options": {"Size": _SIZES[n]}} for n, one in enumerate(variants)]
    options = [{"name": "Size", "values": _SIZES[:count]}]
    return product | {"price": variants[0]["price"], "options": options, "variants": with_options}


def _price(rng: random.Random) -> Decimal:
    return Decimal(rng.randint(1, 40))


@pytest.fixture(scope="module")
async def shop(shared_url: str, products: list[dict[str, Any]], anyio_backend: str) -> AsyncIterator[Service]:
    """A service with these products."""
    async with Service(shared_url) as service:
        await service.send("POST", "/v2/categories", {"name": "Shirts"})
        for product in products:
            assert (await service.send("POST", "/v2/products", product)).status_code == 201
        yield service


@pytest.fixture
def reading(shop: Service, surface_name: str) -> Surface:
    """A surface of it."""
    return surfaces(shop)[surface_name]


@pytest.mark.parametrize("candidates", [20, 1_000])
async def test_equal_to_brute_force(
    reading: Surface, products: list[dict[str, Any]], candidates: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """60 random filters find, in every order, counted and page by page, what a look at every variant finds.

    So they do where the products within the bounds of price are read first, and where some of them are too many.
    """
    monkeypatch.setattr(product_candidates, "MOST", candidates)
    rng, pages = random.Random(7), 0
    for _ in range(60):
        asked, sort = _asked(rng), rng.choice(_SORTS)
        found = [n for n, product in enumerate(products, 1) if _matches(product, asked)]
        expected = sorted(found, key=lambda n: _key(sort, products[n - 1], n), reverse=sort.startswith("-"))
        whole = await reading.list(size=100, sort=sort, total=True, **asked)
        assert (whole.ids, whole.total) == (expected, len(expected)), (asked, sort)
        if len(expected) > 4:
            pages += 1
            first = await reading.list(size=2, sort=sort, **asked)
            second = await reading.list(size=2, sort=sort, after=first.next, **asked)
            assert first.ids + second.ids == expected[:4], (asked, sort)
            assert (await reading.list(size=2, sort=sort, before=second.previous, **asked)).ids == expected[:2]
    assert pages > 14


def _asked(rng: random.Random) -> dict[str, Any]:
    low = rng.randint(1, 40)
    sku = f"p{rng.randint(1, 90)}-{rng.randint(0, 1)}"
    every: dict[str, Any] = {
        "minPrice": Decimal(low),
        "maxPrice": Decimal(low + rng.choice([0, 2, 15])),
        "inStock": rng.random() < 0.5,
        "currency": rng.choice(["EUR", "USD"]),
        "category": [1],
        "sku": sku,
        "q": rng.choice(["shirt", "b", "a shirt"]),
    }
    odds = {"minPrice": 0.6, "maxPrice": 0.5, "inStock": 0.5, "currency": 0.2, "category": 0.3, "sku": 0.1, "q": 0.3}
    return {name: value for name, value in every.items() if rng.random() < odds[name]}


def _matches(product: dict[str, Any], asked: dict[str, Any]) -> bool:
    own = asked.get("currency") in (None, product["currency"]) and set(asked.get("category", ())) <= {
        *product["categoryIds"]
    }
    words = product["name"].lower().split()
    found = all(any(one.startswith(word) for one in words) for word in asked.get("q", "").split())
    return own and found and any(_fulfils(variant, asked) for variant in product.get("variants", [product]))


def _fulfils(variant: dict[str, Any], asked: dict[str, Any]) -> bool:
    return (
        asked.get("minPrice", 0) <= variant["price"] <= asked.get("maxPrice", 1_000)
        and asked.get("inStock") in (None, variant["stock"] != 0)
        and asked.get("sku") in (None, variant["sku"].lower())
    )


def _key(sort: str, product: dict[str, Any], number: int) -> Any:
    return {"price": (product["price"], number), "name": (product["name"].lower(), number)}.get(
        sort.removeprefix("-"), (number,)
    )


async def test_within_a_search(shop: Service, products: list[dict[str, Any]]) -> None:
    """What a search finds, by relevance, is narrowed alike."""
    path = "/v2/products?q=shirt&sort=relevance&limit=100&minPrice=10&maxPrice=14&inStock=true"
    found = {one["id"] for one in (await shop.send("GET", path)).json()["items"]}
    asked = {"minPrice": 10, "maxPrice": 14, "inStock": True}
    assert found == {n for n, product in enumerate(products, 1) if _matches(product, asked)}


@pytest.mark.parametrize("surface_name", ["v2", "graphql"])
async def test_in_a_category(reading: Surface, products: list[dict[str, Any]]) -> None:
    """The list of a category, which v1 has by a filter alone, is narrowed alike, and counted."""
    asked = {"minPrice": Decimal(5), "maxPrice": Decimal(9)}
    expected = [n for n, product in enumerate(products, 1) if _matches(product, {**asked, "category": [1]})]
    page = await reading.list_in_category(1, size=100, total=True, **asked)
    assert (page.ids, page.total) == (expected, len(expected))
