"""Cancels an order, once, and restores its stock."""

from sqlalchemy import ColumnElement, case, literal_column, select, update

from app.domain import addresses, models, visibility
from app.domain.catalogue.product_rows import p
from app.domain.catalogue.variant_rows import v, variant
from app.domain.changes import log
from app.domain.changes.log import Type
from app.domain.errors import Conflict
from app.domain.idempotency import Command, Snapshot
from app.domain.orders.orders import EVERYTHING, ID, OWN, get, lines, o, order
from app.domain.sql.conditions import one_of
from app.domain.sql.json_values import json_text
from app.domain.sql.records import records
from app.domain.sql.tables import bind
from app.domain.unit_of_work import Statement, Unit


def cancel_order(caller: str, order_id: int) -> Command:
    """The command that cancels an order and puts back the stock that it took."""
    return Command("order.cancel", order_id, lambda unit: _cancel(unit, caller, order_id))


_VARIANTS = Statement(select(v.id).where(one_of(v.id, "ids")).order_by(v.id).with_for_update(key_share=True))
_MOVED = Statement(
    select(case((visibility.is_active(p.status), p.id), else_=-p.id)).where(one_of(p.id, "ids")).order_by(p.id)
)
"""Products as the change log has those whose stock an order moves."""
_returned = records(v.id, v.stock)
_HIGHEST: ColumnElement[int] = literal_column(str(models.MAX_STOCK))
_GIVE = Statement(
    update(variant)
    .where(v.id == _returned.c.id, v.stock.is_not(None))
    .values(stock=case((v.stock > _HIGHEST - _returned.c.stock, _HIGHEST), else_=v.stock + _returned.c.stock))
    .returning(v.product_id)
)
_LOCK = Statement(select(o.status).where(*OWN).with_for_update())
_NOW = bind(o.cancelled_at, "now")
_CANCEL = Statement(update(order).where(o.id == ID).values(status="cancelled", cancelled_at=_NOW).returning(o.id))


async def _cancel(unit: Unit, caller: str, order_id: int) -> Snapshot:
    (status,) = await addresses.find(unit, "order", _LOCK, order_id, caller=caller)
    if status == "cancelled":
        raise Conflict("The order is already cancelled.")
    snapshot = dict(zip(EVERYTHING, await get(unit, caller, order_id), strict=True))
    taken: dict[int, int] = {}
    for one in lines(snapshot["lines"]):
        if one.taken and one.variant_id:
            taken[one.variant_id] = taken.get(one.variant_id, 0) + one.taken
    restocked: set[int] = set()
    if taken:
        await unit.all(_VARIANTS, ids=sorted(taken))  # locked in the order of their ids
        restocked = {row[0] for row in await unit.all(_GIVE, rows=json_text(sorted(taken.items())))}
    moved = [row[0] for row in await unit.all(_MOVED, ids=sorted(restocked))] if restocked else ()
    cancelled = log.NewChange(Type.ORDER_CANCELLED, order_id, moved=moved, caller=caller)
    await log.effect(unit, _CANCEL, cancelled, id=order_id, now=unit.now())
    return snapshot | {"status": "cancelled"}
