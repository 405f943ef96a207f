"""Orders happen exactly once, whichever surface they come through, and however often."""

import asyncio
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from app.domain.unit_of_work import Engine
from tests.behaviour.surfaces import surfaces
from tests.behaviour.tills import (
    SURFACES,
    Answer,
    Till,
    orders_of,
    stock,
    stocked,
    tills,
    without_variants,
)
from tests.locks import PATIENTLY, held, until_waiting
from tests.service import Service


async def test_an_order(service: Service, till: Till) -> None:
    """An order shows what was ordered at the prices of the moment, the same on every surface that reads it."""
    tea, mug = await stocked(service, 5, None)
    placed = await till.place((mug, 3), (tea, 2), key="K", reference="4711")
    assert placed.order is not None
    whole = {
        "id": 0,
        "status": "placed",
        "reference": "4711",
        "currency": "USD",
        "total": Decimal("61.70"),
        "lines": [
            {
                "productId": i,
                "name": name,
                "quantity": n,
                "unitPrice": Decimal("12.34"),
                "lineTotal": n * Decimal("12.34"),
                "variantId": i,
                "sku": None,
                "options": {},
            }
            for i, name, n in ((mug, "Tea 1", 3), (tea, "Tea 0", 2))
        ],
        "createdAt": "",
    }
    assert placed.order | {"createdAt": "", "id": 0} == (without_variants(whole) if till.surface == "v1" else whole)
    for other in tills(service):
        shown = (await other.get(placed.id)).order
        assert shown is not None
        assert without_variants(shown) == without_variants(placed.order)
    assert await stock(service, tea) == 3


async def test_a_hundred_with_one_key(service: Service) -> None:
    """Of 50 requests over REST and 50 over GraphQL, all at once with one key, one makes an order: all 2xx name it.

    The others are told that it is still running; stock moves once.
    """
    (tea,) = await stocked(service, 1000)
    v1, v2, graphql = tills(service)
    turns = [v1, v2] * 25 + [graphql] * 50
    answers = await asyncio.gather(*(till.place((tea, 3), key="K") for till in turns))
    assert {one.code for one in answers} <= {None, "idempotency_key_in_use"}
    named = [one for one in answers if one.order]
    assert len({one.id for one in named}) == 1
    assert sum(not one.replayed for one in named) == 1
    assert await orders_of(v2) == [named[0].id]
    assert await stock(service, tea) == 997


async def test_across_protocols(service: Service) -> None:
    """A key first used over GraphQL is one order over v2 and v1 too; in each version replays are equal to the byte."""
    (tea,) = await stocked(service, 10)
    v1, v2, graphql = tills(service)
    first = await graphql.place((tea, 2), key="K", reference="r")
    answers = [await till.place((tea, 2), key="K", reference="r") for till in (v2, v1, v2, v1, graphql)]
    assert [(one.in_every_version, one.replayed) for one in answers] == [(first.in_every_version, True)] * 5
    assert answers[0].order == answers[4].order == first.order
    for one, again in ((answers[0], answers[2]), (answers[1], answers[3])):
        assert told(one) == told(again)
        assert one.response.status_code == 201
    assert await stock(service, tea) == 8


def told(answer: Answer) -> tuple[int, bytes, str | None, str | None]:
    """What a replay has in common with its first answer."""
    response = answer.response
    return response.status_code, response.content, response.headers.get("location"), response.headers.get("etag")


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_replays_in_rest(service: Service, version: str) -> None:
    """A replay has the first answer's status, body, Location and ETag, whatever became of product and order since."""
    (tea,) = await stocked(service, 10)
    till = Till(service, version)
    first = await till.place((tea, 2), key='"K"')
    shown = await service.send("GET", first.response.headers["location"])
    assert (shown.content, shown.headers["etag"]) == (first.response.content, first.response.headers["etag"])
    await service.send("PATCH", f"/v2/products/{tea}", {"name": "Green tea", "price": 99, "currency": "EUR"})
    await till.cancel(first.id)
    await service.send("DELETE", f"/v2/products/{tea}")
    again = await till.place((tea, 2), key="K")
    assert told(again) == told(first)
    assert (first.replayed, again.replayed) == (False, True)
    assert set(again.response.headers) - set(first.response.headers) == {"idempotent-replayed"}


async def test_two_hundred_for_ten(service: Service) -> None:
    """Of 200 orders for one each of a stock of 10, all at once over both protocols, 10 succeed.

    190 are out of stock, and nothing else is said; nobody's answer is a fault.
    """
    (tea,) = await stocked(service, 10)
    turns = (tills(service) * 67)[:200]
    answers = await asyncio.gather(*(till.place((tea, 1), key=f"K{n}") for n, till in enumerate(turns)))
    assert Counter(one.code for one in answers) == {None: 10, "out_of_stock": 190}
    assert len({one.id for one in answers if one.order}) == 10
    assert await stock(service, tea) == 0


