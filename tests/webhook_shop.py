"""A service whose webhooks go to a server of the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.domain.callers import EVERYONE, Caller
from app.http.outgoing import Network
from app.server.webhook_sender import SECOND, WebhookSender
from tests.clock import Clock
from tests.service import Service
from tests.web import Received, Web, answer

TTL = 7 * 86_400 * SECOND
Owner = Callable[[str], Awaitable[Caller | None]]


class Shop:
    """A service whose webhooks go to a server of this test; `sender` delivers when it is told to."""

    def __init__(self, url: str, web: Web, **settings: Any) -> None:
        self.clock, self.web = Clock(), web
        self.service = Service(url, self.clock, **settings)
        self.send = self.service.send
        self.senders: list[WebhookSender] = []
        self.sender = self.another()

    def another(self, network: Network | None = None, owner: Owner | None = None) -> WebhookSender:
        """Another process that delivers."""
        network = network or self.web.network()
        sender = WebhookSender(self.service.database, owner or self.owner, TTL, self.clock, network)
        self.senders.append(sender)
        return sender

    async def owner(self, name: str) -> Caller | None:
        """What the owner of a webhook may see."""
        return EVERYONE

    async def hook(self, path: str = "/hook", host: str = "images.test", **members: Any) -> dict[str, Any]:
        """A new webhook."""
        made = await self.send("POST", "/v2/webhooks", {"url": self.web.url(path, host), **members})
        assert made.status_code == 201, made.text
        hook: dict[str, Any] = made.json()
        return hook

    async def products(self, *names: str) -> None:
        """Make products."""
        for name in names:
            await self.send("POST", "/v2/products", {"name": name, "price": 3, "stock": 5})

    async def deliveries(self, hook: dict[str, Any]) -> list[dict[str, Any]]:
        """Those of a webhook, the oldest first."""
        listed = await self.send("GET", f"/v2/webhooks/{hook['id']}/deliveries?limit=100")
        return list(reversed(listed.json()["items"]))

    async def until(self, done: Callable[[], Any], sender: WebhookSender | None = None) -> None:
        """Deliver until something holds: a transaction elsewhere on the server may hold back what was written."""
        for _ in range(1_000):
            await (sender or self.sender).round()
            if done():
                return
            await asyncio.sleep(0.01)
        pytest.fail("it was not delivered")

    async def until_received(self, count: int, sender: WebhookSender | None = None) -> list[Received]:
        """The requests, once there are so many."""
        await self.until(lambda: len(self.web.requests) >= count, sender)
        return self.web.requests

    async def close(self) -> None:
        """Close all."""
        for sender in self.senders:
            await sender.close()
        await self.service.close()


@asynccontextmanager
async def shop_beside_web(url: str, **settings: Any) -> AsyncIterator[Shop]:
    """A shop beside a server that takes webhooks at /hook."""
    async with Web().serving() as web:
        web.pages["/hook"] = answer(status="204 No Content")
        made = Shop(url, web, **settings)
        yield made
        await made.close()
