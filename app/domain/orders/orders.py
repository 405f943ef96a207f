"""Orders: priced from the catalogue and taken from stock in the transaction that makes them; cancelled once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, cast

import msgspec
from sqlalchemy import ColumnElement, Table, bindparam, case, func, insert, literal_column, select, update

from app.domain import models, money, visibility
from app.domain.callers import Scope
from app.domain.catalogue.product_conditions import since
from app.domain.catalogue.product_rows import p, product
from app.domain.catalogue.variant_rows import v, variant
from app.domain.changes import log
from app.domain.changes.log import Type
from app.domain.errors import Code, Conflict, FieldError, Invalid, NotFound, TandemError
from app.domain.idempotency import Command, Snapshot
from app.domain.orders import order_statement
from app.domain.pagination.paging import Listing, Source, Values
from app.domain.sql.conditions import one_of
from app.domain.sql.json_values import json_tuples
from app.domain.sql.records import records
from app.domain.unicode import identity
from app.domain.unit_of_work import Engine, Row, Statement, Unit, first
from app.domain.validation import Reader

order = cast(Table, models.Order.__table__)  # type: ignore[attr-defined] # SQLModel makes it
line = cast(Table, models.OrderLine.__table__)  # type: ignore[attr-defined]
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


class Item(NamedTuple):
    """What is ordered: the only variant of a product, or a variant by its id or its sku; one of the three is given."""

    product_id: int | None
    quantity: int
    variant_id: int | None = None
    sku: str | None = None

    @property
    def payload(self) -> list[object]:
        """What makes two items the same, as it was before there were variants."""
        return [self.product_id, self.quantity] if self.product_id is not None else list(self)

    @property
    def member(self) -> str:
        """The member that says what is ordered."""
        return "productId" if self.product_id is not None else "sku" if self.variant_id is None else "variantId"


class Draft(NamedTuple):
    """An order to be placed."""

    items: tuple[Item, ...]
    reference: str | None


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


def lines(text: str) -> list[Line]:
    """The lines of an order, from its column; the first variant of a product from before variants bears its id."""
    found = (Line(*row) for row in msgspec.json.decode(text))
    return [one if one.variant_id else one._replace(variant_id=one.product_id) for one in found]


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


_ORDERED = ("productId", "variantId", "sku")
READ_ONLY = frozenset(EVERYTHING) - {"reference"}


def _read_item(reader: Reader, index: int, item: object) -> Item:
    if not isinstance(item, Mapping):
        reader.field_errors.append(FieldError(("items", index), f"`items.{index}` must be an object."))
        return Item(0, 1)
    inner = Reader(item, ("items", index))
    inner.only(frozenset({*_ORDERED, "quantity"}), frozenset())
    inner.require(*([] if item.keys() & set(_ORDERED) else ["productId"]), "quantity")
    if len(item.keys() & set(_ORDERED)) > 1:
        told = "Give one of `productId`, `variantId` and `sku`."
        inner.field_errors.append(FieldError(("items", index), told))
    product_id = inner.identity("productId") if "productId" in item else None
    variant_id = inner.identity("variantId") if "variantId" in item else None
    sku = inner.sku("sku", models.MAX_SKU) if "sku" in item else None
    quantity = inner.integer("quantity", 1, models.MAX_QUANTITY) if "quantity" in item else 1
    reader.field_errors += inner.field_errors
    return Item(product_id, quantity, variant_id, sku)


def placing(caller: str, draft: Draft) -> Command:
    """The command that places an order."""
    of_products = [(one.product_id, one.quantity) for one in draft.items if one.product_id is not None]
    at_once = order_statement.placing(of_products, draft.reference) if len(of_products) == len(draft.items) else None
    payload = [[one.payload for one in draft.items], draft.reference]
    return Command("order.place", payload, lambda unit: _place(unit, caller, draft), at_once)


def cancelling(caller: str, order_id: int) -> Command:
    """The command that cancels an order and puts back the stock that it took."""
    return Command("order.cancel", order_id, lambda unit: _cancel(unit, caller, order_id))


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
_found = (
    select(p.id, p.name, v.price, v.currency, v.stock, v.id, v.sku, v.options, p.variant_count)
    .order_by(v.id)
    .with_for_update(key_share=True, of=variant)
)
# By ids alone: in a plan that was made while the table was empty, an index of statuses would read all products.
_active = visibility.is_active(p.status.concat(literal_column("''")))
_PRODUCTS = Statement(_found.join_from(product, variant, v.id == p.variant_id).where(one_of(p.id, "ids"), _active))
_SOLD = Statement(_found.join_from(variant, product, v.product_id == p.id).where(one_of(v.id, "ids"), _active))
_FIRST = Statement(select(p.id, p.variant_id).where(one_of(p.id, "ids")))
_OF_SKUS = Statement(select(v.id, v.sku, v.sku_key).where(one_of(v.sku, "skus") | one_of(v.sku_key, "keys")))
_VARIANTS = Statement(select(v.id).where(one_of(v.id, "ids")).order_by(v.id).with_for_update(key_share=True))
_MOVED = Statement(
    select(case((visibility.is_active(p.status), p.id), else_=-p.id)).where(one_of(p.id, "ids")).order_by(p.id)
)
"""Products as the change log has those whose stock an order moves."""
_moved = records(v.id, v.stock)
_TAKE = Statement(update(variant).where(v.id == _moved.c.id).values(stock=v.stock - _moved.c.stock).returning(v.id))
_HIGHEST: ColumnElement[int] = literal_column(str(models.MAX_STOCK))
_GIVE = Statement(
    update(variant)
    .where(v.id == _moved.c.id, v.stock.is_not(None))
    .values(stock=case((v.stock > _HIGHEST - _moved.c.stock, _HIGHEST), else_=v.stock + _moved.c.stock))
    .returning(v.product_id)
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
_CANCEL = Statement(update(order).where(o.id == _ID).values(status="cancelled").returning(o.id))


async def _place(unit: Unit, caller: str, draft: Draft) -> Snapshot:
    found = _require_sold(draft, await _find(unit, draft.items))
    currency = _one_currency(found)
    taken = _check_stock(draft, found)
    if taken:
        await unit.all(_TAKE, rows=_json(sorted(taken.items())))
    made = [
        _line(row, item.quantity, item.quantity if row[_ID_OF_VARIANT] in taken else 0)
        for item, row in zip(draft.items, found, strict=True)
    ]
    total = sum(one.unit_price * one.quantity for one in made)
    if total > money.MAX_TOTAL:
        raise Invalid([FieldError(("items",), "The total must not exceed 999999999999.99.")])
    values = {
        "caller": caller,
        "status": "placed",
        "reference": draft.reference,
        "currency": currency,
        "total": total,
        "created_at": unit.now(),
    }
    moved = sorted({row[0] for row in found if row[_ID_OF_VARIANT] in taken})
    placed = log.Change(Type.ORDER_PLACED, moved=moved, caller=caller)
    (row,) = await log.effect(unit, _INSERT, placed, **{f"new_{name}": value for name, value in values.items()})
    rows = [[row[0], position, *one] for position, one in enumerate(made)]
    await unit.all(_INSERT_LINES, rows=_json(rows))
    return {
        **{name: values[name] for name in ("status", "reference", "currency", "total")},
        "id": row[0],
        "lines": _json(made),
        "createdAt": values["created_at"],
    }


async def _find(unit: Unit, items: Sequence[Item]) -> list[Row | None]:
    """The variant that each item is about, with its product, locked in the order of ids; None where none is sold."""
    products = sorted({one.product_id for one in items if one.product_id is not None})
    if all(one.product_id is not None for one in items):
        of_product = {row[0]: row for row in await unit.all(_PRODUCTS, ids=products)}
        return [of_product.get(one.product_id) for one in items]
    firsts = {row[0]: row[1] for row in await unit.all(_FIRST, ids=products)} if products else {}
    spelled = sorted({one.sku for one in items if one.sku is not None})
    keys = sorted(set(map(identity.key, spelled)))
    skus = await unit.all(_OF_SKUS, skus=spelled, keys=keys) if spelled else ()
    exact, caseless = {row[1]: row[0] for row in skus}, {row[2]: row[0] for row in skus}
    ids = [
        one.variant_id
        or firsts.get(one.product_id or 0)
        or (one.sku and (exact.get(one.sku) or caseless.get(identity.key(one.sku))))
        or 0
        for one in items
    ]
    rows = {row[_ID_OF_VARIANT]: row for row in await unit.all(_SOLD, ids=sorted(set(ids)))}
    return [_still_meant(one, rows.get(variant_id)) for one, variant_id in zip(items, ids, strict=True)]


def _still_meant(item: Item, row: Row | None) -> Row | None:
    """The row, unless its sku has changed while its lock was waited for."""
    if row is None or item.sku is None or (row[6] is not None and identity.key(row[6]) == identity.key(item.sku)):
        return row
    return None


_ID_OF_VARIANT = 5


def _line(row: Row, quantity: int, taken: int) -> Line:
    product_id, name, price, _, _, *of_variant, _ = row
    return Line(product_id, name, quantity, price, taken, *of_variant)


def _require_sold(draft: Draft, found: Sequence[Row | None]) -> list[Row]:
    """The rows; raises `Invalid` where an item names nothing for sale, or a product that has several variants."""
    faults = []
    for n, (item, row) in enumerate(zip(draft.items, found, strict=True)):
        path = ("items", n, item.member)
        if row is None:
            noun = "product" if item.product_id is not None else "variant"
            named = f"with the sku {item.sku}" if item.sku is not None else item.product_id or item.variant_id or 0
            faults.append(FieldError(path, f"There is no {noun} {named} for sale."))
        elif item.product_id is not None and row[-1] > 1:
            told = f"Product {row[0]} has {row[-1]} variants; say which one by `variantId` or `sku`."
            faults.append(FieldError(path, told, Code.VARIANT_REQUIRED))
    if faults and all(fault.code is Code.VARIANT_REQUIRED for fault in faults):
        raise TandemError(Code.VARIANT_REQUIRED, faults[0].message, faults)
    if faults:
        raise Invalid(faults)
    return [row for row in found if row is not None]


def _one_currency(found: Sequence[Row]) -> str:
    currencies = sorted({row[3] for row in found})
    if len(currencies) > 1:
        raise TandemError(Code.MIXED_CURRENCIES, f"The products are priced in {' and '.join(currencies)}.")
    return str(currencies[0])


def _check_stock(draft: Draft, found: Sequence[Row]) -> dict[int, int]:
    """What is to be taken from the variants whose stock is counted; raises `out_of_stock`, with the items that ask."""
    counted: dict[int, int] = {}
    for item, row in zip(draft.items, found, strict=True):
        if row[4] is not None:
            counted[row[_ID_OF_VARIANT]] = counted.get(row[_ID_OF_VARIANT], 0) + item.quantity
    short = {row[_ID_OF_VARIANT]: row for row in found if counted.get(row[_ID_OF_VARIANT], 0) > (row[4] or 0)}
    if short:
        told = " ".join(f"Only {row[4]} of {_named(row)} are in stock." for _, row in sorted(short.items()))
        field_errors = [
            FieldError(("items", n, "quantity"), f"Only {row[4]} are in stock.", Code.OUT_OF_STOCK)
            for n, row in enumerate(found)
            if row[_ID_OF_VARIANT] in short
        ]
        raise TandemError(Code.OUT_OF_STOCK, told, field_errors)
    return counted


def _named(row: Row) -> str:
    return f"product {row[0]}" if row[-1] == 1 else f"variant {row[_ID_OF_VARIANT]}"


async def _cancel(unit: Unit, caller: str, order_id: int) -> Snapshot:
    status = await first(unit, _LOCK, id=order_id, caller=caller) if 0 < order_id <= models.MAX_ID else None
    if status is None:
        raise NotFound("order")
    if status[0] == "cancelled":
        raise Conflict("The order is cancelled already.")
    snapshot = dict(zip(EVERYTHING, await get(unit, caller, order_id), strict=True))
    taken: dict[int, int] = {}
    for one in lines(snapshot["lines"]):
        if one.taken and one.variant_id:
            taken[one.variant_id] = taken.get(one.variant_id, 0) + one.taken
    restocked: set[int] = set()
    if taken:
        await unit.all(_VARIANTS, ids=sorted(taken))  # locked in the order of their ids
        restocked = {row[0] for row in await unit.all(_GIVE, rows=_json(sorted(taken.items())))}
    moved = [row[0] for row in await unit.all(_MOVED, ids=sorted(restocked))] if restocked else ()
    cancelled = log.Change(Type.ORDER_CANCELLED, order_id, moved=moved, caller=caller)
    await log.effect(unit, _CANCEL, cancelled, id=order_id)
    return snapshot | {"status": "cancelled"}


def _json(rows: Sequence[Sequence[Any]]) -> str:
    return msgspec.json.encode(rows).decode()
