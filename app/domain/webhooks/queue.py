"""The queue of deliveries: a webhook is leased, its changes become deliveries, and their outcomes are recorded.

One holder of the lease delivers the messages of a webhook, in their order. Whatever a holder writes depends on its
lease, so one that was stopped for too long changes nothing; the next holder sends again what has no outcome.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, exists, null, or_, select, tuple_, update

from app.domain.changes.epochs import horizon
from app.domain.changes.log import c
from app.domain.changes.places import Place
from app.domain.sql.tables import bind, new_values
from app.domain.unit_of_work import Engine, Statement, Unit, first
from app.domain.webhooks.listings import d, delivery, w, webhook
from app.domain.webhooks.models import EXPIRED, PENDING
from app.domain.webhooks.webhooks import DELIVER

LEASE = 60_000_000
"""Microseconds that a lease lasts without a renewal; a request ends well before."""
_LOOK = 3_600_000_000
"""A place that old is looked at again, so that it does not seem to have expired."""
_MAX_DUE = 100


class Leased(NamedTuple):
    """A webhook that its holder delivers for."""

    id: int
    caller: str
    types: str
    place: Place


class Message(NamedTuple):
    """A message: its id is that of the change, `data` is JSON, `at` is the time of the change."""

    message_id: str
    type: str
    data: str
    scope: str | None
    at: int


class Head(NamedTuple):
    """The first delivery that has no outcome yet, where it goes, and the secrets that sign it."""

    number: int
    attempts: int
    message: Message
    url: str
    secrets: tuple[str, ...]
    failing_since: int | None


class Result(NamedTuple):
    """The outcome of an attempt: the status of the answer, or an error; `status` as it is stored.

    `next_at` is when the webhook continues; `reason` is why it does not.
    """

    status: str
    response_status: int | None
    error: str | None
    next_at: int = 0
    failing_since: int | None = None
    reason: str | None = None


_NOW = bind(w.next_at, "now")
_OWNER = bind(w.lease, "owner")
_HELD = and_(w.id == bind(w.id), w.lease == _OWNER, w.active == 1)
_WAITS = exists(select(d.number).where(d.webhook_id == w.id, d.status == PENDING))
_MORE: dict[Engine, Any] = {
    "sqlite": exists(select(c.id).where(c.id >= w.place_id)),
    "postgresql": exists(
        select(c.id).where(tuple_(c.epoch, c.id) >= tuple_(w.place_epoch, w.place_id), c.epoch < horizon())
    ),
}
_FREE = and_(w.active == 1, w.next_at <= _NOW, w.leased_until <= _NOW)
_DUE = {
    engine: Statement(
        select(w.id)
        .where(_FREE, or_(_WAITS, more, w.place_at < bind(w.place_at, "seen_before")))
        .order_by(w.next_at, w.id)
        .limit(_MAX_DUE)
    )
    for engine, more in _MORE.items()
}
_ANY_ACTIVE = Statement(select(w.id).where(w.active == 1).limit(1))
_UNTIL = bind(w.leased_until, "until")
_LEASE = Statement(
    update(webhook)
    .where(w.id == bind(w.id), _FREE)
    .values(lease=_OWNER, leased_until=_UNTIL)
    .returning(w.id, w.caller, w.types, w.place_epoch, w.place_id, w.place_seen, w.place_at)
)
_HEAD = Statement(
    select(
        *(d.number, d.attempts, d.message_id, d.type, d.data, d.scope, d.at),
        *(w.url, w.failing_since, w.secret, w.old_secret, w.old_secret_until),
    )
    .where(_HELD, d.webhook_id == w.id, d.status == PENDING)
    .order_by(d.number)
    .limit(1)
)
_PLACE = new_values((w.place_epoch, w.place_id, w.place_seen))
_MOVE = Statement(
    update(webhook)
    .where(_HELD)
    .values(
        **_PLACE,
        place_at=bind(w.place_at, "new_place_at"),
        last_number=w.last_number + bind(w.last_number, "count"),
        leased_until=_UNTIL,
    )
    .returning(w.last_number)
)
_OUTCOME = new_values((w.active, w.reason, w.failing_since))
_GO_ON = Statement(
    update(webhook)
    .where(w.id == bind(w.id), w.lease == _OWNER)
    .values(leased_until=_UNTIL, next_at=bind(w.next_at, "new_next_at"), **_OUTCOME)
)
_CLEAR_SECRET = Statement(
    update(webhook).where(_HELD, w.old_secret_until <= _NOW).values(old_secret=null(), old_secret_until=null())
)
_ATTEMPTED = Statement(
    update(delivery)
    .where(d.webhook_id == bind(w.id), d.number == bind(d.number))
    .values(new_values((d.status, d.response_status, d.error)) | {"attempts": d.attempts + 1, "attempted_at": _NOW})
)
_HOLD = Statement(update(webhook).where(_HELD).values(next_at=bind(w.next_at, "new_next_at"), leased_until=0))
_EXPIRE = Statement(update(webhook).where(_HELD).values(active=0, reason=EXPIRED, leased_until=0))
_RELEASE = Statement(update(webhook).where(w.id == bind(w.id), w.lease == _OWNER).values(leased_until=0))
_RELEASE_ALL = Statement(update(webhook).where(w.lease == _OWNER).values(leased_until=0))
_old = (
    select(d.webhook_id, d.number)
    .where(d.created_at < bind(d.created_at, "before"), d.status != PENDING)
    .order_by(d.created_at)
    .limit(bind(w.id, "size"))
)
_SWEEP = Statement(delete(delivery).where(tuple_(d.webhook_id, d.number).in_(_old)).returning(d.number))


async def due(unit: Unit) -> list[int]:
    """The webhooks that have something to deliver now, and that no process holds."""
    now = unit.now()
    return [row[0] for row in await unit.all(_DUE[unit.engine], now=now, seen_before=now - _LOOK)]


async def any_active(unit: Unit) -> bool:
    """Whether there is a webhook that may ever be due."""
    return await first(unit, _ANY_ACTIVE) is not None


async def lease(unit: Unit, identity: int, owner: str) -> Leased | None:
    """Hold a webhook; None if another process was faster."""
    now = unit.now()
    row = await first(unit, _LEASE, id=identity, owner=owner, now=now, until=now + LEASE)
    return None if row is None else Leased(row[0], row[1], row[2], Place(*row[3:]))


async def head(unit: Unit, identity: int, owner: str) -> Head | None:
    """The next delivery; None where there is none, the webhook is not active any more, or the lease is lost."""
    row = await first(unit, _HEAD, id=identity, owner=owner)
    if row is None:
        return None
    url, failing_since, secret, old_secret, until = row[7:]
    secrets = (secret, old_secret) if old_secret and until > unit.now() else (secret,)
    return Head(row[0], row[1], Message(*row[2:7]), url, secrets, failing_since)


async def add(unit: Unit, identity: int, owner: str, messages: Sequence[Message], place: Place) -> bool:
    """Add deliveries, and move to a place of the log; False if the lease is lost."""
    now = unit.now()
    moved = {"new_place_epoch": place.epoch, "new_place_id": place.id, "new_place_seen": place.seen}
    parameters = {**moved, "new_place_at": place.at, "count": len(messages), "until": now + LEASE}
    row = await first(unit, _MOVE, id=identity, owner=owner, **parameters)
    if row is None:
        return False
    for number, message in enumerate(messages, row[0] - len(messages) + 1):
        await unit.all(DELIVER, webhook_id=identity, number=number, created_at=now, **message._asdict())
    return True


async def record(unit: Unit, identity: int, owner: str, number: int, result: Result) -> bool:
    """Record what came of an attempt; False where the lease is lost, and another one records its own."""
    now = unit.now()
    outcome = {"new_reason": result.reason, "new_failing_since": result.failing_since, "new_next_at": result.next_at}
    active = await first(unit, _ACTIVE, id=identity, owner=owner)
    if active is None:
        return False
    if not active[0]:  # its owner has paused it meanwhile
        outcome |= {"new_reason": active[1]}
    parameters = {**outcome, "new_active": int(outcome["new_reason"] is None), "until": now + LEASE}
    await unit.all(_GO_ON, id=identity, owner=owner, **parameters)
    await unit.all(_CLEAR_SECRET, id=identity, owner=owner, now=now)
    stored = {"new_status": result.status, "new_response_status": result.response_status, "new_error": result.error}
    await unit.all(_ATTEMPTED, id=identity, number=number, now=now, **stored)
    return True


_ACTIVE = Statement(select(w.active, w.reason).where(w.id == bind(w.id), w.lease == _OWNER).with_for_update())


async def postpone(unit: Unit, identity: int, owner: str, until: int) -> None:
    """Let a webhook rest until then."""
    await unit.all(_HOLD, id=identity, owner=owner, new_next_at=until)


async def expire(unit: Unit, identity: int, owner: str) -> None:
    """End a webhook whose place is older than what is kept."""
    await unit.all(_EXPIRE, id=identity, owner=owner)


async def release(unit: Unit, identity: int, owner: str) -> None:
    """Give a lease back."""
    await unit.all(_RELEASE, id=identity, owner=owner)


async def release_all(unit: Unit, owner: str) -> None:
    """Give all leases of an owner back."""
    await unit.all(_RELEASE_ALL, owner=owner)


async def sweep(unit: Unit, ttl: int, size: int) -> int:
    """Delete up to `size` deliveries with an outcome that are older than `ttl` microseconds; how many there were."""
    return len(await unit.all(_SWEEP, before=unit.now() - ttl, size=size))
