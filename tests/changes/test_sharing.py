"""Streams share what is read and rendered for all that select the same; nobody gets what another one may see."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from uvicorn.server import ServerState

from app.domain.callers import Scope
from app.stores import keys
from schema.http.event_streams import Subscription
from tests.service import Service
from tests.streams import Stream, streaming

pytestmark = pytest.mark.anyio
NEWS = """subscription($after: String, $most: Int = 5) { changes(after: $after) {
  type caller subject { type id }
  node { ... on Product { name stock categories(first: $most) { edges { node { name } } } } }
} }"""
MANY = 20


@pytest.fixture
async def shop(database_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """A shop with a product in two categories."""
    async with Service(database_url) as made:
        for name in ("Green", "Loose"):
            await made.send("POST", "/v2/categories", {"name": name})
        await made.send("POST", "/v2/products", {"name": "Cup", "price": 3, "stock": 0, "categoryIds": [1, 2]})
        yield made


def subscribed(shop: Service, *fields: str, state: ServerState | None = None, **variables: Any) -> Any:
    """A subscription to the news."""
    body = json.dumps({"query": NEWS, "variables": variables}).encode()
    return streaming(shop.app, "/graphql", *fields, state=state, body=body)


async def event(stream: Stream) -> Any:
    """The change of the next event."""
    (found,) = await stream.events(1)
    return found.data["data"]["changes"] if "data" in found.data else found.data


async def restock(shop: Service) -> None:
    """Make a change."""
    await shop.send("POST", "/v2/products/1/stock-adjustments", {"delta": 1})


async def test_one_read_for_all(shop: Service) -> None:
    """However many subscribers select the same, each subject is read once, wherever they began."""
    cursor = (await shop.send("GET", "/v2/changes?after=now")).json()["nextCursor"]
    async with AsyncExitStack() as stack:
        begun = [stack.enter_async_context(subscribed(shop, after=("now", cursor)[n % 2])) for n in range(MANY)]
        streams = [await one for one in begun]
        await restock(shop)
        assert [(await event(stream))["node"]["stock"] for stream in streams] == [1] * MANY
        before = shop.database.statements
        await restock(shop)
        assert [(await event(stream))["node"]["stock"] for stream in streams] == [2] * MANY
        assert shop.database.statements - before < MANY


async def test_own_arguments(shop: Service) -> None:
    """Whoever selects the same with other variables gets what these ask for."""
    async with subscribed(shop, after="now", most=1) as one, subscribed(shop, after="now", most=2) as other:
        await restock(shop)
        for stream, count in ((one, 1), (other, 2)):
            assert len((await event(stream))["node"]["categories"]["edges"]) == count


async def test_one_who_is_cancelled(shop: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others get their events although the request that began to make them is cancelled."""
    entered, cancelled = asyncio.Event(), asyncio.Event()
    results = Subscription._results  # noqa: SLF001 - to stop in the middle of it

    async def late(self: Subscription, changes: Any) -> Any:
        entered.set()
        await cancelled.wait()
        return await results(self, changes)

    monkeypatch.setattr(Subscription, "_results", late)
    state = ServerState()
    async with subscribed(shop, after="now", state=state), subscribed(shop, after="now") as second:
        await restock(shop)
        await entered.wait()
        (first,) = state.tasks
        first.cancel()
        await asyncio.wait([first])
        cancelled.set()
        assert (await event(second))["node"]["stock"] == 1


async def test_own_view(shop: Service) -> None:
    """Each caller is told of its own orders alone; drafts and callers are for those who write the catalogue."""
    orders = [Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    scopes = {"ann": orders, "bob": orders, "editor": [Scope.CATALOG_WRITE]}
    bearer = {name: f"Bearer {await keys.create(shop.database, name, of)}" for name, of in scopes.items()}
    async with Service(shop.url, auth="keys") as guarded, AsyncExitStack() as stack:
        fields = {"": [], **{name: [f"Authorization: {secret}"] for name, secret in bearer.items()}}
        graphql, rest = {}, {}
        for name, of in fields.items():
            graphql[name] = await stack.enter_async_context(subscribed(guarded, *of, after="now"))
            rest[name] = await stack.enter_async_context(streaming(guarded.app, "/v2/changes?after=now", *of))
        draft = {"name": "Pot", "price": 4, "status": "draft"}
        await guarded.send("POST", "/v2/products", draft, authorization=bearer["editor"])
        for name in ("ann", "bob"):
            order = {"items": [{"productId": 1, "quantity": 1}]}
            await restock(shop)
            made = await guarded.send("POST", "/v2/orders", order, authorization=bearer[name], idempotency_key=name)
            assert made.status_code == 201, made.text
        adjusted, sold = ("product.stock_changed", 1, None), ("product.stock_changed", 1, None)
        placed = {"ann": ("order.placed", 1, None), "bob": ("order.placed", 2, None)}
        seen = {
            "": [adjusted, sold, adjusted, sold],
            "ann": [adjusted, placed["ann"], sold, adjusted, sold],
            "bob": [adjusted, sold, adjusted, placed["bob"], sold],
            "editor": [
                ("product.created", 2, "editor"),
                *(("product.stock_changed", 1, name) for name in ("", "ann", "", "bob")),
            ],
        }
        for name, expected in seen.items():
            of_rest = [one.data for one in await rest[name].events(len(expected))]
            of_graphql = [await event(graphql[name]) for _ in expected]
            for found in (of_rest, of_graphql):
                assert [(one["type"], one["subject"]["id"], one["caller"]) for one in found] == expected
