"""What can be done with orders, as the contract says it."""

from collections.abc import Sequence

from app.domain.callers import Scope
from app.domain.idempotency import Once
from rest.operations import IF_MATCH, IF_NONE_MATCH, LISTING, READING, WRITING, Operation
from rest.orders import FIELDS, PARAMETERS, Orders
from rest.parameters import Parameter
from rest.shapes import ID

_TAG = "Orders"
_ORDER_ID = Parameter("OrderId", "id", "The order's id.", ID, place="path", example=11)


def operations(once: Once) -> Sequence[Operation]:
    """What can be done with orders, in the order of the contract."""
    of = Orders(once)
    return (
        Operation(
            *("GET", "/orders", of.list, "listOrders", _TAG, "List orders"),
            "A page of the caller's orders.",
            "A page of orders.",
            answer="OrderList",
            headers=("ETag", "Pages"),
            parameters=(*PARAMETERS, IF_NONE_MATCH, IF_MATCH),
            refusals=LISTING,
            scope=Scope.ORDERS_READ,
        ),
        Operation(
            *("POST", "/orders", of.place, "placeOrder", _TAG, "Place an order"),
            "Prices the items from the catalogue and takes them from stock, all or nothing. Sent again with the same"
            " Idempotency-Key it is still one order, whichever protocol or version it comes through.",
            "The order, as it was placed.",
            status=201,
            answer="Order",
            headers=("ETag", "Location"),
            body="OrderInput",
            refusals=(*WRITING, "OutOfStock", "MixedCurrencies"),
            scope=Scope.ORDERS_WRITE,
            key_required=True,
            leads_to=("getOrder", "cancelOrder"),
        ),
        Operation(
            *("GET", "/orders/{id}", of.read, "getOrder", _TAG, "Get an order"),
            "One of the caller's orders, or those members of it that `fields` names.",
            "The order.",
            answer="OrderView",
            parameters=(_ORDER_ID, FIELDS, IF_NONE_MATCH, IF_MATCH),
            refusals=(*READING, "PreconditionFailed", "NotFound"),
            scope=Scope.ORDERS_READ,
            leads_to=("cancelOrder",),
        ),
        Operation(
            *("POST", "/orders/{id}/cancellation", of.cancel, "cancelOrder", _TAG, "Cancel an order"),
            "Cancels an order and puts back the stock that it took; once.",
            "The order, cancelled.",
            answer="Order",
            parameters=(_ORDER_ID,),
            refusals=(*READING, "PayloadTooLarge", "Conflict", "NotFound"),
            scope=Scope.ORDERS_WRITE,
        ),
    )
