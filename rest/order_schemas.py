"""The contract's schemas of orders, made from the bounds that the domain enforces."""

from typing import Any

from app.domain import models, orders
from rest.shapes import (
    AMOUNT,
    CURRENCY,
    ID,
    NAME,
    QUANTITY,
    REFERENCE,
    TIME,
    Schema,
    array,
    nullable,
    reference,
    said,
    structure,
    words,
)
from rest.things import asked, thing
from rest.versions import Version

_OWN_WORD = said(nullable(REFERENCE), "Your own word for it.")
_ORDER: dict[str, Schema] = {
    "id": said(ID, "Given by the service, and never used again."),
    "status": said(reference("OrderStatus"), "What became of it."),
    "reference": _OWN_WORD,
    "currency": said(CURRENCY, "ISO 4217."),
    "total": said(AMOUNT, "The sum of the lines."),
    "lines": said(array(reference("OrderLine"), models.MAX_LINES, 1), "What was ordered, in the order it was asked."),
    "createdAt": said(TIME, "When it was placed."),
}
_LINE: dict[str, Schema] = {
    "productId": said(ID, "The product, whatever became of it."),
    "name": said(NAME, "The product's name when the order was placed."),
    "quantity": said(QUANTITY, "How many were ordered."),
    "unitPrice": said(AMOUNT, "The price of one when the order was placed."),
    "lineTotal": said(AMOUNT, "The price of them all."),
}
_LINE_EXAMPLE = {"productId": 7, "name": "Wireless headphones", "quantity": 2, "unitPrice": 129.99, "lineTotal": 259.98}
_EXAMPLE: dict[str, Any] = {
    "id": 11,
    "status": "placed",
    "reference": "4711",
    "currency": "EUR",
    "total": 259.98,
    "lines": [_LINE_EXAMPLE],
    "createdAt": "2026-03-04T16:05:11.500000Z",
}
_ITEM = structure(
    {"productId": said(ID, "What is ordered."), "quantity": said(QUANTITY, "How many of it.")},
    ("productId", "quantity"),
    additionalProperties=False,
    description="How many are ordered of one product.",
    examples=[{"productId": 7, "quantity": 2}],
)
_INPUT = structure(
    {
        "items": said(
            array(reference("OrderItem"), models.MAX_LINES, 1), "What is ordered, all priced in one currency."
        ),
        "reference": _OWN_WORD,
    },
    ("items",),
    additionalProperties=False,
    description="An order to place.",
    examples=[{"items": [{"productId": 7, "quantity": 2}], "reference": "4711"}],
)


def components(version: Version) -> dict[str, Schema]:
    """The schemas that speak of orders, by name."""
    return {
        **thing(version, "Order", "orders", _ORDER, _EXAMPLE),
        **asked("Order", orders.EVERYTHING, orders.LISTING.keys),
        "OrderStatus": words(orders.STATUSES, "What became of an order."),
        "OrderInput": _INPUT,
        "OrderItem": _ITEM,
        "OrderLine": structure(
            _LINE, _LINE, description="A line of an order: what was true when it was placed.", examples=[_LINE_EXAMPLE]
        ),
    }
