"""Endpoints of webhooks that stall, refuse, move, go away or ask for time: none delays another."""

import asyncio
from datetime import UTC, datetime

import pytest

from app.domain.webhooks.webhooks import MAX_WEBHOOKS
from app.server import webhook_sender
from app.server.webhook_sender import SECOND
from tests.servers import PATIENCE
from tests.web import Page, answer
from tests.webhook_shop import Shop

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("7200", 7_200), ("Wed, 04 Mar 2026 18:05:11 GMT", 7_200), ("x", 5), ("Wed, 99 Mar", 5), ("9" * 5_000, 36_000)],
)
async def test_retry_after(shop: Shop, retry_after: str, seconds: int) -> None:
    """An endpoint says when it wants a message again, in seconds or by a date; ten hours later at most."""
    shop.clock.now = int(datetime(2026, 3, 4, 16, 5, 11, tzinfo=UTC).timestamp()) * SECOND
    await shop.hook()
    shop.web.pages["/hook"] = answer(status="503 Busy", retry_after=retry_after)
    await shop.products("Cup")
    await shop.until_received(1)
    for moment, hits in ((seconds * 3 // 4, 1), (seconds // 2 + 2, 2)):
        shop.clock.now += moment * SECOND
        await shop.sender.round()
        assert shop.web.hits["/hook"] == hits


async def test_many_that_stall(shop: Shop) -> None:
    """However many endpoints of a caller take a message and never answer, refuse it, redirect it or are gone, the one
    that works has its messages meanwhile, and each of the others says what was wrong.
    """
    over, stalled = asyncio.Event(), []

    async def stall(_: asyncio.StreamWriter) -> None:
        stalled.append(1)
        await over.wait()

    pages = (stall, answer(status="307 Temporary Redirect", location="/hook"), answer(status="410 Gone"))
    hooks = []
    for number in range(MAX_WEBHOOKS - 1):
        shop.web.pages[f"/{number}"] = pages[number % len(pages)]
        hooks.append(await shop.hook(f"/{number}"))
    await shop.hook("/hook")
    await shop.products("Cup", "Pot")

    def received() -> bool:
        return shop.web.hits["/hook"] == 2 and len(stalled) == len(hooks[:: len(pages)])

    async with asyncio.timeout(PATIENCE):
        while not received():
            await shop.sender.begin()
            await asyncio.sleep(0.01)
    over.set()
    await shop.sender.round()
    listed = [(await shop.deliveries(hook))[0] for hook in hooks]
    assert [one["responseStatus"] for one in listed] == [(None, 307, 410)[n % 3] for n in range(len(hooks))]
    shown = (await shop.send("GET", "/v2/webhooks")).json()["items"]
    assert [one["reason"] for one in shown] == [("gone" if n % 3 == 2 else None) for n in range(len(hooks))] + [None]


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(bytes(4_096))
        await writer.drain()


async def _silent(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("page", "seconds", "status", "error"),
    [
        (_endless, 15.0, "delivered", None),
        (_silent, 0.5, "pending", "the request took more than 0 seconds"),
        (b"This is no HTTP.\r\n\r\n", 15.0, "pending", "the host does not answer as HTTPS"),
        (b"", 15.0, "pending", "the host does not answer as HTTPS"),
    ],
)
async def test_answers_that_are_none(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, page: Page, seconds: float, status: str, error: str | None
) -> None:
    """An answer without end counts by its status; silence, noise and a closed connection are listed as failures."""
    monkeypatch.setattr(webhook_sender, "_SECONDS", seconds)
    shop.web.pages["/hook"] = page
    hook = await shop.hook()
    await shop.products("Cup")
    await shop.until_received(1)
    (listed,) = await shop.deliveries(hook)
    assert (listed["status"], listed["error"]) == (status, error)
