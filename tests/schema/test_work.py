"""How many Python functions the event loop calls for an answer: a count that no other load on the machine changes."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.schema.conftest import Shop

_ROOT = Path(__file__).parents[2]
_OURS = tuple(str(_ROOT / name) for name in ("app", "rest", "schema"))
NESTED = (
    "query ($n: Int!) { products(first: $n) { edges { cursor node { id name price currency categories(first: 5)"
    " { edges { node { name } } } } } pageInfo { hasNextPage endCursor } } }"
)
ONE = "query ($n: ID!) { product(id: $n) { id name price currency description createdAt } }"
Question = tuple[str, str, Any]
"""A method, a path and members."""


def product(number: int) -> Question:
    """One product."""
    return "GET", f"/v2/products/{number}", None


def page(number: int) -> Question:
    """A page of so many products."""
    return "GET", f"/v2/products?sort=price&limit={number}", None


def product_over_graphql(number: int) -> Question:
    """One product."""
    return "POST", "/graphql", {"query": ONE, "variables": {"n": number}}


def page_over_graphql(number: int) -> Question:
    """A page of so many products, with their categories."""
    return "POST", "/graphql", {"query": NESTED, "variables": {"n": number}}


async def calls(shop: Shop, question: Question) -> int:
    """The calls of our own functions for an answer."""
    counted = 0

    def count(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event == "call" and frame.f_code.co_filename.startswith(_OURS)

    sys.setprofile(count)
    try:
        assert (await shop.service.send(*question)).status_code == 200
    finally:
        sys.setprofile(None)
    return counted


async def least(shop: Shop, ask: Callable[[int], Question], numbers: Iterable[int]) -> int:
    """The fewest calls for one of these questions: other work of the loop may fall into the time of some."""
    return min([await calls(shop, ask(number)) for number in numbers])


MOST = {product: 180, product_over_graphql: 270, page: 360, page_over_graphql: 560}


@pytest.mark.parametrize("ask", MOST)
async def test_bounded(shop: Shop, ask: Callable[[int], Question]) -> None:
    """An answer that is not kept takes at most so many calls: those of today on the slower engine, and some more."""
    await calls(shop, ask(19))  # fills the caches of documents and statements
    assert 20 < await least(shop, ask, range(20, 25)) <= MOST[ask]


@pytest.mark.parametrize("ask", MOST)
async def test_kept(shop: Shop, ask: Callable[[int], Question]) -> None:
    """From the third time on an answer is kept, and takes fewer calls."""
    first, _ = [await calls(shop, ask(18)) for _ in range(2)]
    assert await least(shop, ask, [18] * 5) < first


async def test_a_product_of_a_page(shop: Shop) -> None:
    """Each further product of a page takes at most five calls."""
    few, many = [await least(shop, page, range(limit, limit + 5)) for limit in (25, 95)]
    assert (many - few) // 70 <= 5
