"""Webhooks: made, read, changed, tested and deleted by the caller that they belong to."""

import base64
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import and_, delete, func, insert, null, select, update

from app.domain.callers import Caller
from app.domain.changes import reading
from app.domain.changes.log import Type
from app.domain.errors import Conflict, NotFound
from app.domain.idempotency import Command, Snapshot
from app.domain.pagination import paging
from app.domain.pagination.paging import Page, Sort, Window
from app.domain.sql.tables import bind, new_values
from app.domain.unit_of_work import Statement, Unit, first
from app.domain.validation import Reader
from app.domain.webhooks.listings import (
    DELIVERIES,
    DELIVERY_SHOWN,
    LISTING,
    SHOWN,
    DeliveryFilter,
    Filter,
    d,
    delivery,
    joined,
    w,
    webhook,
)
from app.domain.webhooks.models import MAX_URL, PAUSED, PENDING

MAX_WEBHOOKS = 20
"""Webhooks of one caller."""
SECRET_PREFIX = "whsec_"  # noqa: S105 - of Standard Webhooks
ROTATION = 86_400_000_000
"""Microseconds for which the previous secret signs, too."""
TEST = "webhook.test"
NEWEST_FIRST = Sort("id", descending=True)
"""The order of deliveries."""
_SECRET_BYTES = 32


_MINE = and_(w.id == bind(w.id), w.caller == bind(w.caller))
_GET = Statement(select(*(LISTING.columns[name].label(f"c_{name}") for name in SHOWN)).where(_MINE))
_COUNT = Statement(select(func.count()).where(w.caller == bind(w.caller)))
_NEW = [column for column in w if column not in (w.id, w.reason, w.old_secret, w.old_secret_until, w.failing_since)]
_INSERT = Statement(insert(webhook).values(new_values(_NEW)).returning(w.id))
_DELETE = Statement(delete(webhook).where(_MINE).returning(w.id))
_SECRET = Statement(select(w.secret).where(_MINE, w.secret_number == bind(w.secret_number)))
_ROTATE = Statement(
    update(webhook)
    .where(_MINE)
    .values(
        old_secret=w.secret,
        old_secret_until=bind(w.created_at, "until"),
        secret=bind(w.secret, "new_secret"),
        secret_number=w.secret_number + 1,
    )
    .returning(w.secret_number)
)
_SET_TYPES = Statement(update(webhook).where(_MINE).values(types=bind(w.types, "new_types")))
_PAUSE = Statement(update(webhook).where(_MINE, w.active == 1).values(active=0, reason=PAUSED))
_RESUME = Statement(
    update(webhook).where(_MINE, w.active == 0).values(active=1, reason=null(), failing_since=null(), next_at=0)
)
_PLACE_AT = Statement(select(w.place_at).where(_MINE))
_NUMBER = Statement(
    update(webhook).where(_MINE, w.active == 1).values(last_number=w.last_number + 1).returning(w.last_number)
)
_COPIED = ("message_id", "type", "data", "scope", "at")
_FIND = Statement(
    select(d.status, *(d[name] for name in _COPIED)).where(d.webhook_id == bind(w.id), d.number == bind(d.number))
)
DELIVER = Statement(
    insert(delivery).values(
        {name: bind(d[name]) for name in ("webhook_id", "number", *_COPIED, "created_at")}
        | {"status": PENDING, "attempts": 0}
    )
)
"""Adds a delivery."""
_TYPES = tuple(type_.value for type_ in Type)
_WRITABLE, _EDITABLE = frozenset({"url", "types"}), frozenset({"types", "active"})
_READ_ONLY = frozenset({"id", "url", "active", "reason", "secret", "createdAt"})


def parse_webhook(
    members: Mapping[str, object], url_problem: Callable[[str], str | None] | None = None
) -> dict[str, Any]:
    """The new webhook that the members of a body describe, or its edit without `url_problem`, which says what is wrong
    with an address. Types are a tuple, empty for all. Raises `Invalid` with every fault.
    """
    reader = Reader(members)
    reader.only(_EDITABLE if url_problem is None else _WRITABLE, _READ_ONLY)
    edit: dict[str, Any] = {}
    if url_problem is not None:
        reader.require("url")
        edit["url"] = reader.text("url", 1, MAX_URL) if "url" in members else ""
        if not reader.field_errors and (problem := url_problem(edit["url"])):
            reader.fault("url", problem)
    if "types" in members:
        edit["types"] = _types(reader, members["types"])
    if "active" in members:
        if not isinstance(members["active"], bool):
            reader.fault("active", "must be true or false")
        edit["active"] = members["active"]
    reader.done()
    return edit


def _types(reader: Reader, types: object) -> tuple[str, ...]:
    if types is None:
        return ()
    if not isinstance(types, list) or not 1 <= len(types) <= len(Type):
        reader.fault("types", f"must be null, or a list of 1 to {len(Type)} types of changes")
        return ()
    for place, name in enumerate(types):
        if name not in _TYPES:
            reader.fault("types", "must be types of changes, such as product.updated", place)
    return tuple(dict.fromkeys(name for name in types if name in _TYPES))


def create(caller: Caller, url: str, types: tuple[str, ...]) -> Command:
    """Make a webhook from now on; without types for all of them."""

    async def effect(unit: Unit) -> Snapshot:
        await unit.lock("webhooks")
        ((count,),) = await unit.all(_COUNT, caller=caller.name)
        if count >= MAX_WEBHOOKS:
            raise Conflict(f"There are {MAX_WEBHOOKS} webhooks, the maximum; delete one first.")
        place = await reading.end(unit)
        row = {
            "caller": caller.name, "url": url, "types": joined(types), "active": 1, "secret": _new_secret(),
            "secret_number": 1, "place_epoch": place.epoch, "place_id": place.id, "place_seen": place.seen,
            "place_at": place.at, "last_number": 0, "next_at": 0, "lease": None, "leased_until": 0,
            "created_at": unit.now(),
        }  # fmt: skip
        ((identity,),) = await unit.all(_INSERT, **{f"new_{name}": value for name, value in row.items()})
        return {**await get(unit, caller, identity), "secret_number": 1}

    return Command("webhook.create", [url, sorted(types)], effect)


