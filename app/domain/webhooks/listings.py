"""What is listed of webhooks: those of a caller, and the deliveries of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import select

from app.domain.callers import Scope
from app.domain.pagination.paging import Listing, Source, Values
from app.domain.sql.tables import table_of
from app.domain.unit_of_work import Engine
from app.domain.webhooks.models import Webhook, WebhookDelivery

webhook = table_of(Webhook)
delivery = table_of(WebhookDelivery)
w, d = webhook.c, delivery.c


@dataclass(frozen=True, slots=True)
class Filter:
    """The webhooks of a caller."""

    caller: str

    scope: ClassVar[Scope | None] = None

    def values(self, engine: Engine) -> dict[str, Any]:  # noqa: ARG002 - as `paging.Filter` has it
        """The conditions with their values."""
        return {"caller": self.caller}


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """The deliveries of a webhook; below one in a statement, they are already."""

    webhook: int | None = None

    scope: ClassVar[Scope | None] = None

    def values(self, engine: Engine) -> dict[str, Any]:  # noqa: ARG002 - as `paging.Filter` has it
        """The conditions with their values."""
        return {} if self.webhook is None else {"webhook_id": self.webhook}


def _webhooks(_key: str, conditions: tuple[str, ...], values: Values, _bare: bool) -> Source:
    rows = select().select_from(webhook).where(*(w[name] == values(name, w[name]) for name in conditions))
    return Source(rows, w.id, w.id)


def _deliveries(_key: str, conditions: tuple[str, ...], values: Values, _bare: bool) -> Source:
    rows = select().select_from(delivery).where(*(d[name] == values(name, d[name]) for name in conditions))
    return Source(rows, d.number, d.number)


LISTING = Listing(
    name="webhooks",
    table=webhook,
    id=w.id,
    keys={"id": w.id},
    columns={
        "id": w.id,
        "url": w.url,
        "types": w.types,
        "active": w.active,
        "reason": w.reason,
        "createdAt": w.created_at,
        "caller": w.caller,
    },
    source=_webhooks,
)
SHOWN = ("id", "url", "types", "active", "reason", "createdAt")
"""The columns of a webhook's snapshot."""

DELIVERIES = Listing(
    name="deliveries",
    table=delivery,
    id=d.number,
    keys={"id": d.number},
    columns={
        "number": d.number,
        "messageId": d.message_id,
        "type": d.type,
        "status": d.status,
        "attempts": d.attempts,
        "responseStatus": d.response_status,
        "error": d.error,
        "createdAt": d.created_at,
        "attemptedAt": d.attempted_at,
    },
    source=_deliveries,
)
"""Those of one webhook, by their numbers there."""
DELIVERY_SHOWN = tuple(DELIVERIES.columns)
"""The columns of a delivery's snapshot."""


def joined(types: Sequence[str]) -> str:
    """Types as the column has them; it is empty for all."""
    return ",".join(types)


def separated(types: str) -> list[str] | None:
    """The types of the column; None for all."""
    return types.split(",") if types else None
