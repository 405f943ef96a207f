"""Changes as they come: pages that wait, and server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import pytest
from sqlalchemy import bindparam, select
from uvicorn.server import ServerState

from app.domain.changes import log
from app.domain.changes.log import NewChange, Type
from app.domain.sql.conditions import each
from app.domain.unit_of_work import Statement
from app.http import event_stream
from app.http import streaming as streaming_answers
from app.server.protocol import Protocol
from tests.servers import PATIENCE
from tests.service import Service
from tests.streams import streaming

pytestmark = pytest.mark.anyio
MOST_WAITING = 200_000
"""Bytes that may wait for a client: a page of events, and what the socket's own limit lets through."""
_NUMBERS = Statement(select(each(bindparam("numbers")).table_valued("value", name="value").c.value.label("id")))


class Over(NamedTuple):
    """A protocol that streams the log: the path and body of a request, and where an event has the id of its change."""

    path: str
    body: bytes
    keys: tuple[str, ...]

    def streaming(self, shop: Service, *fields: str, state: ServerState | None = None) -> Any:
        """A stream from the oldest change on, unless a field says where."""
        return streaming(shop.app, self.path, *fields, state=state, body=self.body)

    def identity(self, data: Any) -> str:
        """The id of the change of an event."""
        for key in self.keys:
            data = data[key]
        return str(data)


REST = Over("/v2/changes", b"", ("id",))
GRAPHQL = Over(
    "/graphql", b'{"query": "subscription { changes { id cursor node { id } } }"}', ("data", "changes", "id")
)


