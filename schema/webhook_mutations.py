"""The mutations of webhooks: the command of each input, and the parts of its payload."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from app.domain.callers import Caller, Scope
from app.domain.idempotency import Command, Snapshot
from app.domain.unit_of_work import Unit
from app.domain.webhooks import listings, webhooks
from app.http import webhook_urls
from schema.execution.context import Context
from schema.execution.mutations.mutation import RootMutation
from schema.types import nodes

Members = Mapping[str, Any]


def _create(members: Members, context: Context) -> Command:
    new = webhooks.parse_webhook(members, partial(webhook_urls.problem, trusted=context.webhook_hosts))
    return webhooks.create(context.caller, new["url"], new.get("types", ()))


def _update(members: Members, context: Context) -> Command:
    edit = webhooks.parse_webhook({name: value for name, value in members.items() if name != "id"})
    return webhooks.change(context.caller, _webhook(members), edit, context.changes.ttl)


def _webhook(members: Members) -> int:
    return nodes.local_id(members["id"], "Webhook")


async def _secret(unit: Unit, caller: Caller, snapshot: Snapshot) -> Snapshot:
    """The secret for the payload, which outcomes do not contain."""
    return {"secret": await webhooks.secret(unit, caller, snapshot)}


_of_webhooks = partial(RootMutation, scope=Scope.WEBHOOKS_WRITE, type_name="Webhook", object_field="webhook")
_of_deliveries = partial(
    RootMutation,
    scope=Scope.WEBHOOKS_WRITE,
    type_name="WebhookDelivery",
    object_field="delivery",
    complete=lambda snapshot: {**snapshot, "id": snapshot["number"]},
)
WEBHOOK_MUTATIONS = {
    "createWebhook": _of_webhooks(
        _create, edge="webhookEdge", edge_filter=lambda caller: listings.Filter(caller.name), unstored=_secret
    ),
    "updateWebhook": _of_webhooks(_update),
    "deleteWebhook": _of_webhooks(lambda members, context: webhooks.remove(context.caller, _webhook(members))),
    "rotateWebhookSecret": _of_webhooks(
        lambda members, context: webhooks.rotate(context.caller, _webhook(members)), unstored=_secret
    ),
    "testWebhook": _of_deliveries(lambda members, context: webhooks.test(context.caller, _webhook(members))),
    "redeliverWebhook": _of_deliveries(
        lambda members, context: webhooks.redeliver(context.caller, _webhook(members), members["number"])
    ),
}
"""The command of each field of `Mutation` for webhooks."""
