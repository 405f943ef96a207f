"""Orders: priced from the catalogue and taken from stock in the transaction that makes them; cancelled once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import msgspec
from sqlalchemy import ColumnElement, Table, bindparam, case, insert, literal_column, select, update

from app.domain import models, money, paging
from app.domain.errors import Code, Conflict, Fault, Invalid, NotFound, TandemError
from app.domain.idempotency import Command, Snapshot
from app.domain.paging import Listing, Source
from app.domain.product_rows import p, product
from app.domain.reading import Reader
from app.domain.sql import json_tuples, one_of, records
from app.domain.unit import Engine, Row, Statement, Unit, first

order = cast(Table, models.Order.__table__)  # type: ignore[attr-defined] # SQLModel makes it
line = cast(Table, models.OrderLine.__table__)  # type: ignore[attr-defined]
o = order.c
STATUSES = ("placed", "cancelled")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which orders of a caller."""

    caller: str
    status: str | None = None
    reference: str | None = None

    def values(self, engine: Engine) -> dict[str, Any]:  # noqa: ARG002 - as `paging.Filter` has it
        """The conditions that apply, with their values."""
        given: dict[str, Any] = {"caller": self.caller}
        if self.status is not None:
            given[self.status] = True
        if self.reference is not None:
            given["reference"] = self.reference
        return given


class Item(NamedTuple):
    """What is ordered of one product."""

    product_id: int
    quantity: int


class Draft(NamedTuple):
    """An order to be placed."""

    items: tuple[Item, ...]
    reference: str | None


class Line(NamedTuple):
    """A line of an order, as it is stored; the price in units."""

    product_id: int
    name: str
    quantity: int
    unit_price: int
    taken: int


def _source(_key: str, conditions: tuple[str, ...], _parent: ColumnElement[int] | None, _bare: bool) -> Source:
    return Source(select().select_from(order).where(*map(_condition, conditions)), LISTING.keys[_key], o.id)


def _condition(name: str) -> ColumnElement[bool]:
    if name in STATUSES:  # said in the statement, since an index has those of one status alone
        return o.status == literal_column(f"'{name}'")
    return o[name] == bindparam(name, type_=o[name].type)


def _lines() -> ColumnElement[str]:
    ordered = select(line).where(line.c.order_id == o.id).order_by(line.c.position).correlate(order).subquery("ordered")
    return select(json_tuples(*(ordered.c[name] for name in Line._fields))).scalar_subquery()


LISTING = Listing(
    name="orders",
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
)
EVERYTHING = ("id", "status", "reference", "currency", "total", "lines", "createdAt")
"""The columns of an order's snapshot."""


def lines(text: str) -> list[Line]:
    """The lines of an order, from its column."""
    return [Line(*row) for row in msgspec.json.decode(text)]


def read(members: Mapping[str, object]) -> Draft:
    """The order that the members of a body describe; raises `Invalid` with every fault."""
    reader = Reader(members)
    reader.only(frozenset({"items", "reference"}), READ_ONLY)
    reader.require("items")
    reference = None if members.get("reference") is None else reader.text("reference", 0, models.MAX_REFERENCE)
    given = members.get("items", [])
    items: list[Item] = []
    if not isinstance(given, list):
        reader.fault("items", "must be a list")
    elif "items" in members and not 1 <= len(given) <= models.MAX_LINES:
        reader.fault("items", f"must have 1 to {models.MAX_LINES} items")
    else:
        for index, item in enumerate(given):
            items.append(_read_item(reader, index, item))
    reader.done()
    return Draft(tuple(items), reference)


READ_ONLY = frozenset(EVERYTHING) - {"reference"}


def _read_item(reader: Reader, index: int, item: object) -> Item:
    if not isinstance(item, Mapping):
        reader.faults.append(Fault(("items", index), f"`items.{index}` must be an object."))
        return Item(0, 1)
    inner = Reader(item, ("items", index))
    inner.only(frozenset(Item._fields) - {"product_id"} | {"productId"}, frozenset())
    inner.require("productId", "quantity")
    product_id = inner.identity("productId") if "productId" in item else 0
    quantity = inner.integer("quantity", 1, models.MAX_QUANTITY) if "quantity" in item else 1
    reader.faults += inner.faults
    return Item(product_id, quantity)


def placing(caller: str, draft: Draft) -> Command:
    """The command that places an order."""
    return Command("order.place", draft, lambda unit: _place(unit, caller, draft))


def cancelling(caller: str, order_id: int) -> Command:
    """The command that cancels an order and puts back the stock that it took."""
    return Command("order.cancel", order_id, lambda unit: _cancel(unit, caller, order_id))


async def page(
    unit: Unit,
    narrowed: Filter,
    sort: paging.Sort,
    window: paging.Window,
    selection: tuple[str, ...],
    *,
    total: bool = False,
) -> paging.Page:
    """One page of a caller's orders."""
    return await paging.page(unit, LISTING, narrowed, sort, window, selection, total=total)


async def get(unit: Unit, caller: str, order_id: int) -> Row:
    """An order of the caller as `EVERYTHING`; raises `NotFound`."""
    row = None
    if 0 < order_id <= models.MAX_ID:
        row = await first(unit, _GET, id=order_id, caller=caller)
    if row is None:
        raise NotFound("order")
    return row


