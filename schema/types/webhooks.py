"""Webhooks in GraphQL: the types, their connections, the inputs and payloads of their mutations."""

from collections.abc import Callable
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from app.domain.callers import Caller, Scope
from app.domain.webhooks import listings, webhooks
from app.domain.webhooks.models import MAX_URL
from schema.execution.type_mapping import Arguments, Connection, Leaf, NodeType
from schema.types import nodes
from schema.types.connections import After, Before, ConnectionOf, EdgeOf, First, Last
from schema.types.inputs import ID, IdInput
from schema.types.payloads import Deletion, Payload
from schema.types.scalars import Long, Time, rfc3339

_ALL = "The types of changes that it receives, such as `product.updated`; null for all."


@strawberry.enum(description="Why a webhook is not active.")
class WebhookPauseReason(Enum):
    PAUSED = strawberry.enum_value("paused", description="Its owner paused it.")
    GONE = strawberry.enum_value("gone", description="Its endpoint answered 410.")
    FAILING = strawberry.enum_value("failing", description="Its endpoint failed for three days.")
    EXPIRED = strawberry.enum_value("expired", description="It had no live API key for as long as changes are kept.")


@strawberry.enum(description="The state of a delivery.")
class WebhookDeliveryStatus(Enum):
    PENDING = strawberry.enum_value("pending", description="It waits in the queue, or for the next attempt.")
    DELIVERED = strawberry.enum_value("delivered", description="The endpoint answered 2xx.")
    FAILED = strawberry.enum_value("failed", description="Not sent: the owner's key no longer has access.")


@strawberry.type(description="A message to an endpoint, and its outcome.")
class WebhookDelivery:
    number: Long = strawberry.field(description="The number of the delivery, counted for each webhook.")
    message_id: str = strawberry.field(description="The `webhook-id`, which attempts and redeliveries share.")
    type: str = strawberry.field(description="The type of the change; `webhook.test` for a test.")
    status: WebhookDeliveryStatus = strawberry.field(description="The state of the delivery.")
    attempts: int = strawberry.field(description="The number of attempts.")
    response_status: int | None = strawberry.field(description="The last status of the endpoint.")
    error: str | None = strawberry.field(description="Why the last attempt failed.")
    created_at: Time = strawberry.field(description="The time when the delivery was queued.")
    attempted_at: Time | None = strawberry.field(description="The time of the last attempt.")


@strawberry.type(description="A delivery in a list.")
class WebhookDeliveryEdge(EdgeOf[WebhookDelivery]): ...


@strawberry.type(description="A page of deliveries, the newest first.")
class WebhookDeliveryConnection(ConnectionOf[WebhookDeliveryEdge]): ...


