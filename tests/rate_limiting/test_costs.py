"""Prices: what a request is charged, from what it selects."""

from random import Random

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from app.domain.catalogue import categories, products
from app.domain.files import resumable
from app.domain.orders import orders
from app.domain.pagination.paging import Filter, Listing
from app.domain.unicode.text import Query
from app.rate_limiting import costs
from app.rate_limiting.costs import Selected, Work

_OAK = Query(("oak",), "oak")
PAGE_OF_PRODUCTS = Selected(20, leaves=10, below=(Selected(costs.LIST, leaves=2), Selected(costs.REFERENCE, leaves=5)))

SELECTED: dict[str, tuple[Selected, Work, int]] = {
    "one object": (Selected(leaves=12), Work(1, 12, 0), 1),
    "a page": (Selected(20, leaves=3), Work(20, 60, 0), 1),
    "a page and its info": (Selected(20, leaves=3, list_leaves=4), Work(20, 64, 0), 1),
    "a page of nothing": (Selected(0, leaves=50, list_leaves=1), Work(0, 1, 0), 1),
    "a page of whole products": (PAGE_OF_PRODUCTS, Work(140, 500, 0), 2),
    "a hundred nodes": (Selected(100), Work(100, 0, 0), 1),
    "nineteen values more": (Selected(100, list_leaves=19), Work(100, 19, 0), 1),
    "twenty values more": (Selected(100, list_leaves=20), Work(100, 20, 0), 2),
    "a count": (Selected(20, list_leaves=1, scans=1), Work(20, 1, 1), 2),
    "pages in a page": (Selected(20, below=(Selected(5, 2, 1),)), Work(120, 220, 0), 2),
    "a count in each of twenty": (Selected(20, below=(Selected(1, scans=1),)), Work(40, 0, 20), 21),
    "references in lists in pages": (Selected(10, below=(Selected(5, below=(Selected(),)),)), Work(110, 0, 0), 2),
}


@pytest.mark.parametrize("case", SELECTED)
def test_price(case: str) -> None:
    """Nodes, values and scans are those of the contract, each times what it stands below."""
    selected, work, points = SELECTED[case]
    assert costs.work([selected]) == work
    assert costs.price(selected) == points


def test_bytes() -> None:
    """Files, parts of uploads and imports cost their bytes; an import costs no more than a document may."""
    mib = 2**20
    assert [costs.file_points(size) for size in (1, 6 * mib - 1, 6 * mib, 20 * mib)] == [0, 0, 1, 3]
    assert [costs.upload_points(size) for size in (1, mib // 2, 20 * mib)] == [0, 1, 40]
    assert [costs.upload_requests(size) for size in (1, mib // 2, 20 * mib, resumable.DEFERRED)] == [10, 18, 330, 330]
    assert [costs.import_points(size) for size in (1, 32 * 1024, mib, 20 * mib)] == [0, 1, 20, 20]


_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")


@pytest.mark.parametrize("content_type", _TYPES)
def test_images(content_type: str) -> None:
    """An image costs its pixels and its bytes; the small renditions of a small photograph are free."""
    pixels, size = 1_000_000, 90_000
    assert costs.image_points(content_type, pixels, size) == 0
    assert costs.image_points(content_type, 12 * pixels, 12 * size) >= 2
    for target in _TYPES:
        points = [costs.rendition_points(content_type, pixels, size, target, side * side) for side in (160, 320, 1000)]
        assert points[:2] == [0, 0]
        larger = costs.rendition_points(content_type, 25 * pixels, 100 * size, target, 1280 * 1280)
        assert max(1, points[2]) <= larger


def test_noise() -> None:
    """Noise takes more bytes and more time than a photograph of as many pixels, and costs more."""
    for content_type in ("image/jpeg", "image/png", "image/webp"):
        for cost in (costs.image_points, lambda *image: costs.rendition_points(*image, "image/webp", 640 * 640)):
            assert cost(content_type, 4_000_000, 12_000_000) > cost(content_type, 4_000_000, 400_000)


@given(integers(0, 2**31))
def test_parts_of_an_upload(size: int) -> None:
    """The creation of an upload pays for all its parts of 64 KiB, and for finding out twice how far it is."""
    parts = -(-size // (64 * 1024))
    assert costs.upload_requests(size) >= parts + 2


def test_mutations() -> None:
    """Each mutation field after the first is a point."""
    assert [costs.points(150, count) for count in (0, 1, 2, 10)] == [2, 2, 3, 11]


def selection(chance: Random, depth: int = 4) -> Selected:
    """Any selection."""
    below = tuple(selection(chance, depth - 1) for _ in range(chance.randint(0, 2))) if depth else ()
    return Selected(*(chance.randint(0, most) for most in (100, 12, 5, 3)), below)


def test_price_is_additive() -> None:
    """Two selections weigh what each weighs, and times as much where each of many nodes has them; order is nothing."""
    chance = Random(14)
    for _ in range(2_000):
        one, other, times = selection(chance), selection(chance), chance.randint(0, 50)
        first, second = costs.work([one]), costs.work([other])
        both = Work(*map(sum, zip(first, second, strict=True)))
        assert costs.work([one, other]) == costs.work([other, one]) == both
        assert costs.work([one, other], times) == Work(*(times * part for part in both))
        below = costs.work([Selected(times, below=(one, other))])
        assert below == Work(times + times * both.nodes, times * both.values, times * both.scans)


FILTERS: dict[str, tuple[Listing, Filter, int]] = {
    "none": (products.LISTING, products.Filter(), 0),
    "a search": (products.LISTING, products.Filter(words=_OAK), 1),
    "words that are none": (products.LISTING, products.Filter(words=Query((), "")), 0),
    "indexed ones": (products.LISTING, products.Filter(None, (1,), 100, 200, sku="S1"), 0),
    "several categories": (products.LISTING, products.Filter(categories=(1, 2)), 1),
    "no category": (products.LISTING, products.Filter(categories=()), 0),
    "a currency": (products.LISTING, products.Filter(currency="EUR"), 1),
    "in stock": (products.LISTING, products.Filter(in_stock=True), 1),
    "sold out": (products.LISTING, products.Filter(in_stock=False), 1),
    "all of them": (products.LISTING, products.Filter(_OAK, (1,), 1, 2, "EUR", True, "S1"), 3),
    "categories by name": (categories.LISTING, categories.Filter(words=("oak",), parent=3), 1),
    "categories under one": (categories.LISTING, categories.Filter(parent=0), 0),
    "orders": (orders.LISTING, orders.Filter("me", "cancelled", "4711"), 0),
}


@pytest.mark.parametrize("case", FILTERS)
def test_scans(case: str) -> None:
    """A search and a filter without an index scan once each, and so does a count."""
    listing, narrowed, scans = FILTERS[case]
    assert costs.scans(listing, narrowed) == scans
    assert costs.scans(listing, narrowed, counted=True) == scans + 1
