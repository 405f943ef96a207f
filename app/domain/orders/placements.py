"""Places an order: one transaction prices it from the catalogue, takes it from stock and stores it."""

from collections.abc import Sequence

from sqlalchemy import insert, literal_column, select, update

from app.domain import money, visibility
from app.domain.catalogue.product_rows import p, product
from app.domain.catalogue.variant_rows import v, variant
from app.domain.changes import log
from app.domain.changes.log import Type
from app.domain.errors import Code, FieldError, Invalid, TandemError
from app.domain.idempotency import Command, Snapshot
from app.domain.orders import order_statement
from app.domain.orders.drafts import Draft, Item
from app.domain.orders.orders import Line, line, o, order
from app.domain.sql.conditions import one_of
from app.domain.sql.json_values import json_text
from app.domain.sql.records import records
from app.domain.sql.tables import new_values
from app.domain.unicode import identity
from app.domain.unit_of_work import Row, Statement, Unit


def place_order(caller: str, draft: Draft) -> Command:
    """The command that places an order."""
    of_products = [(one.product_id, one.quantity) for one in draft.items if one.product_id is not None]
    single_statement = (
        order_statement.placing(of_products, draft.reference) if len(of_products) == len(draft.items) else None
    )
    payload = [[one.payload for one in draft.items], draft.reference]
    return Command("order.place", payload, lambda unit: _place(unit, caller, draft), single_statement)


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
_taken = records(v.id, v.stock)
_TAKE = Statement(update(variant).where(v.id == _taken.c.id).values(stock=v.stock - _taken.c.stock).returning(v.id))
_COLUMNS = (o.caller, o.status, o.reference, o.currency, o.total, o.created_at)
_INSERT = Statement(insert(order).values(new_values(_COLUMNS)).returning(o.id))
_made = records(*(column for column in line.c))
_INSERT_LINES = Statement(insert(line).from_select(list(_made.c.keys()), select(*_made.c)))


async def _place(unit: Unit, caller: str, draft: Draft) -> Snapshot:
    found = _require_sold(draft, await _find(unit, draft.items))
    currency = _one_currency(found)
    taken = _check_stock(draft, found)
    if taken:
        await unit.all(_TAKE, rows=json_text(sorted(taken.items())))
    made = [
        _line(row, item.quantity, item.quantity if row[_ID_OF_VARIANT] in taken else 0)
        for item, row in zip(draft.items, found, strict=True)
    ]
    total = sum(one.unit_price * one.quantity for one in made)
    if total > money.MAX_TOTAL:
        raise Invalid([FieldError(("items",), f"The total must not exceed {money.number(money.MAX_TOTAL)}.")])
    values = {
        "caller": caller,
        "status": "placed",
        "reference": draft.reference,
        "currency": currency,
        "total": total,
        "created_at": unit.now(),
    }
    moved = sorted({row[0] for row in found if row[_ID_OF_VARIANT] in taken})
    placed = log.NewChange(Type.ORDER_PLACED, moved=moved, caller=caller)
    (row,) = await log.effect(unit, _INSERT, placed, **{f"new_{name}": value for name, value in values.items()})
    rows = [[row[0], position, *one] for position, one in enumerate(made)]
    await unit.all(_INSERT_LINES, rows=json_text(rows))
    return {
        **{name: values[name] for name in ("status", "reference", "currency", "total")},
        "id": row[0],
        "lines": json_text(made),
        "createdAt": values["created_at"],
    }


async def _find(unit: Unit, items: Sequence[Item]) -> list[Row | None]:
    """The variant of each item with its product, locked in the order of ids; `None` if nothing is for sale."""
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
    """The row, unless its sku changed while the statement waited for the lock."""
    if row is None or item.sku is None or (row[6] is not None and identity.key(row[6]) == identity.key(item.sku)):
        return row
    return None


_ID_OF_VARIANT = 5


def _line(row: Row, quantity: int, taken: int) -> Line:
    product_id, name, price, _, _, *of_variant, _ = row
    return Line(product_id, name, quantity, price, taken, *of_variant)


def _require_sold(draft: Draft, found: Sequence[Row | None]) -> list[Row]:
    """The rows; raises `Invalid` if an item names nothing for sale, or a product with several variants."""
    faults = []
    for n, (item, row) in enumerate(zip(draft.items, found, strict=True)):
        path = ("items", n, item.member)
        if row is None:
            noun = "product" if item.product_id is not None else "variant"
            named = f"with the sku {item.sku}" if item.sku is not None else item.product_id or item.variant_id or 0
            faults.append(FieldError(path, f"There is no {noun} {named} for sale."))
        elif item.product_id is not None and row[-1] > 1:
            message = f"Product {row[0]} has {row[-1]} variants; name one by `variantId` or `sku`."
            faults.append(FieldError(path, message, Code.VARIANT_REQUIRED))
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
    """The quantity to take from each variant with counted stock; raises `out_of_stock` with the invalid items."""
    counted: dict[int, int] = {}
    for item, row in zip(draft.items, found, strict=True):
        if row[4] is not None:
            counted[row[_ID_OF_VARIANT]] = counted.get(row[_ID_OF_VARIANT], 0) + item.quantity
    short = {row[_ID_OF_VARIANT]: row for row in found if counted.get(row[_ID_OF_VARIANT], 0) > (row[4] or 0)}
    if short:
        message = " ".join(f"Only {row[4]} of {_named(row)} are in stock." for _, row in sorted(short.items()))
        field_errors = [
            FieldError(("items", n, "quantity"), f"Only {row[4]} are in stock.", Code.OUT_OF_STOCK)
            for n, row in enumerate(found)
            if row[_ID_OF_VARIANT] in short
        ]
        raise TandemError(Code.OUT_OF_STOCK, message, field_errors)
    return counted


def _named(row: Row) -> str:
    return f"product {row[0]}" if row[-1] == 1 else f"variant {row[_ID_OF_VARIANT]}"
