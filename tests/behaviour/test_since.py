"""What was created or edited since a time: the same lists over REST and GraphQL, page by page, on both engines."""

from functools import partial

import pytest

from tests.behaviour.surfaces import Refused, Surface
from tests.behaviour.tills import Till
from tests.service import Service


@pytest.fixture(params=["v2", "graphql"])
def surface_name(request: pytest.FixtureRequest) -> str:
    """The surfaces that know of it."""
    name: str = request.param
    return name


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
                whole = await listed(sort=sort, total=True, **asked)
                assert (set(whole.ids), whole.total) == (expected, len(expected))
                pages = [await listed(sort=sort, size=1, **asked)]
                while pages[-1].next:
                    pages.append(await listed(sort=sort, size=1, after=pages[-1].next, **asked))
                assert [one for page in pages for one in page.ids] == whole.ids


@pytest.mark.parametrize("text", ["yesterday", "2026-01-31", "2026-02-30T00:00:00Z", "2026-01-31T12:00:00", "17e9", ""])
async def test_refusals(surface: Surface, text: str) -> None:
    """What is no time with an offset is refused."""
    for name in ("createdSince", "updatedSince"):
        with pytest.raises(Refused) as refused:
            await surface.list(**{name: text})
        assert refused.value.code == "validation_failed"


async def test_orders(service: Service) -> None:
    """Orders since a time, over REST and GraphQL."""
    product = (await service.send("POST", "/v2/products", {"name": "Cup", "price": 5})).json()["id"]
    till = Till(service, "v2")
    placed = [await till.place((product, 1), key=f"k{n}") for n in range(3)]
    since = placed[1].order["createdAt"] if placed[1].order else ""
    ids = [one.id for one in placed[1:]]
    for sort in ("id", "createdAt"):
        page = (await service.send("GET", f"/v2/orders?sort={sort}&limit=1&createdSince={since}")).json()
        then = (await service.send("GET", page["links"]["next"])).json()
        assert [one["id"] for one in page["items"] + then["items"]] == ids
        assert then["nextCursor"] is None
    found = await service.send(
        "POST",
        "/graphql",
        {
            "query": "query($since: DateTime!)"
            " { orders(filter: {createdSince: $since}) { edges { node { orderId } } } }",
            "variables": {"since": since},
        },
    )
    assert [edge["node"]["orderId"] for edge in found.json()["data"]["orders"]["edges"]] == ids
    assert (await service.send("GET", "/v2/orders?createdSince=now")).json()["details"][0]["field"] == "createdSince"
