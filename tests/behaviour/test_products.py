"""Products, one by one: what one surface writes every surface shows."""

from decimal import Decimal
from typing import Any

import pytest

from tests.behaviour.surfaces import Refused, Surface, Thing, surfaces
from tests.service import Service

KETTLE = {"name": "Kettle", "price": Decimal("19.90")}
FULL = {**KETTLE, "currency": "EUR", "description": "Steel", "sku": "K1", "stock": 4}


def takeable(surface: Surface, members: dict[str, Any]) -> dict[str, Any]:
    """Those of the members that the surface can set."""
    return {name: value for name, value in members.items() if name in surface.takes}


async def shown(service: Service, product_id: int) -> Thing:
    """A product as v2 shows it; the other surfaces must show the same, as far as they can."""
    every = surfaces(service)
    whole = await every["v2"].get(product_id)
    for one in every.values():
        assert (await one.get(product_id)).members == {m: v for m, v in whole.members.items() if m in one.shows}
    return whole


def with_first(members: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A product without options after changes, those of price, sku and stock in its one variant too."""
    [only] = members["variants"]
    return {**members, **changed, "variants": [only | {name: changed[name] for name in only.keys() & changed}]}


async def test_create(service: Service, surface: Surface) -> None:
    """What is made has what was given, defaults for the rest, and looks the same on every surface."""
    tea = (await surface.create_category(name="Tea")).id
    made = await surface.create(**takeable(surface, {**FULL, "categoryIds": [tea]}))
    members = (await shown(service, made.id)).members
    expected = {"currency": "USD", "description": "", "sku": None, "stock": None} | takeable(surface, FULL)
    assert {name: members[name] for name in expected} == expected
    assert members["categories"] == [{"id": tea, "name": "Tea"}]
    assert members["version"] == 1
    assert members["createdAt"] == members["updatedAt"]
    assert made.members == {name: value for name, value in members.items() if name in surface.shows}


async def test_update(service: Service, surface: Surface) -> None:
    """A change sets what it names, leaves the rest, and counts as one edit."""
    before = await surfaces(service)["v2"].create(**FULL)
    await surface.update(before.id, name=" Urn ", price=7)
    after = await shown(service, before.id)
    changed = {"name": "Urn", "price": 7, "version": 2, "updatedAt": after.members["updatedAt"]}
    assert after.members == with_first(before.members, **changed)
    assert after.members["updatedAt"] > before.members["updatedAt"]


async def test_null_resets(service: Service, surface: Surface) -> None:
    """Null puts a member back to its default; a name or price has none."""
    v2 = surfaces(service)["v2"]
    tea = (await v2.create_category(name="Tea")).id
    made = await v2.create(**{**FULL, "categoryIds": [tea]})
    names = sorted(surface.takes - {"name", "price"})
    await surface.update(made.id, **dict.fromkeys(names))
    members = (await shown(service, made.id)).members
    assert members["categories"] == []
    if "stock" in names:
        reset = {"currency": "USD", "description": "", "sku": None, "stock": None}
        assert {name: members[name] for name in reset} == reset
    for name in ("name", "price"):
        with pytest.raises(Refused, match="validation_failed"):
            await surface.update(made.id, **{name: None})


async def test_delete(service: Service, surface: Surface) -> None:
    """What is deleted is gone from every surface, and its id never comes back."""
    made = await surface.create(**KETTLE)
    await surface.delete(made.id)
    for one in surfaces(service).values():
        with pytest.raises(Refused, match="not_found"):
            await one.get(made.id)
        assert (await one.list(total=True)) == ([], None, None, 0, None)
    assert (await surface.create(**KETTLE)).id > made.id


async def test_stock(service: Service, surface: Surface) -> None:
    """Stock goes up and down, never below zero; that is no edit."""
    made = await surfaces(service)["v2"].create(**FULL)
    await surface.adjust_stock(made.id, -3)
    with pytest.raises(Refused, match="out_of_stock"):
        await surface.adjust_stock(made.id, -2)
    await surface.adjust_stock(made.id, 9)
    assert (await shown(service, made.id)).members == with_first(made.members, stock=10)


@pytest.mark.parametrize(
    ("price", "currency"),
    [
        ("0.01", "USD"), ("19.99", "USD"), ("999999999.99", "USD"), ("1980", "JPY"), ("0.001", "KWD"),
        ("999999999.987", "KWD"), ("123456.7891", "CLF"), ("10", "USD"),
    ],
)  # fmt: skip
async def test_prices(service: Service, price: str, currency: str) -> None:
    """A price is shown exactly as it was given, in whatever currency, wherever it was given."""
    v1, v2, graphql = surfaces(service).values()
    for one in (v2, graphql):
        made = await one.create(name="Kettle", price=Decimal(price), currency=currency)
        assert {(await other.get(made.id)).members["price"] for other in (v1, v2, graphql)} == {Decimal(price)}


async def test_places_follow(service: Service, surface: Surface) -> None:
    """A category's page follows the price, name and categories of its products."""
    tea, pots = [(await surface.create_category(name=name)).id for name in ("Tea", "Pots")]
    cup, urn = [(await surface.create(name=name, price=5, categoryIds=[tea, pots])).id for name in ("Cup", "Urn")]
    await surface.update(urn, name="A first", price=9)
    for sort, expected in (("name", [urn, cup]), ("price", [cup, urn]), ("-updatedAt", [urn, cup])):
        assert (await surface.list(category=tea, sort=sort)).ids == expected
    await surface.update(urn, categoryIds=[pots])
    assert (await surface.list(category=tea)).ids == [cup]
    await surface.delete(cup)
    assert (await surface.list(category=[tea, pots], total=True)) == ([urn], None, None, 1, None)


async def test_words_follow(surface: Surface) -> None:
    """A search finds what a product is called now, whatever the case and accents."""
    made = await surface.create(name="Crème Brûlée", price=5)
    assert (await surface.list(q="CREME bru")).ids == [made.id]
    await surface.update(made.id, name="Straße")
    assert (await surface.list(q="creme")).ids == []
    assert (await surface.list(q="STRASSE")).ids == [made.id]
    await surface.delete(made.id)
    assert (await surface.list(q="strasse")).ids == []


async def test_queries_without_words(surface: Surface) -> None:
    """A search whose text has no word in it finds nothing; an empty one is none."""
    made = await surface.create(name="Kettle", price=5)
    assert (await surface.list(q="")).ids == [made.id]
    for q in (" ", "!?", "_"):
        assert (await surface.list(q=q)).ids == []


async def test_times_have_six_decimals(database_url: str, anyio_backend: str) -> None:
    """A time on a whole second is printed as wide as any other, the same over both protocols."""
    async with Service(database_url, clock=lambda: 1_780_000_000_000_000) as service:
        time = "2026-05-28T20:26:40.000000Z"
        made = (await service.send("POST", "/v2/products", {"name": "Lamp", "price": 1})).json()
        assert (made["createdAt"], made["updatedAt"]) == (time, time)
        await service.send("POST", "/v2/orders", {"items": [{"productId": 1, "quantity": 1}]}, Idempotency_Key="a")
        assert (await service.send("GET", "/v2/orders/1")).json()["createdAt"] == time
        answer = await service.graphql("{ product(id: 1) { createdAt updatedAt } order(id: 1) { createdAt } }")
        assert answer["data"] == {"product": {"createdAt": time, "updatedAt": time}, "order": {"createdAt": time}}
