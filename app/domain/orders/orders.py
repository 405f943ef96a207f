"""Stored orders: the list of a caller's orders, and single ones."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, func, literal_column, select

from app.domain import addresses
from app.domain.callers import Scope
from app.domain.orders.models import Order, OrderLine
from app.domain.pagination.keyset import Listing, Range, Source, Values, since
from app.domain.sql.json_values import json_tuples
from app.domain.sql.tables import bind, table_of
from app.domain.unit_of_work import Engine, Row, Statement, Unit

order = table_of(Order)
line = table_of(OrderLine)
o = order.c
STATUSES = ("placed", "cancelled")


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of a caller's orders; times are in microseconds since 1970."""

    caller: str
    status: str | None = None
    reference: str | None = None
    created_since: int | None = None
    updated_since: int | None = None
    scope: ClassVar[Scope | None] = None

    def values(self, engine: Engine) -> dict[str, Any]:  # noqa: ARG002 - as `paging.Filter` has it
        """The conditions with their values."""
        parameters: dict[str, Any] = {"caller": self.caller}
        if self.status is not None:
            parameters[self.status] = True
        others = {name: getattr(self, name) for name in ("reference", "created_since", "updated_since")}
        return parameters | {name: value for name, value in others.items() if value is not None}


class Line(NamedTuple):
    """A stored line of an order: the price in units, the options as JSON.

    What a release before variants has stored says nothing of the variant.
    """

    product_id: int
    name: str
    quantity: int
    unit_price: int
    taken: int
    variant_id: int | None = None
    sku: str | None = None
    options: str | None = None


_UPDATED = "updated_since"
_SINCE = since(o.created_at, "created_since") | since(o.created_at, _UPDATED)


def _source(key: str, conditions: tuple[str, ...], values: Values, _bare: bool) -> Source:
    rows = select().select_from(order)
    placed = Source(rows.where(*(_condition(name, values) for name in conditions)), LISTING.keys[key], o.id)
    others = [name for name in conditions if not name.endswith(_UPDATED)]
    if len(others) == len(conditions):
        return placed
    # A sum has no index: engines that read the orders in their order would pass all for the few that were cancelled.
    created_at, identity = (column + literal_column("0") for column in (o.created_at, o.id))
    time = values(_UPDATED, o.created_at)
    rows = rows.where(*(_condition(name, values) for name in others), o.cancelled_at >= time, created_at < time)
    cancelled = Source(rows, identity if key == "id" else created_at, identity)
    return placed._replace(others=(cancelled,))


def _condition(name: str, values: Values) -> ColumnElement[bool]:
    if name in STATUSES:  # a literal: the index holds the orders of one status alone
        return o.status == literal_column(f"'{name}'")
    if name in _SINCE:
        return _SINCE[name](values)
    return o[name] == values(name, o[name])


def _lines() -> ColumnElement[str]:
    ordered = select(line).where(line.c.order_id == o.id).order_by(line.c.position).correlate(order).subquery("ordered")
    members: dict[str, ColumnElement[Any]] = {name: ordered.c[name] for name in Line._fields}
    members["variant_id"] = func.coalesce(ordered.c.variant_id, ordered.c.product_id)
    return select(json_tuples(*members.values())).scalar_subquery()


LISTING = Listing(
    name="orders",
    table=order,
    id=o.id,
    keys={"id": o.id, "createdAt": o.created_at},
    columns={
        "id": o.id,
        "status": o.status,
        "reference": o.reference,
        "currency": o.currency,
        "total": o.total,
        "lines": _lines(),
        "createdAt": o.created_at,
        "caller": o.caller,
    },
    source=_source,
    ranges={"createdAt": Range(("created_since", _UPDATED))},
)
EVERYTHING = ("id", "status", "reference", "currency", "total", "lines", "createdAt")
"""The columns of an order's snapshot."""
READ_ONLY = frozenset(EVERYTHING) - {"reference"}
"""The read-only members."""


def lines(text: str) -> list[Line]:
    """The lines of an order, from its column; the first variant of a product from before variants has its id."""
    found = (Line(*row) for row in msgspec.json.decode(text))
    return [one if one.variant_id else one._replace(variant_id=one.product_id) for one in found]


async def get(unit: Unit, caller: str, order_id: int) -> Row:
    """An order of the caller as `EVERYTHING`; raises `NotFound`."""
    return await addresses.find(unit, "order", _GET, order_id, caller=caller)


ID = bind(o.id)
OWN = (o.id == ID, o.caller == bind(o.caller))
_GET = Statement(select(*(LISTING.columns[name].label(f"c_{name}") for name in EVERYTHING)).where(*OWN))
