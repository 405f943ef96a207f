"""The models of orders."""

from functools import cached_property, lru_cache
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from app.domain.orders import orders
from app.domain.orders.models import MAX_LINES, MAX_QUANTITY, MAX_REFERENCE
from rest import parameters
from rest.lists import SORTING, ListQuery
from rest.models import (
    Amount,
    Currency,
    Id,
    Input,
    Integer,
    Model,
    Name,
    Page,
    Partial,
    Sku,
    Time,
    Words,
    example,
    optional,
    page_example,
    sort_of,
    string,
)
from rest.parameters import FieldsOf, fields_parameter, parameter, since_parameter
from rest.queries import Query
from rest.rendering import ORDER, ORDER_WITHOUT_VARIANTS, Projection
from rest.variants.models import OptionValues
from rest.versions import Version

OrderStatus = Annotated[str, Words("OrderStatus", orders.STATUSES, "The state of an order.")]
Quantity = Annotated[int, Integer(1, MAX_QUANTITY)]
Reference = Annotated[str, string(0, MAX_REFERENCE)]
_LINE = {
    "productId": 7,
    "name": "Wireless headphones",
    "quantity": 2,
    "unitPrice": 129.99,
    "lineTotal": 259.98,
    "variantId": 7,
    "sku": "WH-30",
    "options": {"Colour": "black"},
}
_EXAMPLE: dict[str, Any] = {
    "id": 11,
    "status": "placed",
    "reference": "4711",
    "currency": "EUR",
    "total": 259.98,
    "lines": [_LINE],
    "createdAt": "2026-03-04T16:05:11.500000Z",
}
_ITEM = {"productId": 7, "quantity": 2}


class OrderLine(Model):
    """A line of an order, with name and price of the time when it was placed."""

    model_config = example(_LINE)
    product_id: Id = Field(description="The product, even if it was deleted since.")
    name: Name = Field(description="The product's name when the order was placed.")
    quantity: Quantity = Field(description="The ordered quantity.")
    unit_price: Amount = Field(description="The unit price when the order was placed.")
    line_total: Amount = Field(description="The price of all.")
    variant_id: Id = Field(description="The product's variant, even if it was deleted since.")
    sku: Sku | None = Field(description="The variant's sku when the order was placed.")
    options: OptionValues = Field(description="The variant's value of each option when the order was placed.")


class Order(Model):
    """An order."""

    model_config = example(_EXAMPLE)
    id: Id = Field(description="Assigned by the service and never used again.")
    status: OrderStatus = Field(description="The state of the order.")
    reference: Reference | None = Field(description="The caller's reference.")
    currency: Currency = Field(description="ISO 4217.")
    total: Amount = Field(description="The sum of the lines.")
    lines: Annotated[list[OrderLine], Field(min_length=1, max_length=MAX_LINES)] = Field(
        description="The ordered items, in the order of the request."
    )
    created_at: Time = Field(description="The time when the order was placed.")


class OrderView(Partial, Order):
    """An order, or the members of it that `fields` names."""


class OrderList(Page[OrderView]):
    """A page of orders."""

    model_config = page_example("orders", _EXAMPLE)


class OrderItem(Input):
    """The quantity of a variant in an order: one of `productId`, `variantId` and `sku` names it."""

    model_config = example(_ITEM)
    product_id: Id = optional("The product to order, which has one variant.")
    variant_id: Id = optional("The variant to order.")
    sku: Sku = optional("The sku of the variant to order; case is ignored.")
    quantity: Quantity = Field(description="The quantity to order.")

    @model_validator(mode="after")  # no request runs it: the domain validates, `tests/contract/test_models.py` compares
    def _names_one(self) -> Self:
        if len(self.model_fields_set & {"product_id", "variant_id", "sku"}) != 1:
            raise ValueError("must have one of productId, variantId and sku")
        return self


class OrderInput(Input):
    """An order to place."""

    model_config = example({"items": [_ITEM], "reference": "4711"})
    items: Annotated[list[OrderItem], Field(min_length=1, max_length=MAX_LINES)] = Field(
        description="The items to order, all priced in one currency."
    )
    reference: Reference | None = Field(None, description="The caller's reference.")


@lru_cache(maxsize=64)
def projection(version: Version, members: tuple[str, ...] | None = None) -> Projection:
    """The members that a version shows; `None` shows all."""
    converted = ORDER_WITHOUT_VARIANTS if version.deprecated else ORDER
    return Projection(members or orders.EVERYTHING, converted, whole=False, needs=())


class OrderQuery(Query):
    """The parameters of one order."""

    fields: Annotated[tuple[str, ...], FieldsOf(Order)] | None = fields_parameter("Order", ["id", "status"])

    @property
    def projection(self) -> Projection:
        """The members to show."""
        return projection(self.version, self.fields)


class OrderListQuery(OrderQuery, ListQuery):
    """The parameters of the list of orders."""

    sort: Annotated[str, sort_of("Order", orders.LISTING.keys)] = parameter("OrderSorting", SORTING, "-id", "id")
    status: OrderStatus | None = parameter("HasStatus", "Only orders in this state.", orders.STATUSES[0])
    reference: Annotated[Reference, parameters.text(0, MAX_REFERENCE)] | None = parameter(
        "OrderReference", "Only orders with exactly this reference.", "4711"
    )

    created_since: parameters.Time | None = since_parameter("CreatedSince", "created")
    updated_since: parameters.Time | None = since_parameter("OrderUpdatedSince", "placed or cancelled")

    listing = orders.LISTING

    @cached_property
    def filter(self) -> orders.Filter:
        """The domain's filter; the request adds the caller."""
        return orders.Filter("", self.status, self.reference, self.created_since, self.updated_since)