async def test_two_hundred_for_the_last_variants(service: Service) -> None:
    """Of 200 orders for two variants at once, by id and by sku over both protocols, each sells what it has."""
    sizes = [{"sku": f"TEE-{n}", "stock": left, "options": {"Size": f"{n}"}} for n, left in enumerate((10, 7))]
    told = {"name": "Tee", "price": 5, "options": [{"name": "Size", "values": ["0", "1"]}], "variants": sizes}
    made = (await service.send("POST", "/v2/products", told)).json()
    called = [{"variantId": one["id"]} for one in made["variants"]] + [{"sku": one["sku"]} for one in sizes]
    _, v2, graphql = tills(service)
    asked = [(till, n, called[n % 4]) for till in (v2, graphql) for n in range(100)]
    answers = await asyncio.gather(
        *(
            till.send("placeOrder", "/orders", {"items": [{**one, "quantity": 1}]}, key=f"{till.surface}-{n}")
            for till, n, one in asked
        )
    )
    assert Counter(one.code for one in answers) == {None: 17, "out_of_stock": 183}
    sold = Counter(one.order["lines"][0]["sku"] for one in answers if one.order)
    assert sold == {"TEE-0": 10, "TEE-1": 7}
    left = (await service.send("GET", f"/v2/products/{made['id']}/variants")).json()["items"]
    assert [one["stock"] for one in left] == [0, 0]


async def test_still_running(service: Service, till: Till, engine: Engine, database_url: str) -> None:
    """While a first request waits for a product that others hold, a second one is told so, with Retry-After.

    On SQLite nobody can see a request that still runs: the one writer takes units of work in turn, each of which ends
    before the next is begun. There the second waits with the first, and is its replay.
    """
    (tea,) = await stocked(service, 10)
    if engine == "sqlite":
        first, second = await asyncio.gather(*(till.place((tea, 1), key="K") for _ in range(2)))
        assert (first.id, first.replayed, second.replayed) == (second.id, False, True)
        return
    async with held(database_url, f"SELECT FROM product_variant WHERE product_id = {tea} FOR UPDATE"):
        first_sent = asyncio.create_task(till.place((tea, 1), key="K"))
        await until_waiting(database_url, 1, PATIENTLY)
        for other in tills(service):
            refused = await other.place((tea, 1), key="K")
            assert refused.code == "idempotency_key_in_use"
            assert refused.response.status_code == (200 if other.surface == "graphql" else 409)
            assert refused.response.headers["retry-after"] == "1"
            assert not refused.replayed
        assert not first_sent.done()
    first = await first_sent
    again = await till.place((tea, 1), key="K")
    assert (again.id, first.replayed, again.replayed) == (first.id, False, True)
    assert await stock(service, tea) == 9


async def test_out_of_stock_stays_so(service: Service, till: Till) -> None:
    """A refusal is the outcome of its key even after restocking, on every surface, in the same words."""
    (tea,) = await stocked(service, 1)
    first = await till.place((tea, 2), key="K")
    assert (first.code, first.replayed) == ("out_of_stock", False)
    await surfaces(service)["v2"].adjust_stock(tea, 9)
    again = [await other.place((tea, 2), key="K") for other in tills(service)]
    assert [(one.code, one.replayed) for one in again] == [("out_of_stock", True)] * 3
    same = again[SURFACES.index(till.surface)]
    assert _words(same) == _words(first)
    assert (await till.place((tea, 2), key="another")).order
    assert await stock(service, tea) == 8


def _words(answer: Answer) -> dict[str, Any]:
    """A refusal without what belongs to its request alone."""
    body = answer.response.json()
    return {name: body[name] for name in body if name not in {"requestId", "extensions"}} | {
        "status": answer.response.status_code
    }


async def test_order_after_cancellation(service: Service, till: Till) -> None:
    """A key whose order was cancelled is still that order: it orders nothing anew."""
    (tea,) = await stocked(service, 10)
    first = await till.place((tea, 2), key="K")
    cancelled = await till.cancel(first.id, "C")
    assert cancelled.order == {**first.order, "status": "cancelled"} if first.order else False
    for other in tills(service):
        again = await other.place((tea, 2), key="K")
        assert (again.in_every_version, again.replayed) == (first.in_every_version, True)
        recalled = await other.cancel(first.id, "C")
        assert (recalled.in_every_version, recalled.replayed) == (cancelled.in_every_version, True)
        refused = await other.cancel(first.id)
        assert (refused.code, refused.replayed) == ("conflict", False)
    assert await stock(service, tea) == 10
