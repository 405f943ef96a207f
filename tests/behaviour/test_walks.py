"""Walks through 3,291 real products: forward and backward, in every sort, over every surface."""

from collections.abc import Iterator
from itertools import cycle, repeat
from typing import Any

import pytest

from app.domain.fields import product_fields
from tests.behaviour.catalogue import Catalogue
from tests.behaviour.surfaces import Page, Surface, surfaces

pytestmark = pytest.mark.slow

SORTS = [f"{sign}{key}" for key in product_fields.SORTS for sign in ("", "-")]


async def forward(turns: Iterator[Surface], **asked: Any) -> list[Page]:
    """Every page of a list from the first on, each from the surface whose turn it is."""
    pages = [await next(turns).list(**asked)]
    while pages[-1].next:
        pages.append(await next(turns).list(after=pages[-1].next, **asked))
    return pages


async def backward(turns: Iterator[Surface], last: Page, **asked: Any) -> list[Page]:
    """Every page of a list up to the last one, which is given, walked from there."""
    pages = [last]
    while pages[0].previous:
        pages.insert(0, await next(turns).list(before=pages[0].previous, **asked))
    return pages


def ids_of(pages: list[Page]) -> list[int]:
    """All ids, in the order of the pages."""
    return [i for page in pages for i in page.ids]


async def test_import(catalogue: Catalogue) -> None:
    """An import makes 3,291 products in 66 categories, 288,008.58 in all; a second run finds all unchanged."""
    first, second = catalogue.reports
    assert (first.created, first.updated, first.unchanged, first.bad) == (3291, 0, 0, [])
    assert (second.created, second.updated, second.unchanged, second.bad) == (0, 0, 3291, [])
    v2 = surfaces(catalogue.service)["v2"]
    assert (await v2.list_categories(total=True)).total == 66
    assert (await v2.list(total=True)).total == 3291
    path, cents = "/v2/products?limit=100&fields=price", 0
    while path:
        answer = (await catalogue.service.send("GET", path)).json()
        cents += sum(round(item["price"] * 100) for item in answer["items"])
        path = answer["links"]["next"]
    assert cents == 28_800_858


@pytest.mark.parametrize("sort", SORTS)
async def test_each_way(catalogue: Catalogue, reading: Surface, sort: str) -> None:
    """Each product comes exactly once, in the order of a sort in Python, forward and backward."""
    expected = catalogue.find({}, sort)
    there = await forward(repeat(reading), sort=sort, size=100)
    assert ids_of(there) == expected
    assert there[0].previous is None
    back = await backward(repeat(reading), there[-1], sort=sort, size=100)
    assert ids_of(back) == expected
    assert back[0].previous is None or not back[0].ids


@pytest.mark.parametrize("sort", SORTS)
async def test_from_surface_to_surface(catalogue: Catalogue, sort: str) -> None:
    """A cursor taken in any surface goes on in the other two, both ways, and is the same string in all three."""
    every = list(surfaces(catalogue.service).values())
    expected = catalogue.find({}, sort)
    there = await forward(cycle(every), sort=sort, size=97)
    assert ids_of(there) == expected
    assert ids_of(await backward(cycle(every), there[-1], sort=sort, size=89)) == expected
    middle = there[len(there) // 2].next
    for side in ("after", "before"):
        pages = [await one.list(sort=sort, **{side: middle}) for one in every]
        assert pages[0] == pages[1] == pages[2]


@pytest.mark.parametrize("sort", ["id", "-id", "name", "-name"])
async def test_categories(catalogue: Catalogue, reading: Surface, sort: str) -> None:
    """Categories come exactly once, too, in the order of their sort."""
    pages = [await reading.list_categories(sort=sort, size=10)]
    while pages[-1].next:
        pages.append(await reading.list_categories(sort=sort, size=10, after=pages[-1].next))
    names = [(await reading.get_category(i)).members["name"].casefold() for i in ids_of(pages)]
    keys = ids_of(pages) if sort.endswith("id") else names
    assert keys == sorted(keys, reverse=sort.startswith("-"))
    assert len(set(ids_of(pages))) == 66


async def test_products_of_a_category(catalogue: Catalogue) -> None:
    """`category=`, a category's own address and `Category.products` take each other's cursors."""
    v1, v2, graphql = surfaces(catalogue.service).values()
    category = max(range(1, 67), key=lambda i: len(catalogue.find({"category": [i]})))
    expected = catalogue.find({"category": [category]}, "-price")
    asked: dict[str, Any] = {"sort": "-price", "size": 7}
    first = await v2.list(category=category, **asked)
    second = await graphql.list_in_category(category, after=first.next, **asked)
    third = await v1.list_in_category(category, after=second.next, **asked)
    fourth = await graphql.list(category=category, after=third.next, **asked)
    assert ids_of([first, second, third, fourth]) == expected[:28]
    assert (await v2.list_in_category(category, before=fourth.previous, **asked)).ids == third.ids
