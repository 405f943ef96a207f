"""Changes over REST: the log by cursor, filtered, and of one product."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from app.domain.unit_of_work import Engine
from tests.clock import Clock
from tests.databases import Databases
from tests.service import Service

pytestmark = pytest.mark.anyio
SECOND, DAY = 1_000_000, 86_400_000_000
CLOCK = Clock()


@pytest.fixture
def other_url(databases: Databases, engine: Engine) -> Iterator[str]:
    """The URL of another database."""
    yield from databases.lend(engine)


@pytest.fixture
async def shop(database_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """A shop with a category, two products in it, an edit, an order and a deletion."""
    async with Service(database_url, CLOCK) as made:
        await made.send("POST", "/v2/categories", {"name": "Tea"})
        for name in ("Cup", "Pot"):
            await made.send("POST", "/v2/products", {"name": name, "price": 3, "stock": 5, "categoryIds": [1]})
        await made.send("PATCH", "/v2/products/1", {"price": 4, "categoryIds": []}, X_Request_ID="edit-1")
        items = [{"productId": one, "quantity": 1} for one in (1, 2)]
        await made.send("POST", "/v2/orders", {"items": items}, Idempotency_Key="order-1")
        await made.send("DELETE", "/v2/products/2")
        yield made


async def ask(shop: Service, path: str = "/v2/changes", **query: Any) -> httpx2.Response:
    """The answer to a GET."""
    return await shop.http.get(path, params=query)


def told(answer: httpx2.Response) -> list[str]:
    """The changes of an answer, each as its type and its subject's id."""
    assert answer.status_code == 200, answer.text
    return [f"{one['type']} {one['subject']['id']}" for one in answer.json()["items"]]


EVERYTHING = [
    "category.created 1",
    "product.created 1",
    "product.created 2",
    "product.updated 1",
    "order.placed 1",
    "product.stock_changed 1",
    "product.stock_changed 2",
    "product.deleted 2",
]


async def test_the_log(shop: Service) -> None:
    """All that was done, the oldest first, by pages of every size; an empty page says where to go on, too."""
    everything = EVERYTHING
    for size in (1, 2, 3, 7, 8, 100):
        found, cursor, more = [], None, True
        while more:
            page = await ask(shop, limit=size, **({"after": cursor} if cursor else {}))
            found += told(page)
            cursor, more = page.json()["nextCursor"], page.json()["hasMore"]
            assert len(page.json()["items"]) <= size
        assert found == everything
        again = await ask(shop, after=cursor)
        assert told(again) == []
        await shop.send("POST", "/v2/products/1/stock-adjustments", {"delta": 1})
        assert told(await ask(shop, after=again.json()["nextCursor"])) == ["product.stock_changed 1"]
        everything = [*everything, "product.stock_changed 1"]


async def test_members(shop: Service) -> None:
    """What a change tells, and how it goes on after it."""
    answer = await ask(shop)
    items = answer.json()["items"]
    edit = items[3]
    assert {name: edit[name] for name in edit if name not in ("id", "cursor")} == {
        "type": "product.updated",
        "subject": {"type": "product", "id": 1},
        "version": 2,
        "members": ["price", "categories"],
        "at": "2027-01-15T08:00:00.000000Z",
        "caller": "",
        "requestId": "edit-1",
    }
    assert len({one["id"] for one in items}) == len({one["cursor"] for one in items}) == len(EVERYTHING)
    for place, one in enumerate(items, 1):
        assert told(await ask(shop, after=one["cursor"])) == EVERYTHING[place:]
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_filters(shop: Service) -> None:
    """By types and by subject; `now` is the end."""
    assert told(await ask(shop, types="product.deleted,order.placed")) == ["order.placed 1", "product.deleted 2"]
    assert told(await ask(shop, subject="product:2")) == [EVERYTHING[n] for n in (2, 6, 7)]
    assert told(await ask(shop, subject="order:1", types="order.cancelled")) == []
    end = await ask(shop, after="now")
    assert told(end) == []
    await shop.send("POST", "/v2/orders/1/cancellation")
    assert told(await ask(shop, after=end.json()["nextCursor"])) == ["order.cancelled 1", "product.stock_changed 1"]


