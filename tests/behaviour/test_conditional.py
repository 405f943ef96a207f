"""Conditional changes: nobody overwrites what another has edited, and a sale gets in nobody's way."""

import asyncio
from collections.abc import Awaitable

import pytest

from tests.behaviour.surfaces import Refused, Surface, surfaces
from tests.service import Service


@pytest.fixture
def service(shared_service: Service) -> Service:
    """These tests need no empty catalogue."""
    return shared_service


async def code_of(attempt: Awaitable[object]) -> str:
    """How an attempt ends: `done`, or the code of its refusal."""
    try:
        await attempt
    except Refused as refused:
        return refused.code
    return "done"


async def test_one_of_many_wins(surface: Surface) -> None:
    """Of clients that update one product at once on the same tag exactly one wins; the others are told."""
    made = await surface.create(name="Kettle", price=20)
    ends = await asyncio.gather(*(code_of(surface.update(made.id, made.etag, name=f"Kettle {n}")) for n in range(8)))
    assert sorted(ends) == ["done"] + ["precondition_failed"] * 7
    assert (await surface.get(made.id)).members["name"] == f"Kettle {ends.index('done')}"


async def test_one_of_many_wins_across_surfaces(service: Service) -> None:
    """So it is among clients of different surfaces, each with the tag that its own surface gave."""
    every = list(surfaces(service).values())
    made = await every[0].create(name="Kettle", price=20)
    tags = [(await one.get(made.id)).etag for one in every]
    ends = await asyncio.gather(
        *(code_of(one.update(made.id, tag, name=one.name)) for one, tag in zip(every, tags, strict=True))
    )
    assert sorted(ends) == ["done", "precondition_failed", "precondition_failed"]
    assert (await every[1].get(made.id)).members["name"] == every[ends.index("done")].name


async def test_one_of_update_and_delete_wins(surface: Surface) -> None:
    """A deletion on the same tag as an update excludes it, too."""
    made = await surface.create(name="Kettle", price=20)
    ends = await asyncio.gather(
        code_of(surface.update(made.id, made.etag, name="Urn")), code_of(surface.delete(made.id, made.etag))
    )
    assert ends in (["done", "precondition_failed"], ["not_found", "done"])


async def test_a_sale_in_between(service: Service, surface: Surface) -> None:
    """A sale refuses nobody who only changes the name, but whoever sets the stock by what it was before."""
    v2 = surfaces(service)["v2"]
    product_id = (await v2.create(name="Kettle", price=20, stock=5)).id
    tag = (await surface.get(product_id)).etag
    await surface.adjust_stock(product_id, -1)
    if "stock" in surface.takes:
        assert await code_of(surface.update(product_id, tag, stock=5)) == "precondition_failed"
    assert (await surface.update(product_id, tag, name="Urn")).members["name"] == "Urn"
    assert (await v2.get(product_id)).members["stock"] == 4


async def test_stock_by_a_fresh_tag(service: Service, surface: Surface) -> None:
    """Whoever has seen the stock as it is may set it."""
    if "stock" not in surface.takes:
        assert await code_of(surface.create(name="Kettle", price=20, stock=1)) == "read_only"
        return
    made = await surface.create(name="Kettle", price=20, stock=5)
    await surface.adjust_stock(made.id, -1)
    fresh = (await surface.get(made.id)).etag
    assert (await surface.update(made.id, fresh, stock=9)).members["stock"] == 9


@pytest.mark.parametrize("tag", ['"0.-"', '"2.-"', "garbage", '""', '"9999999999999999999.5"'])
async def test_other_tags(surface: Surface, tag: str) -> None:
    """A tag that is not the present one changes nothing, however it is written."""
    made = await surface.create(name="Kettle", price=20)
    assert await code_of(surface.update(made.id, tag, name="Urn")) == "precondition_failed"
    assert await code_of(surface.delete(made.id, tag)) == "precondition_failed"
    assert (await surface.get(made.id)).members["name"] == "Kettle"


async def test_any_of_several_tags(surface: Surface) -> None:
    """`*` and a list that holds the present tag pass."""
    made = await surface.create(name="Kettle", price=20)
    made = await surface.update(made.id, f'"7.-", {made.etag}', name="Urn")
    assert await code_of(surface.update(made.id, "*", name="Pot")) == "done"


async def test_categories(surface: Surface) -> None:
    """Categories are guarded in the same way."""
    made = await surface.create_category(name=f"{surface.name} tea")
    ends = await asyncio.gather(
        *(code_of(surface.update_category(made.id, made.etag, name=f"{surface.name} tea {n}")) for n in range(4))
    )
    assert sorted(ends) == ["done"] + ["precondition_failed"] * 3
    assert await code_of(surface.delete_category(made.id, made.etag)) == "precondition_failed"
