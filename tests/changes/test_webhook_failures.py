"""Webhooks while the database fails, or the code: it is logged, and messages are delivered once it works again."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.domain.errors import Unavailable
from app.domain.webhooks import queue
from app.server import webhook_sender
from app.server.webhook_sender import SECOND
from tests.changes.webhook_requests import told
from tests.servers import PATIENCE
from tests.web import answer
from tests.webhook_shop import Shop

pytestmark = pytest.mark.anyio

Plant = Callable[..., None]


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Makes a statement of the queue fail a few times."""

    def planted(name: str, *failures: Exception) -> None:
        left, work = list(failures), getattr(queue, name)

        async def fail(*arguments: Any) -> Any:
            if left:
                raise left.pop()
            return await work(*arguments)

        monkeypatch.setattr(queue, name, fail)

    return planted


async def test_the_database_is_away(shop: Shop, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop goes on, and one line tells of an outage, however long it lasts."""
    monkeypatch.setattr(webhook_sender, "_SECONDS_WITHOUT", 0.001)
    monkeypatch.setattr(webhook_sender, "_SECONDS_BETWEEN", 0.001)
    received = asyncio.Event()

    async def takes(writer: asyncio.StreamWriter) -> None:
        writer.write(answer())
        received.set()

    shop.web.pages["/hook"] = takes
    await shop.hook()
    await shop.products("Cup")
    plant("due", *(Unavailable("planted") for _ in range(3)))
    with capture_logs() as logs:
        running = asyncio.create_task(shop.sender.run())
        async with asyncio.timeout(PATIENCE):
            await received.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert [(one["event"], one["reason"]) for one in logs] == [("webhooks could not be read", "planted")]


@pytest.mark.parametrize("failure", [Unavailable("planted"), ValueError("planted")])
async def test_one_is_not_served(shop: Shop, plant: Plant, failure: Exception) -> None:
    """A failure at one webhook is logged and is none of another; the next round delivers."""
    await shop.hook()
    await shop.hook("/other")
    await shop.products("Cup")
    plant("lease", failure)
    with capture_logs() as logs:
        await shop.until_received(1)
    assert [one["event"] for one in logs if "could not" in one["event"]] == ["webhook could not be served"]
    await shop.until_received(2)
    assert set(shop.web.hits) == {"/hook", "/other"}


async def test_stopping_without_the_database(shop: Shop, plant: Plant) -> None:
    """A process that cannot give back its webhooks stops all the same; others continue when its leases have ended."""
    await shop.hook()
    entered = asyncio.Event()

    async def hangs(_: asyncio.StreamWriter) -> None:
        entered.set()
        await asyncio.Event().wait()

    shop.web.pages["/hook"] = hangs
    await shop.products("Cup")
    async with asyncio.timeout(PATIENCE):
        while not entered.is_set():
            await shop.sender.begin()
            await asyncio.sleep(0.01)
    plant("release_all", Unavailable("planted"))
    with capture_logs() as logs:
        await shop.sender.close()
    assert [(one["event"], one["reason"]) for one in logs] == [("webhooks could not be released", "planted")]
    shop.web.pages["/hook"] = answer()
    other = shop.another()
    await other.round()
    assert len(shop.web.requests) == 1
    shop.clock.now += 61 * SECOND
    assert told(await shop.until_received(2, other)) == [("product.created", 1)] * 2
