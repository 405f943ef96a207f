"""Webhooks: made, listed, changed, tested and deleted alike over REST and GraphQL."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.callers import Scope
from app.domain.idempotency import r as idempotency_record
from app.domain.unit_of_work import Statement, Unit
from app.domain.webhooks.webhooks import MAX_WEBHOOKS
from app.stores import keys
from tests.behaviour.surfaces import Refused
from tests.behaviour.webhook_surfaces import SURFACES, GraphqlHooks, Hooks, RestHooks
from tests.service import Service
from tests.webhook_shop import Shop, shop_beside_web

pytestmark = pytest.mark.anyio
URL = "https://shop.example/hook"


@pytest.fixture(params=list(SURFACES))
def hooks(request: pytest.FixtureRequest, service: Service) -> Hooks:
    """A surface of webhooks."""
    surface: Hooks = SURFACES[request.param](service)
    return surface


def other(hooks: Hooks) -> Hooks:
    """The other surface of the same service."""
    return (GraphqlHooks if isinstance(hooks, RestHooks) else RestHooks)(hooks.service, **hooks.headers)


async def refusal(awaited: Any) -> Refused:
    """The refusal of a request."""
    with pytest.raises(Refused) as refused:
        await awaited
    return refused.value


async def test_life(hooks: Hooks) -> None:
    """A webhook is made, listed, paused, resumed and deleted; only its creation shows the secret."""
    made = await hooks.create(url=URL, types=["product.updated", "order.placed", "product.updated"])
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    expected = {"url": URL, "types": ["product.updated", "order.placed"], "active": True, "reason": None}
    assert made == {"id": made["id"], "createdAt": made["createdAt"], **expected}
    identity = made["id"]
    for surface in (hooks, other(hooks)):
        assert await surface.get(identity) == made
        assert await surface.list() == [made]
    assert await hooks.update(identity, active=False) == {**made, "active": False, "reason": "paused"}
    assert (await refusal(hooks.test(identity))).code == "conflict"
    assert await hooks.update(identity, active=True, types=None) == {**made, "types": None}
    assert await other(hooks).get(identity) == {**made, "types": None}
    await hooks.delete(identity)
    assert await hooks.list() == []
    for again in (hooks.get(identity), hooks.delete(identity), hooks.update(identity, active=True)):
        assert (await refusal(again)).code == "not_found"
    for again in (hooks.rotate(identity), hooks.test(identity), hooks.redeliver(identity, 1)):
        assert (await refusal(again)).code == "not_found"
    assert (await refusal(hooks.deliveries(identity))).code == "not_found"


async def test_faults(hooks: Hooks) -> None:
    """All faults of an input are told at once, and nothing is made."""
    refused = await refusal(hooks.create(url="http://shop.example", types=["product.updated", "no.such"]))
    assert (refused.code, refused.fields) == ("validation_failed", ["url", "types.1"])
    assert (await refusal(hooks.create(url=URL, types=[]))).fields == ["types"]
    for url in ("https://user:pw@shop.example/", "https://shop.example/#hook", "https://shop example/", "https://"):
        assert (await refusal(hooks.create(url=url))).fields == ["url"]
    assert await hooks.list() == []
    made = await hooks.create(url=URL)
    refused = await refusal(hooks.update(made["id"], active=None, types=["stock"]))
    assert refused.fields == ["types.0", "active"]


@pytest.mark.parametrize("host", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "[::1]", "2130706433", "0x7f.1"])
async def test_literal_private_addresses(hooks: Hooks, host: str) -> None:
    """An address that names a private one is refused when the webhook is made, in each way to write it."""
    assert (await refusal(hooks.create(url=f"https://{host}/hook"))).fields == ["url"]
    assert await hooks.list() == []


async def test_trusted_hosts(database_url: str, anyio_backend: str) -> None:
    """Hosts that the operator names may be anywhere, by http too, whichever protocol names them."""
    async with Service(database_url, webhook_hosts="localhost") as service:
        for surface in SURFACES.values():
            made = await surface(service).create(url="http://localhost:9/hook")
            assert made["url"] == "http://localhost:9/hook"


async def test_keys(hooks: Hooks) -> None:
    """A key makes one webhook and one secret, over both protocols; no outcome holds a secret."""
    first = await hooks.create(key="one", url=URL)
    assert not hooks.replayed
    for surface in (hooks, other(hooks)):
        assert await surface.create(key="one", url=URL) == first
        assert surface.replayed
    refused = await refusal(hooks.create(key="one", url=f"{URL}/2"))
    assert refused.code == "idempotency_key_reused"
    rotated = await hooks.rotate(first["id"], key="two")
    assert rotated["secret"] != first["secret"]
    assert await other(hooks).rotate(first["id"], key="two") == rotated
    assert await hooks.create(key="one", url=URL) == {**first, "secret": None}
    assert [one["id"] for one in await hooks.list()] == [first["id"]]
    tested = await hooks.test(first["id"], key="three")
    assert await other(hooks).test(first["id"], key="three") == tested

    async def outcomes(unit: Unit) -> list[str]:
        return [row[0] for row in await unit.all(Statement(select(idempotency_record.outcome)))]

    kept = await hooks.service.database.read(outcomes)
    assert len(kept) == 3
    assert not [text for text in kept if first["secret"] in text or rotated["secret"] in text]


async def test_most(hooks: Hooks) -> None:
    """A caller has at most 20 webhooks."""
    for number in range(MAX_WEBHOOKS):
        await hooks.create(url=f"{URL}/{number}")
    assert (await refusal(hooks.create(url=URL))).code == "conflict"
    assert [one["url"] for one in await hooks.list()] == [f"{URL}/{number}" for number in range(MAX_WEBHOOKS)]


@pytest.fixture
async def shop(database_url: str, anyio_backend: str) -> AsyncIterator[Shop]:
    """A shop beside a server that takes webhooks at /hook."""
    async with shop_beside_web(database_url) as made:
        yield made


@pytest.mark.parametrize("name", SURFACES)
async def test_deliveries(shop: Shop, name: str) -> None:
    """Tests and redeliveries wait for their turn; pages list them, the newest first, by cursors of either protocol."""
    hooks: Hooks = SURFACES[name](shop.service)
    identity = (await hooks.create(url=shop.web.url("/hook")))["id"]
    tested = await hooks.test(identity)
    waits = {"status": "pending", "attempts": 0, "responseStatus": None, "error": None, "attemptedAt": None}
    told = {"number": 1, "type": "webhook.test", "messageId": tested["messageId"], "createdAt": tested["createdAt"]}
    assert tested == told | waits
    assert (await hooks.deliveries(identity)).items == [tested]
    assert (await refusal(hooks.redeliver(identity, 1))).code == "conflict"
    await shop.until_received(1)
    again = await hooks.redeliver(identity, 1)
    assert again == {**tested, "number": 2, "createdAt": again["createdAt"]}
    assert (await refusal(hooks.redeliver(identity, 9))).code == "not_found"
    await hooks.test(identity)
    await shop.until_received(3)
    for surface in (hooks, other(hooks)):
        first = await surface.deliveries(identity, 2)
        assert [one["number"] for one in first.items] == [3, 2]
        assert {one["status"] for one in first.items} == {"delivered"}
        for rest in (hooks, other(hooks)):
            last = await rest.deliveries(identity, 2, first.next or "")
            assert ([one["number"] for one in last.items], last.next) == ([1], None)
    second = await hooks.create(url=shop.web.url("/hook"))
    assert (await refusal(hooks.deliveries(second["id"], 2, first.next or ""))).code == "invalid_cursor"


@pytest.mark.parametrize("name", SURFACES)
async def test_owners(database_url: str, anyio_backend: str, name: str) -> None:
    """Webhooks need the scope `webhooks:write`; a caller knows nothing of those of others."""
    async with Service(database_url, auth="keys") as service:

        async def surface(caller: str, scope: Scope) -> Hooks:
            secret = await keys.create(service.database, caller, [scope])
            made: Hooks = SURFACES[name](service, authorization=f"Bearer {secret}")
            return made

        owner, stranger = [await surface(caller, Scope.WEBHOOKS_WRITE) for caller in ("owner", "stranger")]
        others = {
            "not_found": stranger,
            "forbidden": await surface("reader", Scope.CATALOG_WRITE),
            "unauthenticated": SURFACES[name](service),
        }
        identity = (await owner.create(url=URL))["id"]
        for code, hooks in others.items():
            for asked in (
                hooks.get(identity),
                hooks.update(identity, active=False),
                hooks.rotate(identity),
                hooks.test(identity),
                hooks.redeliver(identity, 1),
                hooks.deliveries(identity),
                hooks.delete(identity),
            ):
                assert (await refusal(asked)).code == code
            if code != "not_found":
                assert (await refusal(hooks.create(url=URL))).code == code
                assert (await refusal(hooks.list())).code == code
        assert await stranger.list() == []
        assert (await owner.get(identity))["active"]