_ID = bindparam("id", type_=o.id.type)
_OWN = (o.id == _ID, o.caller == bindparam("caller", type_=o.caller.type))
_GET = Statement(select(*(LISTING.columns[name].label(f"c_{name}") for name in EVERYTHING)).where(*_OWN))
_PRODUCTS = Statement(
    select(p.id, p.name, p.price, p.currency, p.stock)
    .where(one_of(p.id, "ids"))
    .order_by(p.id)
    .with_for_update(key_share=True)
)
_moved = records(p.id, p.stock)
_TAKE = Statement(update(product).where(p.id == _moved.c.id).values(stock=p.stock - _moved.c.stock).returning(p.id))
_HIGHEST: ColumnElement[int] = literal_column(str(models.MAX_STOCK))
_GIVE = Statement(
    update(product)
    .where(p.id == _moved.c.id, p.stock.is_not(None))
    .values(stock=case((p.stock > _HIGHEST - _moved.c.stock, _HIGHEST), else_=p.stock + _moved.c.stock))
)
_COLUMNS = (o.caller, o.status, o.reference, o.currency, o.total, o.created_at)
_INSERT = Statement(
    insert(order)
    .values({column: bindparam(f"new_{column.name}", type_=column.type) for column in _COLUMNS})
    .returning(o.id)
)
_made = records(*(column for column in line.c))
_INSERT_LINES = Statement(insert(line).from_select(list(_made.c.keys()), select(*_made.c)))
_LOCK = Statement(select(o.status).where(*_OWN).with_for_update())
_CANCEL = Statement(update(order).where(o.id == _ID).values(status="cancelled"))


async def _place(unit: Unit, caller: str, draft: Draft) -> Snapshot:
    wanted: dict[int, int] = {}
    for item in draft.items:
        wanted[item.product_id] = wanted.get(item.product_id, 0) + item.quantity
    found = {row[0]: row for row in await unit.all(_PRODUCTS, ids=sorted(wanted))}
    currency = _one_currency(draft, found)
    taken = _check_stock(draft, wanted, found)
    if taken:
        await unit.all(_TAKE, rows=_json(sorted(taken.items())))
    made = [Line(i, found[i][1], quantity, found[i][2], quantity if i in taken else 0) for i, quantity in draft.items]
    total = sum(one.unit_price * one.quantity for one in made)
    if total > money.MAX_TOTAL:
        raise Invalid([Fault(("items",), "The total must not exceed 999999999999.99.")])
    values = {
        "caller": caller,
        "status": "placed",
        "reference": draft.reference,
        "currency": currency,
        "total": total,
        "created_at": unit.now(),
    }
    row = await first(unit, _INSERT, **{f"new_{name}": value for name, value in values.items()})
    assert row is not None  # noqa: S101 - an insert that returns gives one row
    rows = [[row[0], position, *one] for position, one in enumerate(made)]
    await unit.all(_INSERT_LINES, rows=_json(rows))
    return {
        **{name: values[name] for name in ("status", "reference", "currency", "total")},
        "id": row[0],
        "lines": _json(made),
        "createdAt": values["created_at"],
    }


def _one_currency(draft: Draft, found: Mapping[int, Row]) -> str:
    unknown = [
        Fault(("items", n, "productId"), f"There is no product {item.product_id}.")
        for n, item in enumerate(draft.items)
        if item.product_id not in found
    ]
    if unknown:
        raise Invalid(unknown)
    currencies = sorted({row[3] for row in found.values()})
    if len(currencies) > 1:
        raise TandemError(Code.MIXED_CURRENCIES, f"The products are priced in {' and '.join(currencies)}.")
    return str(currencies[0])


def _check_stock(draft: Draft, wanted: Mapping[int, int], found: Mapping[int, Row]) -> dict[int, int]:
    """What is to be taken from the products whose stock is counted; raises `out_of_stock`, with the items that ask."""
    counted = {i: quantity for i, quantity in wanted.items() if found[i][4] is not None}
    short = [i for i, quantity in counted.items() if found[i][4] < quantity]
    if short:
        told = " ".join(f"Only {found[i][4]} of product {i} are in stock." for i in sorted(short))
        faults = [
            Fault(("items", n, "quantity"), f"Only {found[item.product_id][4]} are in stock.", Code.OUT_OF_STOCK)
            for n, item in enumerate(draft.items)
            if item.product_id in short
        ]
        raise TandemError(Code.OUT_OF_STOCK, told, faults)
    return counted


async def _cancel(unit: Unit, caller: str, order_id: int) -> Snapshot:
    status = await first(unit, _LOCK, id=order_id, caller=caller) if 0 < order_id <= models.MAX_ID else None
    if status is None:
        raise NotFound("order")
    if status[0] == "cancelled":
        raise Conflict("The order is cancelled already.")
    await unit.all(_CANCEL, id=order_id)
    snapshot = dict(zip(EVERYTHING, await get(unit, caller, order_id), strict=True))
    taken: dict[int, int] = {}
    for one in lines(snapshot["lines"]):
        if one.taken:
            taken[one.product_id] = taken.get(one.product_id, 0) + one.taken
    if taken:
        await unit.all(_PRODUCTS, ids=sorted(taken))  # locked in the order of their ids
        await unit.all(_GIVE, rows=_json(sorted(taken.items())))
    return snapshot


def _json(rows: Sequence[Sequence[Any]]) -> str:
    return msgspec.json.encode(rows).decode()
