"""Webhooks: create, list, edit and test; their deliveries and secrets."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from starlette.requests import Request
from starlette.responses import Response

from app.domain.idempotency import Outcome
from app.domain.pagination.paging import Window
from app.domain.webhooks import webhooks
from app.domain.webhooks.listings import DELIVERY_SHOWN, SHOWN, separated
from app.http import bodies, webhook_urls
from rest import conditional
from rest.dependencies import (
    WEBHOOKS_WRITE,
    Caller,
    Changes,
    Conditions,
    Database,
    Idempotent,
    ReadConditions,
    WebhookHosts,
    budget_of,
    id_parameter,
)
from rest.models import Members
from rest.negotiation import JSON
from rest.openapi.headers import answers_with
from rest.openapi.problems import problems
from rest.queries import Parameters
from rest.rendering import encode, format_time
from rest.route import Router
from rest.webhooks.models import (
    DeliveriesQuery,
    Delivery,
    DeliveryList,
    Webhook,
    WebhookInput,
    WebhookList,
    WebhookPatch,
    WebhookWithSecret,
)

router = Router("Webhooks", dependencies=[WEBHOOKS_WRITE])
WebhookId = Annotated[int, id_parameter("webhook", 1)]
DeliveryNumber = Annotated[int, id_parameter("delivery", 4, name="number")]


@router.get("/webhooks", response_model=WebhookList, response_description="The webhooks.")
async def list_webhooks(conditions: Conditions, database: Database, caller: Caller) -> Response:
    """Lists the caller's webhooks; there are at most 20."""
    found = await database.read(lambda unit: webhooks.list_all(unit, caller))
    return _read(conditions, {"items": list(map(_shown, found))})


@router.post(
    "/webhooks",
    status_code=201,
    response_model=WebhookWithSecret,
    response_description="The webhook with its secret.",
    responses=problems("Conflict"),
)
async def create_webhook(
    request: Request,
    body: Members[WebhookInput],
    hosts: WebhookHosts,
    database: Database,
    caller: Caller,
    runner: Idempotent,
) -> Response:
    """Creates a webhook. It receives changes from now on, at least once and in commit order, in requests signed as
    Standard Webhooks 1.0 says. A request shows only what the caller's API keys may see when it is sent.
    """
    new = webhooks.parse_webhook(body, partial(webhook_urls.problem, trusted=hosts))
    outcome = await runner.run(webhooks.create(caller, new["url"], new.get("types", ())))
    return await _with_secret(outcome, database, caller, f"{request.scope['path']}/{outcome.snapshot['id']}")


@router.get("/webhooks/{id}", response_model=Webhook, response_description="The webhook.")
async def get_webhook(webhook_id: WebhookId, conditions: Conditions, database: Database, caller: Caller) -> Response:
    """Gets one of the caller's webhooks."""
    return _read(conditions, _shown(await database.read(lambda unit: webhooks.get(unit, caller, webhook_id))))


@router.patch(
    "/webhooks/{id}", response_model=Webhook, response_description="The webhook.", responses=problems("Conflict")
)
async def update_webhook(
    webhook_id: WebhookId, body: Members[WebhookPatch], changes: Changes, caller: Caller, runner: Idempotent
) -> Response:
    """Pauses or resumes a webhook, or chooses other types. A paused webhook keeps its place in the log as long as
    changes are kept, and continues there.
    """
    outcome = await runner.run(webhooks.change(caller, webhook_id, webhooks.parse_webhook(body), changes.ttl))
    return _written(outcome, _shown(outcome.snapshot))


@router.delete("/webhooks/{id}", status_code=204, response_description="The webhook is deleted.")
async def delete_webhook(webhook_id: WebhookId, caller: Caller, runner: Idempotent) -> Response:
    """Deletes a webhook and its deliveries."""
    return conditional.deleted(await runner.run(webhooks.remove(caller, webhook_id)))


