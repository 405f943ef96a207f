"""Orders in GraphQL: the type, its lines, its filter and sort, its edges."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET, Info

from app.domain import models, money, orders
from app.domain.callers import Caller
from app.domain.errors import Fault, Invalid
from app.domain.reading import unstorable
from schema import nodes
from schema.connections import PageInfo
from schema.context import Context, fetched
from schema.nouns import Noun, Rows, Shape, Source, ToOne
from schema.products import Product, SortDirection
from schema.scalars import Amount, Long, Time, rfc3339


@strawberry.enum(description="What became of an order.")
class OrderStatus(Enum):
    """What became of an order."""

    PLACED = strawberry.enum_value("placed", description="It stands.")
    CANCELLED = strawberry.enum_value("cancelled", description="It was called off, and its stock put back.")


@strawberry.type(description="A line of an order: what was true when it was placed.")
class OrderLine:
    """A line of an order."""

    children: strawberry.Private[dict[str, Any]]
    product_id: Long = strawberry.field(description="The product's id in REST, whatever became of the product.")
    name: str = strawberry.field(description="The product's name when the order was placed.")
    quantity: int = strawberry.field(description="How many were ordered.")
    unit_price: Amount = strawberry.field(description="The price of one when the order was placed.")
    line_total: Amount = strawberry.field(description="The price of them all.")

    @strawberry.field(description="The product as it is now; null once it is deleted.")
    def product(self, info: Info[Context, Any]) -> Product | None:
        """The product as it is now."""
        return fetched(self.children, info)


@strawberry.type(description="An order of the caller.")
class Order(nodes.Node):
    """An order of the caller."""

    order_id: Long = strawberry.field(description="Its id in REST; never used again.")
    status: OrderStatus = strawberry.field(description="What became of it.")
    reference: str | None = strawberry.field(description="The caller's own word for it.")
    currency: str = strawberry.field(description="The currency of all its lines (ISO 4217).")
    total: Amount = strawberry.field(description="The sum of its lines.")
    created_at: Time = strawberry.field(description="When it was placed.")

    @strawberry.field(description="What was ordered, in the order it was asked for.")
    def lines(self, info: Info[Context, Any]) -> list[OrderLine]:
        """What was ordered."""
        return fetched(self.children, info)


@strawberry.type(description="An order in a list.")
class OrderEdge:
    """An order in a list."""

    cursor: str = strawberry.field(description="Its place in the list; REST takes the same.")
    node: Order = strawberry.field(description="The order.")


@strawberry.type(description="A page of orders.")
class OrderConnection:
    """A page of orders."""

    edges: list[OrderEdge] = strawberry.field(description="The orders of the page, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    total_count: int = strawberry.field(description="How many the whole list holds; counted only where asked for.")


@strawberry.enum(description="What orders can be sorted by; ties go by id.")
class OrderSortKey(Enum):
    """What orders can be sorted by."""

    ID = strawberry.enum_value("id", description="By id: as they were made.")
    CREATED_AT = strawberry.enum_value("createdAt", description="By the time they were placed.")


@strawberry.input(description="How orders are sorted.")
class OrderSort:
    """How orders are sorted."""

    by: OrderSortKey = strawberry.field(description="The sort key.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Descending is the exact reverse."
    )


@strawberry.input(description="Which orders; all that is given must hold.")
class OrderFilter:
    """Which orders; all that is given must hold."""

    status: OrderStatus | None = strawberry.field(default=UNSET, description="Has this status.")
    reference: str | None = strawberry.field(default=UNSET, description="Has exactly this reference.")


def narrowed(caller: Caller, args: Mapping[str, Any]) -> orders.Filter:
    """The filter that a field's arguments ask for; raises `Invalid`."""
    given = args.get("filter") or {}
    status, reference = given.get("status"), given.get("reference")
    problem = unstorable(reference) if reference else None
    if reference and len(reference) > models.MAX_REFERENCE:
        problem = f"must have at most {models.MAX_REFERENCE} characters"
    if problem:
        raise Invalid([Fault(("filter", "reference"), f"`reference` {problem}.")])
    return orders.Filter(caller.name, getattr(status, "value", status), reference)


def _rows(text: str, currency: str) -> list[dict[str, Any]]:
    """The lines of an order, each with the currency of the whole."""
    return [{"id": n, **line._asdict(), "currency": currency} for n, line in enumerate(orders.lines(text))]


def _line_total(quantity: int, unit_price: int, currency: str) -> str:
    return money.text(quantity * unit_price, currency)


LINE = Shape(
    kind=OrderLine,
    fields={
        "productId": Source(("product_id",)),
        "name": Source(("name",)),
        "quantity": Source(("quantity",)),
        "unitPrice": Source(("unit_price", "currency"), money.text),
        "lineTotal": Source(("quantity", "unit_price", "currency"), _line_total),
    },
    one={"product": ToOne("Product", "product_id")},
)

NOUN = Noun(
    kind=Order,
    connection=OrderConnection,
    edge=OrderEdge,
    listing=orders.LISTING,
    owner="caller",
    fields={
        "id": Source(("id",), lambda identity: nodes.encode("Order", identity)),
        "orderId": Source(("id",)),
        "status": Source(("status",), OrderStatus),
        "reference": Source(("reference",)),
        "currency": Source(("currency",)),
        "total": Source(("total", "currency"), money.text),
        "createdAt": Source(("createdAt",), rfc3339),
    },
    lists={"lines": Rows(LINE, ("lines", "currency"), _rows)},
)