@pytest.fixture
async def shop(database_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """A shop with a product."""
    async with Service(database_url) as made:
        await made.send("POST", "/v2/products", {"name": "Cup", "price": 3, "stock": 0})
        yield made


async def restock(shop: Service) -> None:
    """Make a change."""
    await shop.send("POST", "/v2/products/1/stock-adjustments", {"delta": 1})


async def test_a_page_that_waits(shop: Service) -> None:
    """An empty page waits for a change; one that is there comes at once, and nothing at all is an empty page."""
    end = (await shop.send("GET", "/v2/changes?after=now")).json()["nextCursor"]
    waiting = asyncio.create_task(shop.send("GET", f"/v2/changes?after={end}&wait=25"))
    deleted = asyncio.create_task(shop.send("GET", f"/v2/changes?after={end}&wait=25&types=product.deleted"))
    await restock(shop)
    page = (await waiting).json()
    assert [one["type"] for one in page["items"]] == ["product.stock_changed"]
    assert (await shop.send("GET", f"/v2/changes?after={end}&wait=25")).json()["items"] == page["items"]
    await shop.send("DELETE", "/v2/products/1")
    assert [one["type"] for one in (await deleted).json()["items"]] == ["product.deleted"]
    assert (await shop.send("GET", "/v2/changes?after=now&wait=1")).json()["items"] == []


async def test_the_wait_ends_with_the_request(database_url: str) -> None:
    """A page waits no longer than the request may take."""
    async with Service(database_url, request_timeout=1.2) as shop:
        answer = await shop.send("GET", "/v2/changes?wait=25")
        assert answer.status_code == 200


async def test_events(shop: Service) -> None:
    """A stream begins with what is there and goes on with what comes; the id of an event is its cursor."""
    async with streaming(shop.app, "/v2/changes") as stream:
        assert stream.status == 200
        assert stream.headers["content-type"] == "text/event-stream"
        assert stream.headers["cache-control"] == "private, no-cache"
        (made,) = await stream.events(1)
        await restock(shop)
        (moved,) = await stream.events(1)
    answer = await shop.send("GET", "/v2/changes")
    page = answer.json()
    assert [made.data, moved.data] == page["items"]
    assert [made.id, moved.id] == [one["cursor"] for one in page["items"]]
    assert stream.headers["vary"].lower() == answer.headers["vary"].lower() == "accept, authorization"


@pytest.mark.parametrize("over", [REST, GRAPHQL])
async def test_resuming(shop: Service, over: Over) -> None:
    """A stream that is cut a hundred times is told each change once."""
    seen: list[str] = []
    last, done = "", asyncio.Event()

    async def write() -> None:
        for _ in range(120):
            await restock(shop)
        done.set()

    writing = asyncio.create_task(write())
    for round_ in range(100):
        async with over.streaming(shop, *([f"Last-Event-ID: {last}"] if last else [])) as stream:
            seen += [over.identity(one.data) for one in await stream.events(1)]
            last = stream.last_id
        if round_ == 50:
            await done.wait()
    await writing
    async with over.streaming(shop, f"Last-Event-ID: {last}") as stream:
        seen += [over.identity(one.data) for one in await stream.events(21)]
    assert len(seen) == len(set(seen)) == 121


@pytest.mark.parametrize("over", [REST, GRAPHQL])
async def test_a_stalled_client(shop: Service, over: Over, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that reads nothing is cut, before it was sent all that there is, of which little waits for it."""
    monkeypatch.setattr(streaming_answers, "SECONDS_STALLED", 0.2)
    monkeypatch.setattr(Protocol, "stalled_seconds", 0.2)
    many = {number: NewChange(Type.PRODUCT_CREATED, number, 1) for number in range(2, 1_002)}
    changes = 40 * len(many)
    for _ in range(40):
        await shop.database.write(lambda unit: log.effects(unit, _NUMBERS, many, numbers=list(many)))
    state, most = ServerState(), 0
    async with over.streaming(shop, state=state) as stream, asyncio.timeout(PATIENCE):
        assert shop.changes.feed.followers
        while shop.changes.feed.followers:
            await asyncio.sleep(0.001)  # the feed tells nobody
            most = max(most, *(one.transport.get_write_buffer_size() for one in state.connections), 0)  # type: ignore[union-attr] # ours has one
        assert 0 < most < MOST_WAITING
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError, ValueError)):  # wherever it was cut
            await stream.events(changes)


async def test_keeping_awake(shop: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is told, a comment is sent with the place that a client goes on from."""
    monkeypatch.setattr(event_stream, "SECONDS_BETWEEN", 0.02)
    async with streaming(shop.app, "/v2/changes?types=order.placed") as stream:
        await restock(shop)
        async for block in stream.blocks:
            assert block.data is None
            if block.id and not (await shop.send("GET", f"/v2/changes?after={block.id}")).json()["items"]:
                break


async def test_the_end(shop: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream ends by itself after its time, whole."""
    monkeypatch.setattr(event_stream, "SECONDS", 0.1)
    monkeypatch.setattr(event_stream, "SECONDS_BETWEEN", 0.02)
    async with streaming(shop.app, "/v2/changes") as stream:
        assert len(await stream.events(99)) == 1


async def test_shutdown(shop: Service) -> None:
    """A server that stops ends its streams, and those who wait get an empty page."""
    state = ServerState()
    async with streaming(shop.app, "/v2/changes", state=state) as stream:
        await stream.events(1)
        for connection in list(state.connections):
            connection.shutdown()  # type: ignore[union-attr] # as uvicorn does
        assert await stream.events(99) == []


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/v2/changes?after=garbage", [], 400),
        ("/v2/changes", ["Last-Event-ID: garbage"], 400),
        ("/v2/changes?limit=0", [], 422),
        ("/v2/products", [], 406),
        ("/v2/products/1/changes", [], 406),
    ],
)
async def test_refusals(shop: Service, path: str, fields: list[str], status: int) -> None:
    """What is refused is refused before the stream begins."""
    async with streaming(shop.app, path, *fields) as stream:
        assert (stream.status, stream.headers["content-type"]) == (status, "application/problem+json")


async def test_one_reader(shop: Service) -> None:
    """However many follow, the log is read once for all of them."""
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(streaming(shop.app, "/v2/changes")) for _ in range(20)]
        await asyncio.gather(*(stream.events(1) for stream in streams))
        before = shop.database.statements
        await restock(shop)
        told = await asyncio.gather(*(stream.events(1) for stream in streams))
        assert len({events[0].id for events in told}) == 1
        assert shop.database.statements - before < 20