def change(caller: Caller, identity: int, edit: Mapping[str, Any], ttl: int) -> Command:
    """Pause or resume a webhook, or change its types; `ttl` is how long changes are kept, in microseconds.

    Resuming raises `Conflict` where changes since its place are no longer kept.
    """

    async def effect(unit: Unit) -> Snapshot:
        mine = {"id": identity, "caller": caller.name}
        before = await get(unit, caller, identity)
        if "types" in edit:
            await unit.all(_SET_TYPES, **mine, new_types=joined(edit["types"]))
        if edit.get("active") is False:
            await unit.all(_PAUSE, **mine)
        elif edit.get("active") and not before["active"]:
            ((place_at,),) = await unit.all(_PLACE_AT, **mine)
            if place_at < unit.now() - ttl:
                raise Conflict("The changes since the pause have expired; create a new webhook, and start over.")
            await unit.all(_RESUME, **mine)
        return await get(unit, caller, identity)

    payload = {**edit, "types": sorted(edit["types"])} if "types" in edit else dict(edit)
    return Command("webhook.update", [identity, payload], effect)


def remove(caller: Caller, identity: int) -> Command:
    """Delete a webhook with its deliveries."""

    async def effect(unit: Unit) -> Snapshot:
        if not await unit.all(_DELETE, id=identity, caller=caller.name):
            raise NotFound("webhook")
        return {"id": identity}

    return Command("webhook.delete", identity, effect)


def rotate(caller: Caller, identity: int) -> Command:
    """Make a new secret; the current one also signs for a day, and the one before it expires."""

    async def effect(unit: Unit) -> Snapshot:
        mine = {"id": identity, "caller": caller.name}
        rows = await unit.all(_ROTATE, **mine, new_secret=_new_secret(), until=unit.now() + ROTATION)
        if not rows:
            raise NotFound("webhook")
        return {**await get(unit, caller, identity), "secret_number": rows[0][0]}

    return Command("webhook.rotate", identity, effect)


def test(caller: Caller, identity: int) -> Command:
    """Send a test message."""

    async def effect(unit: Unit) -> Snapshot:
        number = await _next_number(unit, caller, identity)
        message = {"message_id": f"test-{secrets.token_hex(8)}", "type": TEST, "data": "{}", "scope": None}
        return await _deliver(unit, identity, number, {**message, "at": unit.now()})

    return Command("webhook.test", identity, effect)


def redeliver(caller: Caller, identity: int, number: int) -> Command:
    """Send the message of a delivery again, under its id. Raises `Conflict` while it is still under way."""

    async def effect(unit: Unit) -> Snapshot:
        await get(unit, caller, identity)
        row = await first(unit, _FIND, id=identity, number=number)
        if row is None:
            raise NotFound("delivery")
        if row[0] == PENDING:
            raise Conflict("This delivery is still pending.")
        again = await _next_number(unit, caller, identity)
        return await _deliver(unit, identity, again, dict(zip(_COPIED, row[1:], strict=True)))

    return Command("webhook.redeliver", [identity, number], effect)


async def get(unit: Unit, caller: Caller, identity: int) -> Snapshot:
    """A webhook of the caller's; raises `NotFound`."""
    row = await first(unit, _GET, id=identity, caller=caller.name)
    if row is None:
        raise NotFound("webhook")
    return dict(zip(SHOWN, row, strict=True))


async def list_all(unit: Unit, caller: Caller) -> list[Snapshot]:
    """The webhooks of the caller, the oldest first."""
    page = await paging.page(unit, LISTING, Filter(caller.name), Sort(), Window(MAX_WEBHOOKS), SHOWN)
    return [dict(zip(SHOWN, row[2:], strict=True)) for row in page.rows]


async def deliveries(unit: Unit, caller: Caller, identity: int, window: Window) -> Page:
    """A page of the deliveries of a webhook, the newest first. Raises `NotFound`, `InvalidCursor`."""
    await get(unit, caller, identity)
    return await paging.page(unit, DELIVERIES, DeliveryFilter(identity), NEWEST_FIRST, window, DELIVERY_SHOWN)


async def secret(unit: Unit, caller: Caller, snapshot: Snapshot) -> str | None:
    """The secret that the command of a snapshot made; None where another one has followed. No outcome holds it."""
    key = {"id": snapshot["id"], "secret_number": snapshot["secret_number"]}
    row = await first(unit, _SECRET, caller=caller.name, **key)
    return None if row is None else row[0]


async def _next_number(unit: Unit, caller: Caller, identity: int) -> int:
    rows = await unit.all(_NUMBER, id=identity, caller=caller.name)
    if rows:
        return int(rows[0][0])
    await get(unit, caller, identity)
    raise Conflict("The webhook is not active; resume it first.")


async def _deliver(unit: Unit, identity: int, number: int, message: Mapping[str, Any]) -> Snapshot:
    now = unit.now()
    await unit.all(DELIVER, webhook_id=identity, number=number, created_at=now, **message)
    members = {"messageId": message["message_id"], "type": message["type"], "createdAt": now}
    return {**dict.fromkeys(DELIVERY_SHOWN), "number": number, "status": PENDING, "attempts": 0, **members}


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
