"""Webhooks over time and in other places: where they may go, whose they are, and what is forgotten."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from app.domain.callers import EVERYONE, Caller, Scope
from app.http.public_addresses import is_public
from app.server import webhook_sender
from app.server.webhook_sender import SECOND
from app.stores import keys
from tests.changes.webhook_requests import told
from tests.web import HERE, answer
from tests.webhook_shop import TTL, Shop

HOUR, DAY = 3_600 * SECOND, 86_400 * SECOND

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("host", "address"), [("meta.test", "169.254.169.254"), ("sneaky.test", HERE)])
async def test_names_of_private_addresses(shop: Shop, host: str, address: str) -> None:
    """A name that resolves to a private address is refused before any connection, logged, and listed."""
    shop.web.hosts = {host: [address]}
    hook = await shop.hook(host=host)
    sender = shop.another(replace(shop.web.network(), allows=is_public))
    await shop.products("Cup")
    with capture_logs() as logs:
        await shop.until(lambda: shop.web.lookups[host], sender)
    assert [(one["event"], one["host"], one["reason"]) for one in logs] == [
        ("webhook not delivered", host, "the host is not on the public internet")
    ]
    assert not shop.web.requests
    (listed,) = await shop.deliveries(hook)
    assert (listed["status"], listed["attempts"]) == ("pending", 1)
    assert listed["error"] == "the host is not on the public internet"


async def test_a_trusted_host(shop: Shop) -> None:
    """A host that the operator names may be anywhere."""
    await shop.hook()
    sender = shop.another(replace(shop.web.network(), allows=is_public, trusted=frozenset({"images.test"})))
    await shop.products("Cup")
    assert told(await shop.until_received(1, sender)) == [("product.created", 1)]


async def test_redirects(shop: Shop) -> None:
    """A redirect is not followed; it is logged, and listed as a failure."""
    shop.web.pages["/hook"] = answer(status="307 Temporary Redirect", location="/elsewhere")
    hook = await shop.hook()
    await shop.products("Cup")
    with capture_logs() as logs:
        await shop.until_received(1)
    assert [(one["event"], one["reason"]) for one in logs] == [("webhook not delivered", "redirects are not followed")]
    (listed,) = await shop.deliveries(hook)
    assert (listed["status"], listed["responseStatus"]) == ("pending", 307)
    assert listed["error"] == "redirects are not followed"
    assert shop.web.hits == {"/hook": 1}


async def test_callers_of_names(shop: Shop) -> None:
    """The owner of a webhook has the scopes of all live keys of the name."""
    database = shop.service.database
    assert await keys.caller_of(database, "shop") is None
    await keys.create(database, "shop", [Scope.WEBHOOKS_WRITE])
    await keys.create(database, "shop", [Scope.ORDERS_READ], lifetime=DAY)
    both = {Scope.WEBHOOKS_WRITE, Scope.ORDERS_READ, Scope.CATALOG_READ}
    assert await keys.caller_of(database, "shop") == Caller("shop", frozenset(both))
    shop.clock.now += DAY
    found = await keys.caller_of(database, "shop")
    assert found is not None
    assert Scope.ORDERS_READ not in found.scopes
    await keys.revoke(database, "shop")
    assert await keys.caller_of(database, "shop") is None


async def test_quiet_webhooks_keep_their_place(shop: Shop) -> None:
    """A webhook that nothing is told of does not expire; one that was paused for too long cannot be resumed."""
    hook = await shop.hook()
    path = f"/v2/webhooks/{hook['id']}"
    for _ in range(20):
        shop.clock.now += TTL // 2
        await shop.sender.round()
    assert (await shop.send("GET", path)).json()["active"]
    await shop.send("PATCH", path, {"active": False})
    shop.clock.now += TTL - DAY
    assert (await shop.send("PATCH", path, {"active": True})).status_code == 200
    await shop.sender.round()
    await shop.send("PATCH", path, {"active": False})
    shop.clock.now += TTL + SECOND
    refused = await shop.send("PATCH", path, {"active": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


async def test_old_deliveries_are_forgotten(shop: Shop) -> None:
    """Deliveries with an outcome are kept for as long as changes are."""
    hook = await shop.hook()
    await shop.products("Cup")
    await shop.until_received(1)
    shop.clock.now += TTL
    assert not await shop.sender.sweep()
    assert len(await shop.deliveries(hook)) == 1
    shop.clock.now += 1
    await shop.sender.sweep()
    assert await shop.deliveries(hook) == []


async def test_looks(shop: Shop) -> None:
    """A look tells whether there is an active webhook, so that without one the service seldom looks."""
    assert not await shop.sender.begin()
    hook = await shop.hook()
    assert await shop.sender.begin()
    await shop.send("PATCH", f"/v2/webhooks/{hook['id']}", {"active": False})
    assert not await shop.sender.begin()


@pytest.mark.parametrize("has_key", [False, True])
async def test_a_place_that_is_gone(shop: Shop, has_key: bool) -> None:
    """A webhook says that it expired if for as long as changes are kept nobody served it, or its owner had no key."""

    async def owner(_: str) -> Caller | None:
        return EVERYONE if has_key else None

    sender = shop.another(owner=owner)
    hook = await shop.hook()
    await shop.products("Cup")
    shop.clock.now += TTL + SECOND
    await shop.until(lambda: True, sender)
    shown = (await shop.send("GET", f"/v2/webhooks/{hook['id']}")).json()
    assert (shown["active"], shown["reason"], shop.web.requests) == (False, "expired", [])


async def test_a_webhook_that_is_deleted_meanwhile(shop: Shop) -> None:
    """Nothing is sent for a webhook that its owner deletes before its changes are read."""
    hook = await shop.hook()

    async def owner(_: str) -> Caller:
        assert (await shop.send("DELETE", f"/v2/webhooks/{hook['id']}")).status_code == 204
        return EVERYONE

    await shop.products("Cup")
    with capture_logs() as logs:
        await shop.until(lambda: True, shop.another(owner=owner))
    assert (shop.web.requests, logs) == ([], [])
    assert (await shop.send("GET", "/v2/webhooks")).json()["items"] == []


@pytest.mark.parametrize("status", ["204 No Content", "410 Gone"])
async def test_a_webhook_that_is_paused_meanwhile(shop: Shop, status: str) -> None:
    """A message that is under way is sent and recorded; the webhook stays paused, whatever its endpoint answers."""
    hook = await shop.hook()
    path = f"/v2/webhooks/{hook['id']}"

    async def pauses(writer: asyncio.StreamWriter) -> None:
        await shop.send("PATCH", path, {"active": False})
        writer.write(answer(status=status))

    shop.web.pages["/hook"] = pauses
    await shop.products("Cup", "Pot")
    await shop.until_received(1)
    await shop.sender.round()
    shown = (await shop.send("GET", path)).json()
    assert (shown["active"], shown["reason"], shop.web.hits["/hook"]) == (False, "paused", 1)
    assert [one["responseStatus"] for one in await shop.deliveries(hook)] == [int(status[:3]), None]


async def test_many_messages(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A webhook with many messages gives others a turn after some, and goes on later, in order."""
    monkeypatch.setattr(webhook_sender, "_BATCH", 3)
    await shop.hook()
    await shop.products(*(f"Cup {number}" for number in range(8)))
    assert [number for _, number in told(await shop.until_received(8))] == list(range(1, 9))
