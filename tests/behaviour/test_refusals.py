"""One vocabulary: the same situation is refused with the same word on every surface."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest

from tests.behaviour.surfaces import Surface, surfaces
from tests.behaviour.test_conditional import code_of
from tests.service import Service


class Shop(NamedTuple):
    """What the situations are about: ids of things, and cursors of lists."""

    counted: int
    uncounted: int
    parent: int
    child: int
    by_price: str
    of_categories: str
    gone: int = 999_999


Attempt = Callable[[Surface, Shop], Awaitable[Any]]
HUGE = 10**30

SITUATIONS: dict[str, tuple[str, Attempt]] = {
    "an unknown product": ("not_found", lambda on, s: on.update(s.gone, name="x")),
    "an unknown product's deletion": ("not_found", lambda on, s: on.delete(s.gone)),
    "an unknown product's stock": ("not_found", lambda on, s: on.adjust_stock(s.gone, 1)),
    "an id beyond any integer": ("not_found", lambda on, s: on.update(HUGE, name="x")),
    "an id beyond any integer, to delete": ("not_found", lambda on, s: on.delete(HUGE)),
    "an unknown category": ("not_found", lambda on, s: on.update_category(s.gone, name="x")),
    "an unknown category's deletion": ("not_found", lambda on, s: on.delete_category(s.gone)),
    "too little stock": ("out_of_stock", lambda on, s: on.adjust_stock(s.counted, -6)),
    "stock that is not counted": ("conflict", lambda on, s: on.adjust_stock(s.uncounted, -1)),
    "too much stock": ("conflict", lambda on, s: on.adjust_stock(s.counted, 2**31 - 1)),
    "no change of stock": ("validation_failed", lambda on, s: on.adjust_stock(s.counted, 0)),
    "a huge change of stock": ("validation_failed", lambda on, s: on.adjust_stock(s.counted, HUGE)),
    "a stale tag": ("precondition_failed", lambda on, s: on.update(s.counted, '"7.5"', name="x")),
    "a stale tag of a category": ("precondition_failed", lambda on, s: on.delete_category(s.child, '"7."')),
    "an empty name": ("validation_failed", lambda on, s: on.create(name=" ", price=1)),
    "a long name": ("validation_failed", lambda on, s: on.create(name="x" * 201, price=1)),
    "a price of nothing": ("validation_failed", lambda on, s: on.create(name="x", price=0)),
    "a price beyond the highest": ("validation_failed", lambda on, s: on.create(name="x", price=1_000_000_000)),
    "several faults": ("validation_failed", lambda on, s: on.create(name="", price=-1)),
    "an unknown category of a product": (
        "validation_failed",
        lambda on, s: on.create(name="x", price=1, categoryIds=[7]),
    ),
    "too many categories": (
        "validation_failed",
        lambda on, s: on.create(name="x", price=1, categoryIds=[s.child] * 51),
    ),
    "an unknown parent": ("validation_failed", lambda on, s: on.create_category(name="x", parentId=s.gone)),
    "a parent beyond any integer": ("validation_failed", lambda on, s: on.create_category(name="x", parentId=HUGE)),
    "a sibling's name": ("conflict", lambda on, s: on.create_category(name="PARENT")),
    "a move onto a sibling's name": (
        "conflict",
        lambda on, s: on.update_category(s.child, name="parent", parentId=None),
    ),
    "a category under itself": ("conflict", lambda on, s: on.update_category(s.parent, parentId=s.parent)),
    "a category under its child": ("conflict", lambda on, s: on.update_category(s.parent, parentId=s.child)),
    "a category with children": ("conflict", lambda on, s: on.delete_category(s.parent)),
    "a cursor of another sort": ("invalid_cursor", lambda on, s: on.list(sort="name", after=s.by_price)),
    "a cursor of the other direction": ("invalid_cursor", lambda on, s: on.list(sort="-price", after=s.by_price)),
    "a cursor of another filter": ("invalid_cursor", lambda on, s: on.list(sort="price", q="x", after=s.by_price)),
    "a cursor of another list": ("invalid_cursor", lambda on, s: on.list(after=s.of_categories)),
    "a cursor of another category": (
        "invalid_cursor",
        lambda on, s: on.list_in_category(s.child, sort="price", before=s.by_price),
    ),
    "garbage for a cursor": ("invalid_cursor", lambda on, s: on.list(after="!?")),
    "a page of too many": ("validation_failed", lambda on, s: on.list(size=101)),
    "a currency that is none": ("validation_failed", lambda on, s: on.list(currency="ZZZ")),
    "a long search": ("validation_failed", lambda on, s: on.list(q="x" * 201)),
}
V2_ONLY: dict[str, tuple[str, Attempt]] = {
    "a sku that is taken": ("conflict", lambda on, s: on.create(name="x", price=1, sku="K1")),
    "a sku that is taken, in a change": ("conflict", lambda on, s: on.update(s.uncounted, sku="K1")),
    "too many decimals": ("validation_failed", lambda on, s: on.update(s.counted, currency="JPY")),
    "an unknown currency": ("validation_failed", lambda on, s: on.create(name="x", price=1, currency="usd")),
    "a long description": ("validation_failed", lambda on, s: on.create(name="x", price=1, description="x" * 10_001)),
    "a negative stock": ("validation_failed", lambda on, s: on.create(name="x", price=1, stock=-1)),
    "stock by a tag from before a sale": (
        "precondition_failed",
        lambda on, s: on.update(s.counted, '"1.6"', stock=7),
    ),
}


@pytest.fixture(scope="module")
async def shop(shared_service: Service) -> Shop:
    """A product that is counted, one that is not, a category below another."""
    v2 = surfaces(shared_service)["v2"]
    counted = (await v2.create(name="Kettle", price=20.5, sku="K1", stock=5)).id
    uncounted = (await v2.create(name="Tea", price=3)).id
    parent = (await v2.create_category(name="Parent")).id
    child = (await v2.create_category(name="Child", parentId=parent)).id
    by_price = (await v2.list(sort="price", size=1)).next
    of_categories = (await v2.list_categories(size=1)).next
    assert by_price
    assert of_categories
    return Shop(counted, uncounted, parent, child, by_price, of_categories)


@pytest.mark.parametrize("situation", [*SITUATIONS, *V2_ONLY])
async def test_same_word(shared_service: Service, shop: Shop, situation: str) -> None:
    """Every surface that can get into a situation refuses it with the same code, and nothing changes."""
    code, attempt = (SITUATIONS | V2_ONLY)[situation]
    every = surfaces(shared_service)
    before = [(await every["v2"].get(i)).members for i in (shop.counted, shop.uncounted)]
    able = [one for name, one in every.items() if name != "v1" or situation in SITUATIONS]
    assert {one.name: await code_of(attempt(one, shop)) for one in able} == {one.name: code for one in able}
    assert [(await every["v2"].get(i)).members for i in (shop.counted, shop.uncounted)] == before
    assert [(await every["v2"].list(total=True)).total, (await every["v2"].list_categories(total=True)).total] == [2, 2]