@router.post(
    "/webhooks/{id}/secret",
    response_model=WebhookWithSecret,
    response_description="The webhook with its new secret.",
    responses=problems("PayloadTooLarge"),
)
async def rotate_webhook_secret(
    request: Request, webhook_id: WebhookId, database: Database, caller: Caller, runner: Idempotent
) -> Response:
    """Rotates the secret. The previous secret also signs for a day; older ones end at once."""
    await bodies.read(request)  # a body is optional and ignored
    return await _with_secret(await runner.run(webhooks.rotate(caller, webhook_id)), database, caller)


@router.post(
    "/webhooks/{id}/test",
    status_code=202,
    response_model=Delivery,
    response_description="The delivery of the test.",
    responses=answers_with(202) | problems("PayloadTooLarge", "Conflict"),
)
async def test_webhook(request: Request, webhook_id: WebhookId, caller: Caller, runner: Idempotent) -> Response:
    """Sends a message of the type `webhook.test`, after the messages already queued."""
    await bodies.read(request)
    return _queued(await runner.run(webhooks.test(caller, webhook_id)))


@router.get(
    "/webhooks/{id}/deliveries",
    response_model=DeliveryList,
    response_description="A page of deliveries.",
    responses=problems("InvalidCursor"),
)
async def list_deliveries(
    request: Request,
    webhook_id: WebhookId,
    query: Parameters[DeliveriesQuery],
    conditions: Conditions,
    database: Database,
    caller: Caller,
) -> Response:
    """Lists the deliveries of a webhook, the newest first. They are kept as long as changes are."""
    await budget_of(request).charge_rest(query.points)
    window = Window(query.limit, query.cursor or None)
    page = await database.read(lambda unit: webhooks.deliveries(unit, caller, webhook_id, window))
    items = [_shown_delivery(dict(zip(DELIVERY_SHOWN, row[2:], strict=True))) for row in page.rows]
    next_cursor = page.cursor(page.rows[-1]) if page.has_next else None
    return _read(conditions, {"items": items, "nextCursor": next_cursor})


@router.post(
    "/webhooks/{id}/deliveries/{number}/redelivery",
    status_code=202,
    response_model=Delivery,
    response_description="The new delivery.",
    responses=answers_with(202) | problems("PayloadTooLarge", "Conflict"),
)
async def redeliver(
    request: Request, webhook_id: WebhookId, number: DeliveryNumber, caller: Caller, runner: Idempotent
) -> Response:
    """Sends the message of a delivery again, under the same `webhook-id`, after the messages already queued."""
    await bodies.read(request)
    return _queued(await runner.run(webhooks.redeliver(caller, webhook_id, number)))


async def _with_secret(outcome: Outcome, database: Database, caller: Caller, location: str | None = None) -> Response:
    secret = await database.read(lambda unit: webhooks.secret(unit, caller, outcome.snapshot))
    return _written(outcome, {**_shown(outcome.snapshot), "secret": secret}, location)


def _queued(outcome: Outcome) -> Response:
    response = Response(encode(_shown_delivery(outcome.snapshot)), 202, media_type=JSON)
    return conditional.marked(response, outcome)


def _read(conditions: ReadConditions, value: Any) -> Response:
    return conditional.answer(conditions, conditional.unversioned(encode(value), private=True))


def _written(outcome: Outcome, value: Any, location: str | None = None) -> Response:
    return conditional.written(outcome, conditional.unversioned(encode(value)), location)


def _shown(webhook: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: webhook[name] for name in SHOWN}
    types, created_at = separated(webhook["types"]), format_time(webhook["createdAt"])
    return {**shown, "types": types, "active": bool(webhook["active"]), "createdAt": created_at}


def _shown_delivery(delivery: Mapping[str, Any]) -> dict[str, Any]:
    attempted_at = delivery["attemptedAt"]
    times = {"createdAt": format_time(delivery["createdAt"]), "attemptedAt": attempted_at and format_time(attempted_at)}
    return {**delivery, **times}
