"""Orders: place, read, list and cancel; callers see only their own."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from app.domain.idempotency import Outcome
from app.domain.orders import cancellations, drafts, orders, placements
from app.domain.unit_of_work import Unit
from app.http import bodies
from rest import conditional, lists, versions
from rest.dependencies import (
    ORDERS_READ,
    ORDERS_WRITE,
    Caller,
    Conditions,
    Idempotent,
    KeyRequired,
    OrderId,
    Readable,
    Version,
)
from rest.models import Members
from rest.openapi.problems import problems
from rest.orders.models import Order, OrderInput, OrderList, OrderListQuery, OrderQuery, OrderView, projection
from rest.queries import Parameters
from rest.reads import Reads
from rest.route import Router

router = Router("Orders")


@router.get("/orders", response_model=OrderList, response_description="A page of orders.", dependencies=[ORDERS_READ])
async def list_orders(
    request: Request, query: Parameters[OrderListQuery], conditions: Conditions, readable: Readable, caller: Caller
) -> Response:
    """Lists a page of the caller's orders."""

    async def own(_unit: Unit) -> orders.Filter:
        return replace(query.filter, caller=caller.name)

    return await lists.respond(request, query, conditions, Reads(readable), own)


@router.post(
    "/orders",
    status_code=201,
    response_model=Order,
    response_description="The placed order.",
    responses=problems("OutOfStock", "MixedCurrencies", "VariantRequired"),
    dependencies=[ORDERS_WRITE],
)
async def place_order(
    request: Request, body: Members[OrderInput], caller: Caller, runner: KeyRequired, version: Version
) -> Response:
    """Prices the items from the catalogue and takes them from stock, all or nothing. A retry with the same
    Idempotency-Key never orders twice, over any protocol or version.
    """
    draft = drafts.parse(body, version.members("OrderItem", drafts.ITEM))
    outcome = await runner.run(placements.place_order(caller.name, draft))
    return _written(version, outcome, f"{request.scope['path']}/{outcome.snapshot['id']}")


@router.get("/orders/{id}", response_model=OrderView, response_description="The order.", dependencies=[ORDERS_READ])
async def get_order(
    order_id: OrderId, query: Parameters[OrderQuery], conditions: Conditions, readable: Readable, caller: Caller
) -> Response:
    """Gets one of the caller's orders, or the members of it that `fields` names."""
    row = await readable.read(lambda unit: orders.get(unit, caller.name, order_id))
    values = dict(zip(orders.EVERYTHING, row, strict=True))
    body = query.projection.body([values[column] for column in query.projection.columns])
    return conditional.answer(conditions, conditional.unversioned(body))


@router.post(
    "/orders/{id}/cancellation",
    response_model=Order,
    response_description="The cancelled order.",
    responses=problems("PayloadTooLarge", "Conflict"),
    dependencies=[ORDERS_WRITE],
)
async def cancel_order(
    request: Request, order_id: OrderId, caller: Caller, runner: Idempotent, version: Version
) -> Response:
    """Cancels an order and restores its stock. An order can be cancelled once."""
    await bodies.read(request)  # a body is optional and ignored
    return _written(version, await runner.run(cancellations.cancel_order(caller.name, order_id)))


def _written(version: versions.Version, outcome: Outcome, location: str | None = None) -> Response:
    """The answer with the order after the command."""
    whole = projection(version)
    body = whole.body([outcome.snapshot[column] for column in whole.columns])
    return conditional.written(outcome, conditional.unversioned(body), location)
