"""What was created or edited since a time: the same lists over REST and GraphQL, page by page, on both engines."""

from functools import partial
from itertools import product
from typing import Any

import pytest

from app.http.timestamps import microseconds, rfc3339
from tests.behaviour.surfaces import Refused, Surface, each_surface
from tests.behaviour.tills import Till
from tests.service import Service

surface_name = each_surface("v2", "graphql")


async def test_products(surface: Surface) -> None:
    """Bounds include their own time, hold in categories and in every sort, and a page leads to the next one."""
    category = (await surface.create_category(name="All")).id
    made = [await surface.create(name=f"Cup {n}", price=5 + n, categoryIds=[category]) for n in range(5)]
    await surface.update(made[1].id, price=50)
    edited = await surface.get(made[1].id)
    times = [thing.members["createdAt"] for thing in made]
    assert times == sorted(times)
    ids = [thing.id for thing in made]
    assert edited.members["updatedAt"] > times[-1]
    for sort in ("id", "-createdAt", "createdAt", "updatedAt", "-updatedAt", "price"):
        for asked, expected in (
            ({"createdSince": times[3]}, {ids[3], ids[4]}),
            ({"updatedSince": times[3]}, {ids[1], ids[3], ids[4]}),
            ({"updatedSince": edited.members["updatedAt"]}, {ids[1]}),
            ({"createdSince": times[1], "updatedSince": times[4]}, {ids[1], ids[4]}),
            ({"createdSince": "2999-01-01t00:00:00.1234567+02:00"}, set()),
        ):
            for listed in (surface.list, partial(surface.list_in_category, category)):
                await assert_lists(listed, expected, sort=sort, **asked)


@pytest.mark.parametrize("text", ["yesterday", "2026-01-31", "2026-02-30T00:00:00Z", "2026-01-31T12:00:00", "17e9", ""])
async def test_refusals(surface: Surface, text: str) -> None:
    """What is no time with an offset is refused."""
    lists = (surface.list, surface.list_categories, surface.list_orders)
    for listed, name in product(lists, ("createdSince", "updatedSince")):
        with pytest.raises(Refused) as refused:
            await listed(**{name: text})
        assert refused.value.code == "validation_failed"


async def test_categories(surface: Surface, service: Service) -> None:
    """A rename or a move is found, an edit that changes nothing and what is done to products are not."""
    made = [(await surface.create_category(name=f"C {n}")).id for n in range(5)]
    await surface.update_category(made[0], name="C 0")
    await surface.create(name="Cup", price=5, categoryIds=[made[0]])
    await surface.update_category(made[2], name="A 2")
    await surface.update_category(made[1], parentId=made[4])
    since = [bound + 1 for bound in await logged(service, "category")]
    for sort in ("id", "-id", "name", "-name"):
        for asked, expected in (
            ({"createdSince": since[2]}, {made[3], made[4]}),
            ({"updatedSince": since[2]}, {made[1], made[2], made[3], made[4]}),
            ({"updatedSince": since[4]}, {made[1], made[2]}),
            ({"updatedSince": since[5], "parentId": made[4]}, {made[1]}),
            ({"updatedSince": since[5], "parentId": "root"}, set()),
            ({"updatedSince": since[4], "q": "a"}, {made[2]}),
            ({"updatedSince": since[6]}, set()),
        ):
            narrowed = {name: rfc3339(told) if name.endswith("Since") else told for name, told in asked.items()}
            await assert_lists(surface.list_categories, expected, sort=sort, **narrowed)


async def logged(service: Service, subject: str) -> list[int]:
    """The times of the changes of subjects of a type, in microseconds."""
    items = (await service.send("GET", "/v2/changes")).json()["items"]
    return [microseconds(one["at"]) for one in items if one["subject"]["type"] == subject]


async def assert_lists(listed: Any, expected: set[int], **asked: Any) -> None:
    """A list has these ids and no others, as a whole and page by page."""
    whole = await listed(total=True, **asked)
    assert (set(whole.ids), whole.total) == (expected, len(expected))
    pages = [await listed(size=1, **asked)]
    while pages[-1].next:
        pages.append(await listed(size=1, after=pages[-1].next, **asked))
    assert [one for page in pages for one in page.ids] == whole.ids


async def test_orders(surface: Surface, service: Service) -> None:
    """What was placed or cancelled since a time, under every sort and beside other filters, page by page."""
    bought = (await surface.create(name="Cup", price=5)).id
    till = Till(service, surface.name)
    placed = [(await till.place((bought, 1), key=f"k{n}", reference=f"r{n % 2}")).id for n in range(6)]
    for n in (3, 0, 2):
        await till.cancel(placed[n])
    since = [bound + 1 for bound in await logged(service, "order")]
    for sort, (asked, expected) in product(
        ("id", "-id", "createdAt", "-createdAt"),
        (
            ({"createdSince": since[1]}, {2, 3, 4, 5}),
            ({"updatedSince": 1}, {0, 1, 2, 3, 4, 5}),
            ({"updatedSince": since[1]}, {0, 2, 3, 4, 5}),
            ({"updatedSince": since[4]}, {0, 2, 3, 5}),
            ({"updatedSince": since[6]}, {0, 2}),
            ({"updatedSince": since[8]}, set()),
            ({"updatedSince": since[4], "createdSince": since[0]}, {2, 3, 5}),
            ({"updatedSince": since[4], "status": "cancelled"}, {0, 2, 3}),
            ({"updatedSince": since[4], "status": "placed"}, {5}),
            ({"updatedSince": since[5], "reference": "r0"}, {0, 2}),
        ),
    ):
        narrowed = {name: rfc3339(told) if isinstance(told, int) else told for name, told in asked.items()}
        await assert_lists(surface.list_orders, {placed[n] for n in expected}, sort=sort, **narrowed)