@strawberry.type(description="An endpoint of the caller that receives changes.")
class Webhook(nodes.Node):
    webhook_id: Long = strawberry.field(description="Its id in REST, never reused.")
    url: str = strawberry.field(description="The address of the endpoint.")
    types: list[str] | None = strawberry.field(description=_ALL)
    active: bool = strawberry.field(description="Whether the service delivers to it.")
    reason: WebhookPauseReason | None = strawberry.field(description="Why it is not active; null if it is active.")
    created_at: Time = strawberry.field(description="The time when it was created.")

    @strawberry.field(description="The deliveries, the newest first. They are kept as long as changes are.")
    def deliveries(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> WebhookDeliveryConnection: ...


@strawberry.type(description="A webhook in a list.")
class WebhookEdge(EdgeOf[Webhook]): ...


@strawberry.type(description="A page of webhooks.")
class WebhookConnection(ConnectionOf[WebhookEdge]): ...


@strawberry.input(description="A webhook to create.")
class CreateWebhookInput:
    url: str = strawberry.field(
        description="The address: https, on the public internet, unless the operator trusts its host."
    )
    types: list[str] | None = strawberry.field(default=UNSET, description=_ALL)


@strawberry.input(description="An edit of a webhook.")
class UpdateWebhookInput(IdInput):
    active: bool | None = strawberry.field(
        default=UNSET, description="Whether the service delivers to it. Resuming delivers what was missed."
    )
    types: list[str] | None = strawberry.field(default=UNSET, description=_ALL)


@strawberry.input(description="A webhook to delete.")
class DeleteWebhookInput(IdInput): ...


@strawberry.input(description="A webhook whose secret is rotated.")
class RotateWebhookSecretInput(IdInput): ...


@strawberry.input(description="A webhook to test.")
class TestWebhookInput(IdInput): ...


@strawberry.input(description="A delivery to send again.")
class RedeliverWebhookInput:
    id: strawberry.ID = strawberry.field(description=f"The webhook. {ID}")
    number: Long = strawberry.field(description="The number of the delivery.")


_WEBHOOK = "The webhook after the mutation; null if nothing changed."
_SIGNS = (
    "The secret that signs messages, shown only here. Null if nothing changed, and in a replay after a later rotation."
)
_DELIVERY = "The new delivery; null if there is none."


@strawberry.type(description="The payload of `createWebhook`.")
class CreateWebhookPayload(Payload):
    webhook: Webhook | None = strawberry.field(description=_WEBHOOK)
    webhook_edge: WebhookEdge | None = strawberry.field(
        description="The edge in the list of all webhooks, for a client's cache."
    )
    secret: str | None = strawberry.field(description=_SIGNS)


@strawberry.type(description="The payload of `updateWebhook`.")
class UpdateWebhookPayload(Payload):
    webhook: Webhook | None = strawberry.field(description=_WEBHOOK)


@strawberry.type(description="The payload of `rotateWebhookSecret`.")
class RotateWebhookSecretPayload(Payload):
    webhook: Webhook | None = strawberry.field(description=_WEBHOOK)
    secret: str | None = strawberry.field(description=_SIGNS)


@strawberry.type(description="The payload of `deleteWebhook`.")
class DeleteWebhookPayload(Deletion): ...


@strawberry.type(description="The payload of `testWebhook`.")
class TestWebhookPayload(Payload):
    delivery: WebhookDelivery | None = strawberry.field(description=_DELIVERY)


@strawberry.type(description="The payload of `redeliverWebhook`.")
class RedeliverWebhookPayload(Payload):
    delivery: WebhookDelivery | None = strawberry.field(description=_DELIVERY)


def filter_of(_args: Arguments, caller: Caller) -> listings.Filter:
    """The filter of the caller's webhooks."""
    return listings.Filter(caller.name)


def _optional(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else convert(value)


DELIVERY = NodeType(
    "WebhookDelivery",
    {
        **{name: Leaf((name,)) for name in ("number", "messageId", "type", "attempts", "responseStatus")},
        "status": Leaf(("status",), str.upper),
        "error": Leaf(("error",), size=800),
        "createdAt": Leaf(("createdAt",), rfc3339),
        "attemptedAt": Leaf(("attemptedAt",), _optional(rfc3339)),
    },
    listings.DELIVERIES,
)
WEBHOOK = NodeType(
    "Webhook",
    {
        "id": Leaf(("id",), nodes.encoder("Webhook")),
        "webhookId": Leaf(("id",)),
        "url": Leaf(("url",), size=MAX_URL),
        "types": Leaf(("types",), listings.separated, size=300),
        "active": Leaf(("active",), bool),
        "reason": Leaf(("reason",), _optional(str.upper)),
        "createdAt": Leaf(("createdAt",), rfc3339),
        "deliveries": Connection(
            "WebhookDelivery",
            "webhook_id",
            filter=lambda _: listings.DeliveryFilter(),
            sort=lambda _: webhooks.NEWEST_FIRST,
            within=lambda _, webhook: listings.DeliveryFilter(webhook),
        ),
    },
    listings.LISTING,
    owner="caller",
    scope=Scope.WEBHOOKS_WRITE,
)
