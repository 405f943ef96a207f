"""Orders in GraphQL: the type, its lines, its filter and sort, its edges."""

from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from app.domain import models, money
from app.domain.callers import Caller, Scope
from app.domain.orders import orders
from app.domain.orders.models import MAX_LINES, MAX_REFERENCE
from app.domain.validation import text_problem
from schema.execution.type_mapping import Arguments, EmbeddedList, ItemReference, Leaf, NodeType, ObjectType
from schema.types import nodes
from schema.types.connections import ConnectionOf, EdgeOf, SortBy, require_valid
from schema.types.products import Product
from schema.types.scalars import Amount, Long, Time, rfc3339, since_field_errors
from schema.types.variants import VALUES, VariantOption


@strawberry.enum(description="The status of an order.")
class OrderStatus(Enum):
    PLACED = strawberry.enum_value("placed", description="The order is placed.")
    CANCELLED = strawberry.enum_value("cancelled", description="The order is cancelled, and its stock restored.")


@strawberry.type(description="A line of an order, as it was when the order was placed.")
class OrderLine:
    product_id: Long = strawberry.field(description="The product's id in REST, kept when the product is deleted.")
    name: str = strawberry.field(description="The product's name when the order was placed.")
    quantity: int = strawberry.field(description="The quantity.")
    unit_price: Amount = strawberry.field(description="The unit price when the order was placed.")
    line_total: Amount = strawberry.field(description="The unit price times the quantity.")
    variant_id: Long = strawberry.field(description="The variant's id in REST, kept when the variant is deleted.")
    sku: str | None = strawberry.field(description="The variant's sku when the order was placed.")
    options: list[VariantOption] = strawberry.field(
        description="The variant's option values when the order was placed."
    )
    product: Product | None = strawberry.field(description="The product as it is now; null once it is deleted.")


@strawberry.type(description="An order of the caller.")
class Order(nodes.Node):
    order_id: Long = strawberry.field(description="Its id in REST, never reused.")
    status: OrderStatus = strawberry.field(description="Its status.")
    reference: str | None = strawberry.field(description="The caller's reference.")
    currency: str = strawberry.field(description="The currency of all its lines (ISO 4217).")
    total: Amount = strawberry.field(description="The sum of its lines.")
    created_at: Time = strawberry.field(description="The time of placement.")
    lines: list[OrderLine] = strawberry.field(description="Its lines, in the order of the request.")


@strawberry.type(description="An order in a list.")
class OrderEdge(EdgeOf[Order]): ...


@strawberry.type(description="A page of orders.")
class OrderConnection(ConnectionOf[OrderEdge]): ...


@strawberry.enum(description="The sort keys of orders; ties are sorted by id.")
class OrderSortKey(Enum):
    ID = strawberry.enum_value("id", description="By id, the order of creation.")
    CREATED_AT = strawberry.enum_value("createdAt", description="By the time of placement.")


@strawberry.input(description="The sort of orders.")
class OrderSort(SortBy[OrderSortKey]): ...


@strawberry.input(description="A filter of orders: all its members must match.")
class OrderFilter:
    status: OrderStatus | None = strawberry.field(default=UNSET, description="With this status.")
    reference: str | None = strawberry.field(default=UNSET, description="With exactly this reference.")
    created_since: Time | None = strawberry.field(default=UNSET, description="Placed at this time or later.")
    updated_since: Time | None = strawberry.field(
        default=UNSET, description="Placed or cancelled at this time or later."
    )


def filter_of(args: Arguments, caller: Caller) -> orders.Filter:
    """The filter of a field's arguments; raises `Invalid`."""
    filters = args.get("filter") or {}
    status, reference = filters.get("status"), filters.get("reference")
    require_valid([("reference", text_problem(reference or "", 0, MAX_REFERENCE)), *since_field_errors(filters)])
    return orders.Filter(
        caller.name,
        status and status.value,
        reference,
        created_since=filters.get("createdSince"),
        updated_since=filters.get("updatedSince"),
    )


def _lines(text: str, currency: str) -> list[dict[str, Any]]:
    """The columns of an order's lines, each with the currency of the order."""
    return [{**line._asdict(), "currency": currency} for line in orders.lines(text)]


LINE = ObjectType(
    "OrderLine",
    {
        "productId": Leaf(("product_id",)),
        "name": Leaf(("name",), size=4 * models.MAX_NAME),
        "quantity": Leaf(("quantity",)),
        "unitPrice": Leaf(("unit_price", "currency"), money.text),
        "lineTotal": Leaf(
            ("quantity", "unit_price", "currency"), lambda n, each, currency: money.text(n * each, currency)
        ),
        "variantId": Leaf(("variant_id",)),
        "sku": Leaf(("sku",)),
        "options": VALUES,
        "product": ItemReference("Product", "lines", orders.Line._fields.index("product_id")),
    },
)

ORDER = NodeType(
    "Order",
    {
        "id": Leaf(("id",), nodes.encoder("Order")),
        "orderId": Leaf(("id",)),
        "status": Leaf(("status",), str.upper),
        "reference": Leaf(("reference",), size=4 * MAX_REFERENCE),
        "currency": Leaf(("currency",)),
        "total": Leaf(("total", "currency"), money.text),
        "createdAt": Leaf(("createdAt",), rfc3339),
        "lines": EmbeddedList(LINE, ("lines", "currency"), _lines, MAX_LINES),
    },
    orders.LISTING,
    owner="caller",
    scope=Scope.ORDERS_READ,
)
