"""The models of webhooks and their deliveries."""

from typing import Annotated, Any

from pydantic import Field

from app.domain.changes.log import Type
from app.domain.webhooks import webhooks
from app.domain.webhooks.models import MAX_URL, REASONS, STATUSES
from app.rate_limiting import costs
from app.rate_limiting.costs import Selected
from rest.changes.models import ChangeType
from rest.lists import Limit
from rest.models import (
    CURSOR_EXAMPLE,
    Cursor,
    CursorParameter,
    Id,
    Input,
    Integer,
    Model,
    Partial,
    Size,
    Time,
    Words,
    example,
    string,
)
from rest.parameters import parameter
from rest.queries import Query

PauseReason = Annotated[str, Words("WebhookPauseReason", REASONS, "Why a webhook is not active.")]
DeliveryStatus = Annotated[str, Words("DeliveryStatus", STATUSES, "The state of a delivery.")]
Url = Annotated[str, string(1, MAX_URL, "^[!-~]+$")]
Types = Annotated[list[ChangeType], Field(min_length=1, max_length=len(Type))]
Secret = Annotated[str, string(1, 64, "^whsec_[A-Za-z0-9+/=]+$")]
_TYPES = ["product.updated"]
_URL = "https://shop.example/hook"
_EXAMPLE: dict[str, Any] = {
    "id": 1,
    "url": _URL,
    "types": _TYPES,
    "active": True,
    "reason": None,
    "createdAt": "2026-03-04T16:05:11.500000Z",
}
_WITH_SECRET = {**_EXAMPLE, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}  # of the specification's examples
_DELIVERY: dict[str, Any] = {
    "number": 4,
    "messageId": "change-11-0",
    "type": "product.updated",
    "status": "delivered",
    "attempts": 1,
    "responseStatus": 204,
    "error": None,
    "createdAt": "2026-03-04T16:05:12.000000Z",
    "attemptedAt": "2026-03-04T16:05:12.100000Z",
}
_ALL = "The types of changes that it receives; null for all."


class Webhook(Model):
    """An endpoint that receives changes."""

    model_config = example(_EXAMPLE)
    id: Id = Field(description="Assigned by the service and never used again.")
    url: Url = Field(description="The address of the endpoint.")
    types: Types | None = Field(description=_ALL)
    active: bool = Field(description="Whether the service delivers to it.")
    reason: PauseReason | None = Field(
        description="Why it is not active: `paused` by a request; `gone` after a 410; `failing` after three days of"
        " failures; `expired` if it had no live API key for as long as changes are kept."
    )
    created_at: Time = Field(description="The time when it was created.")


class WebhookWithSecret(Webhook):
    """A webhook with the secret that signs its messages. No other answer shows the secret."""

    model_config = example(_WITH_SECRET)
    secret: Secret | None = Field(description="The secret; null in a replay after a later rotation.")


class WebhookList(Model):
    """The webhooks of the caller."""

    model_config = example({"items": [_EXAMPLE]})
    items: Annotated[list[Webhook], Field(max_length=webhooks.MAX_WEBHOOKS)] = Field(description="The oldest first.")


class WebhookInput(Input):
    """A webhook to create."""

    model_config = example({"url": _URL, "types": _TYPES})
    url: Url = Field(description="The address: https, on the public internet, unless the operator trusts its host.")
    types: Types | None = Field(None, description=_ALL)


class WebhookPatch(Partial, Input):
    """An edit of a webhook."""

    model_config = example({"active": False})
    active: bool = Field(description="Whether the service delivers to it. Resuming delivers what was missed.")
    types: Types | None = Field(description=_ALL)


class Delivery(Model):
    """A message to an endpoint, and its outcome."""

    model_config = example(_DELIVERY)
    number: Annotated[int, Integer(1, 2**53 - 1)] = Field(
        description="The number of the delivery, counted for each webhook."
    )
    message_id: Annotated[str, string(1, 64, "^[a-z0-9-]+$")] = Field(
        description="The `webhook-id`, which attempts and redeliveries share."
    )
    type: Annotated[str, string(1, 64, "^[a-z_.]+$")] = Field(
        description="The type of the change; `webhook.test` for a test."
    )
    status: DeliveryStatus = Field(description="The state of the delivery.")
    attempts: Size = Field(description="The number of attempts.")
    response_status: Annotated[int, Integer(100, 999)] | None = Field(description="The last status of the endpoint.")
    error: Annotated[str, string(1, 200)] | None = Field(description="Why the last attempt failed.")
    created_at: Time = Field(description="The time when the delivery was queued.")
    attempted_at: Time | None = Field(description="The time of the last attempt.")


class DeliveryList(Model):
    """A page of deliveries, the newest first."""

    model_config = example({"items": [_DELIVERY], "nextCursor": None})
    items: Annotated[list[Delivery], Field(max_length=100)] = Field(description="The deliveries, the newest first.")
    next_cursor: Cursor | None = Field(description="The value for `cursor`; null on the last page.")


EACH = Selected(1, leaves=len(Delivery.model_fields))
"""The price of one delivery."""


class DeliveriesQuery(Query):
    """The parameters of the deliveries of a webhook."""

    cursor: CursorParameter | None = parameter("DeliveriesCursor", "Continue after this cursor.", CURSOR_EXAMPLE)
    limit: Limit = parameter("DeliveriesLimit", "The maximum number of deliveries.", 20, 20)

    @property
    def points(self) -> int:
        """The price of the page."""
        return costs.price(EACH._replace(nodes=self.limit, list_leaves=1))
