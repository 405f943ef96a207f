"""Orders as they are stored: the list of a caller's orders, and one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, cast

import msgspec
from sqlalchemy import ColumnElement, Table, bindparam, func, literal_column, select

from app.domain import models
from app.domain.callers import Scope
from app.domain.catalogue.product_conditions import since
from app.domain.errors import NotFound
from app.domain.orders.models import Order, OrderLine
from app.domain.pagination.paging import Listing, Source, Values
from app.domain.sql.json_values import json_tuples
from app.domain.unit_of_work import Engine, Row, Statement, Unit, first

order = cast(Table, Order.__table__)  # type: ignore[attr-defined] # SQLModel makes it
line = cast(Table, OrderLine.__table__)  # type: ignore[attr-defined]
o = order.c
STATUSES = ("placed", "cancelled")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which orders of a caller; the time is in microseconds since 1970."""

    caller: str
    status: str | None = None
    reference: str | None = None
    created_since: int | None = None
    scope: ClassVar[Scope | None] = None

    def values(self, engine: Engine) -> dict[str, Any]:  # noqa: ARG002 - as `paging.Filter` has it
        """The conditions that apply, with their values."""
        given: dict[str, Any] = {"caller": self.caller}
        if self.status is not None:
            given[self.status] = True
        if self.reference is not None:
            given["reference"] = self.reference
        if self.created_since is not None:
            given["created_since"] = self.created_since
        return given


class Line(NamedTuple):
    """A line of an order, as it is stored: the price in units, the options as JSON.

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


_SINCE = since(o.created_at, "created_since")


def _source(key: str, conditions: tuple[str, ...], values: Values, _bare: bool) -> Source:
    rows = select().select_from(order).where(*(_condition(name, values) for name in conditions))
    return Source(rows, LISTING.keys[key], o.id)


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
    ranges={"createdAt": ("created_since",)},
)
EVERYTHING = ("id", "status", "reference", "currency", "total", "lines", "createdAt")
"""The columns of an order's snapshot."""
READ_ONLY = frozenset(EVERYTHING) - {"reference"}
"""The members that a body may not have."""


def lines(text: str) -> list[Line]:
    """The lines of an order, from its column; the first variant of a product from before variants bears its id."""
    found = (Line(*row) for row in msgspec.json.decode(text))
    return [one if one.variant_id else one._replace(variant_id=one.product_id) for one in found]


async def get(unit: Unit, caller: str, order_id: int) -> Row:
    """An order of the caller as `EVERYTHING`; raises `NotFound`."""
    row = None
    if 0 < order_id <= models.MAX_ID:
        row = await first(unit, _GET, id=order_id, caller=caller)
    if row is None:
        raise NotFound("order")
    return row


ID = bindparam("id", type_=o.id.type)
OWN = (o.id == ID, o.caller == bindparam("caller", type_=o.caller.type))
_GET = Statement(select(*(LISTING.columns[name].label(f"c_{name}") for name in EVERYTHING)).where(*OWN))


def json_text(rows: Sequence[Sequence[Any]]) -> str:
    """Rows as the JSON that statements bind and that a snapshot has for its lines."""
    return msgspec.json.encode(rows).decode()