async def test_of_a_product(shop: Service) -> None:
    """The edits of one product, of a deleted one too; what nothing bears is 404."""
    assert told(await ask(shop, "/v2/products/1/changes")) == ["product.created 1", "product.updated 1"]
    answer = await ask(shop, "/v2/products/2/changes", limit=1)
    assert told(answer) == ["product.created 2"]
    assert answer.json()["hasMore"]
    answer = await ask(shop, "/v2/products/2/changes", after=answer.json()["nextCursor"])
    assert told(answer) == ["product.deleted 2"]
    assert (await ask(shop, "/v2/products/3/changes")).status_code == 404


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"after": "garbage"}, 400, "invalid_cursor"),
        ({"after": "MXxpZHw5YzExODVhNXw0MXw0MQ"}, 400, "invalid_cursor"),
        ({"after": "Y2hhbmdlc3wwfDB8MHw5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"}, 400, "invalid_cursor"),
        ({"types": "product.sold"}, 422, "validation_failed"),
        ({"subject": "product:0"}, 422, "validation_failed"),
        ({"subject": "file:1"}, 422, "validation_failed"),
        ({"limit": "101"}, 422, "validation_failed"),
        ({"cursor": "x"}, 422, "unknown_parameter"),
    ],
)
async def test_refusals(shop: Service, query: dict[str, str], status: int, code: str) -> None:
    """A fault of the query names its parameter."""
    answer = await ask(shop, **query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    if status == 422:
        assert [one["field"] for one in answer.json()["details"]] == list(query)


async def test_a_cursor_of_changes_elsewhere(shop: Service) -> None:
    """A list refuses a cursor of the changes."""
    cursor = (await ask(shop)).json()["nextCursor"]
    assert (await ask(shop, "/v2/products", cursor=cursor)).json()["code"] == "invalid_cursor"


async def test_expiry(database_url: str) -> None:
    """A cursor lives as long as the changes after it are kept, and one that is asked for again lives on."""
    clock = Clock()
    async with Service(database_url, clock, changes_ttl=DAY // SECOND) as shop:
        for name in ("Cup", "Pot"):
            await shop.send("POST", "/v2/products", {"name": name, "price": 3})
        first = (await ask(shop, limit=1)).json()["nextCursor"]
        last = (await ask(shop)).json()["nextCursor"]
        clock.now += DAY
        last = (await ask(shop, after=last)).json()["nextCursor"]
        assert told(await ask(shop, after=first)) == ["product.created 2"]
        clock.now += 1
        answer = await ask(shop, after=first)
        assert (answer.status_code, answer.json()["code"]) == (410, "cursor_expired")
        assert told(await ask(shop, after=last)) == []


async def test_a_log_of_another_database(shop: Service, other_url: str, engine: Engine) -> None:
    """A cursor that this log has not reached yet, as after a restore, has expired."""
    cursor = (await ask(shop)).json()["nextCursor"]
    if engine == "postgresql":
        cursor = "Y2hhbmdlc3w5MDA3MTk5MjU0NzQwOTkxfDF8MHwxODAwMDAwMDAwMDAwMDAw"
    async with Service(other_url, CLOCK) as restored:
        assert (await ask(restored, after=cursor)).json()["code"] == "cursor_expired"


async def test_start_over(shop: Service) -> None:
    """An export says where the changes after it begin."""
    export = await ask(shop, "/v2/products/export")
    await shop.send("PATCH", "/v2/products/1", {"price": 5})
    assert told(await ask(shop, after=export.headers["changes-cursor"])) == ["product.updated 1"]


async def test_prices(database_url: str) -> None:
    """A page costs what it may show, and a filter one point more."""
    async with Service(database_url, Clock(), rate_limit="1000/day") as shop:

        async def price(**query: Any) -> int:
            left = [int((await shop.send("GET", "/v2/rate-limit")).json()["remaining"])]
            await ask(shop, **query)
            left.append(int((await shop.send("GET", "/v2/rate-limit")).json()["remaining"]))
            return left[0] - left[1]

        assert [await price(limit=size) for size in (1, 20, 100)] == [1, 1, 3]
        assert await price(limit=1, types="order.placed") == 2
