"""Webhooks: signed, in order, at least once, by one process at a time, and only to where they may go."""

import asyncio
import base64

import pytest

from app.domain.callers import Caller, Scope
from app.server.webhook_sender import GIVE_UP_AFTER, SECOND, WebhookSender
from tests.changes.webhook_requests import told, verify
from tests.web import answer
from tests.webhook_shop import TTL, Shop

pytestmark = pytest.mark.anyio
HOUR, DAY = 3_600 * SECOND, 86_400 * SECOND


async def test_signed_and_in_order(shop: Shop) -> None:
    """Each change since the webhook was made is sent once, in order, signed; the delivery is listed."""
    await shop.products("Before")
    hook = await shop.hook()
    await shop.products("Cup", "Pot", "Jug")
    await shop.send("PATCH", "/v2/products/2", {"price": 4}, X_Request_ID="edit-1")
    requests = await shop.until_received(4)
    created = [("product.created", number) for number in (2, 3, 4)]
    assert told(requests) == [*created, ("product.updated", 2)]
    last = verify(requests[-1], hook["secret"])
    (logged,) = (await shop.send("GET", "/v2/changes?types=product.updated")).json()["items"]
    assert last == {"type": "product.updated", "timestamp": logged["at"], "data": {**logged, "caller": None}}
    assert requests[-1].fields["webhook-timestamp"] == str(shop.clock.now // SECOND)
    assert len({request.fields["webhook-id"] for request in requests}) == 4
    with pytest.raises(AssertionError):
        verify(requests[-1]._replace(body=requests[-1].body + b" "), hook["secret"])
    await shop.sender.round()
    assert len(shop.web.requests) == 4
    listed = await shop.deliveries(hook)
    assert [(one["number"], one["status"], one["responseStatus"]) for one in listed] == [
        (number, "delivered", 204) for number in (1, 2, 3, 4)
    ]
    assert [one["messageId"] for one in listed] == [request.fields["webhook-id"] for request in requests]


async def test_filter_by_type(shop: Shop) -> None:
    """A webhook with types is told of these alone."""
    await shop.hook(types=["product.deleted"])
    await shop.products("Cup")
    await shop.send("DELETE", "/v2/products/1")
    assert told(await shop.until_received(1)) == [("product.deleted", 1)]


async def test_retries(shop: Shop) -> None:
    """A message is sent again, later each time, with the same id and body; those behind it wait, other webhooks not."""
    hook = await shop.hook("/broken")
    other = await shop.hook("/hook")
    shop.web.pages["/broken"] = answer(status="500 Oops")
    await shop.products("Cup", "Pot")
    await shop.until_received(3)
    assert shop.web.hits == {"/broken": 1, "/hook": 2}
    for early, late in ((3.9, 2.2), (15.9, 8.2), (63.9, 32.2)):
        hits = shop.web.hits["/broken"]
        shop.clock.now += int(early * SECOND)
        await shop.sender.round()
        assert shop.web.hits["/broken"] == hits
        shop.clock.now += int(late * SECOND)
        await shop.sender.round()
        assert shop.web.hits["/broken"] == hits + 1
    shop.web.pages["/broken"] = answer(status="503 Busy", retry_after="7200")
    shop.clock.now += HOUR
    await shop.sender.round()
    shop.web.pages["/broken"] = answer()
    shop.clock.now += 2 * HOUR - SECOND
    await shop.sender.round()
    assert shop.web.hits["/broken"] == 5
    shop.clock.now += SECOND
    await shop.until(lambda: shop.web.hits["/broken"] == 7)
    requests = [request for request in shop.web.requests if request.path == "/broken"]
    assert len({(one.fields["webhook-id"], one.body) for one in requests[:6]}) == 1
    assert told(requests[5:]) == [("product.created", 1), ("product.created", 2)]
    for request in requests:
        verify(request, hook["secret"])
    listed = await shop.deliveries(hook)
    assert [(one["status"], one["attempts"], one["error"]) for one in listed] == [
        ("delivered", 6, None),
        ("delivered", 1, None),
    ]
    assert all(one["attempts"] == 1 for one in await shop.deliveries(other))


@pytest.mark.parametrize(("status", "reason"), [("500 Oops", "failing"), ("410 Gone", "gone")])
async def test_it_is_given_up(shop: Shop, status: str, reason: str) -> None:
    """After three days of failures, or a 410, a webhook rests; once it is resumed, it gets all that it has missed."""
    hook = await shop.hook()
    path = f"/v2/webhooks/{hook['id']}"
    shop.web.pages["/hook"] = answer(status=status)
    await shop.products("Cup")
    await shop.until_received(1)
    if reason == "failing":
        assert (await shop.send("GET", path)).json()["active"]
        shop.clock.now += GIVE_UP_AFTER
        await shop.sender.round()
    shown = (await shop.send("GET", path)).json()
    assert (shown["active"], shown["reason"]) == (False, reason)
    count = len(shop.web.requests)
    shop.clock.now += DAY
    await shop.products("Pot")
    await shop.sender.round()
    assert len(shop.web.requests) == count
    assert (await shop.send("POST", f"{path}/test")).status_code == 409
    shop.web.pages["/hook"] = answer()
    assert (await shop.send("PATCH", path, {"active": True})).json()["reason"] is None
    requests = await shop.until_received(count + 2)
    assert told(requests[count:]) == [("product.created", 1), ("product.created", 2)]


async def test_a_process_that_stops(shop: Shop) -> None:
    """What a stopping process has not finished, another one sends at once; nothing is left out."""
    await shop.hook()
    entered = asyncio.Event()

    async def hangs(writer: asyncio.StreamWriter) -> None:
        entered.set()
        await asyncio.Event().wait()

    shop.web.pages["/hook"] = hangs
    await shop.products("Cup", "Pot")
    while not entered.is_set():
        await shop.sender.begin()
        await asyncio.sleep(0.01)
    await shop.sender.close()
    shop.web.pages["/hook"] = answer()
    requests = await shop.until_received(3, shop.another())
    assert told(requests) == [("product.created", number) for number in (1, 1, 2)]


async def test_a_process_that_dies(shop: Shop) -> None:
    """Nobody else delivers while a lease lasts; when it ends, another one does, and the first one changes nothing."""
    hook = await shop.hook()
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        entered.set()
        await go_on.wait()
        writer.write(answer(status="500 Late"))

    shop.web.pages["/hook"] = slow
    await shop.products("Cup", "Pot")
    while not entered.is_set():
        await shop.sender.begin()
        await asyncio.sleep(0.01)
    other = shop.another()
    await other.round()
    assert len(shop.web.requests) == 1
    shop.clock.now += 61 * SECOND
    shop.web.pages["/hook"] = answer()
    requests = await shop.until_received(3, other)
    go_on.set()
    await shop.sender.round()
    assert told(requests) == [("product.created", number) for number in (1, 1, 2)]
    assert [(one["status"], one["attempts"]) for one in await shop.deliveries(hook)] == [("delivered", 1)] * 2


async def test_several_processes(shop: Shop) -> None:
    """Processes that deliver at the same time send each message once, in order."""
    await shop.hook()
    await shop.products(*(f"Cup {number}" for number in range(12)))
    senders = [shop.another() for _ in range(3)]
    for _ in range(3_000):
        await asyncio.gather(*(sender.round() for sender in senders))
        if len(shop.web.requests) >= 12:
            break
        await asyncio.sleep(0.01)
    assert [subject for _, subject in told(shop.web.requests)] == list(range(1, 13))


async def test_secrets(shop: Shop) -> None:
    """A new secret signs beside the old one for a day."""
    hook = await shop.hook()
    path, old = f"/v2/webhooks/{hook['id']}", hook["secret"]
    assert len(base64.b64decode(old.removeprefix("whsec_"))) == 32
    new = (await shop.send("POST", f"{path}/secret")).json()["secret"]
    await shop.send("POST", f"{path}/test")
    (both,) = await shop.until_received(1)
    assert verify(both, old) == verify(both, new)
    shop.clock.now += DAY
    await shop.send("POST", f"{path}/test")
    later = (await shop.until_received(2))[1]
    verify(later, new)
    with pytest.raises(AssertionError):
        verify(later, old)


async def test_tests_and_redeliveries(shop: Shop) -> None:
    """A test says so; a delivery that is sent again has the same id and body."""
    hook = await shop.hook()
    path = f"/v2/webhooks/{hook['id']}"
    await shop.send("POST", f"{path}/test")
    await shop.until_received(1)
    await shop.send("POST", f"{path}/deliveries/1/redelivery")
    one, two = await shop.until_received(2)
    assert verify(one, hook["secret"]) == verify(two, hook["secret"])
    assert verify(one, hook["secret"])["type"] == "webhook.test"
    assert one.fields["webhook-id"] == two.fields["webhook-id"]


async def test_scopes_of_the_key(shop: Shop) -> None:
    """Deliveries go by the scopes of the owner's keys at that time; without a live key they wait."""
    scopes: list[Scope] | None = [Scope.WEBHOOKS_WRITE]

    async def owner(name: str) -> Caller | None:
        return None if scopes is None else Caller(name, frozenset(scopes))

    shop.sender = WebhookSender(shop.service.database, owner, TTL, shop.clock, shop.web.network())
    shop.senders.append(shop.sender)
    await shop.hook()
    await shop.send("POST", "/v2/products", {"name": "Draft", "price": 3, "status": "draft"})
    await shop.products("Cup")
    assert told(await shop.until_received(1)) == [("product.created", 2)]
    scopes = None
    await shop.products("Pot")
    await shop.sender.round()
    assert len(shop.web.requests) == 1
    scopes = [Scope.WEBHOOKS_WRITE, Scope.CATALOG_WRITE]
    await shop.send("PATCH", "/v2/products/1", {"price": 5})
    shop.clock.now += 60 * SECOND
    assert told((await shop.until_received(3))[1:]) == [("product.created", 3), ("product.updated", 1)]


async def test_a_lost_scope(shop: Shop) -> None:
    """A message that waits is not sent any more once the owner may not see what it tells."""
    scopes = [Scope.WEBHOOKS_WRITE, Scope.CATALOG_WRITE]

    async def owner(name: str) -> Caller | None:
        return Caller(name, frozenset(scopes))

    shop.sender = WebhookSender(shop.service.database, owner, TTL, shop.clock, shop.web.network())
    shop.senders.append(shop.sender)
    hook = await shop.hook()
    shop.web.pages["/hook"] = answer(status="500 Oops")
    await shop.send("POST", "/v2/products", {"name": "Draft", "price": 3, "status": "draft"})
    await shop.products("Cup")
    await shop.until_received(1)
    scopes.remove(Scope.CATALOG_WRITE)
    shop.web.pages["/hook"] = answer()
    shop.clock.now += 7 * SECOND
    requests = await shop.until_received(2)
    assert told(requests[1:]) == [("product.created", 2)]
    first, second = await shop.deliveries(hook)
    assert (first["status"], second["status"]) == ("failed", "delivered")
    assert "catalog:write" in first["error"]
