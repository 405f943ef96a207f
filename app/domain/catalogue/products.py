"""Products: read, edit, and adjust stock."""

from collections.abc import Mapping, Sequence

from sqlalchemy import case, delete, literal_column, null, select, update

from app.domain import addresses, etags, models, visibility
from app.domain.addresses import Address, AddressedStatement
from app.domain.catalogue import categories, image_lists, product_edits, product_words, variant_images
from app.domain.catalogue.product_edits import Edit, apply, revise
from app.domain.catalogue.product_list import LISTING, Filter
from app.domain.catalogue.product_lookup import NAMED, lock, lock_if_any
from app.domain.catalogue.product_rows import Stored, insert_all, p, product, public_type, update_all
from app.domain.catalogue.variant_rows import reassign_skus, v, variant
from app.domain.changes import log
from app.domain.changes.log import Type
from app.domain.errors import Conflict, FieldError, Invalid, NotFound
from app.domain.etags import Conditions
from app.domain.pagination.selection import Selection, rows_statement
from app.domain.sql.conditions import one_of
from app.domain.sql.records import bind_rows, many_records
from app.domain.sql.tables import bind
from app.domain.unit_of_work import Row, Statement, Unit

__all__ = ["LISTING", "Filter"]


_owner = product.alias("owner").c
_PUBLIC_TYPE = (
    select(case((visibility.is_active(_owner.status), null()), else_=literal_column("''")))
    .where(_owner.id == v.product_id)
    .scalar_subquery()
    .label("public_type")
)
"""The public type of a stock adjustment (`log.NewChange`)."""
_adjusted = v.stock + bind(v.stock, "delta")
_adjust = (
    update(variant)
    .where(_adjusted.between(literal_column("0"), literal_column(str(models.MAX_STOCK))))
    .values(stock=_adjusted)
    .returning(v.product_id, _PUBLIC_TYPE)
)
_ADJUST = AddressedStatement(
    NAMED, lambda named: _adjust.where(v.id == select(p.variant_id).where(named).scalar_subquery())
)
_ADJUST_VARIANT = AddressedStatement(
    NAMED,
    lambda named: _adjust.where(
        v.id == bind(v.id, "variant"), v.product_id == select(p.id).where(named).scalar_subquery()
    ),
)
_counted = many_records(p.id, v.stock)
_SET_STOCK = Statement(
    update(variant)
    .where(v.id == p.variant_id, p.id == _counted.c.id)
    .values(stock=_counted.c.stock)
    .returning(v.product_id, _PUBLIC_TYPE)
)
_DELETE = Statement(delete(product).where(one_of(p.id, "ids")).returning(p.id))


async def get(unit: Unit, address: Address, selection: tuple[str, ...], *, everything: bool = False) -> Row:
    """One product: its id, then its selected columns; raises `NotFound`.

    Only those who see `everything` find one that is not active.
    """
    kind = addresses.kind(address)
    statement = rows_statement(LISTING, Selection(selection), unit.engine, by=kind, everything=everything)
    return await addresses.find(unit, "product", statement, address)


async def by_ids(unit: Unit, ids: Sequence[int], selection: tuple[str, ...]) -> dict[int, Row]:
    """Products by their ids, of any status, each as (id, *selected columns); unknown ids are left out."""
    statement = rows_statement(LISTING, Selection(selection), unit.engine, everything=True)
    return {row[0]: row for row in await unit.all(statement, ids=list(ids))}


async def create(unit: Unit, edit: Edit) -> int:
    """Create a product; returns its id."""
    await categories.require_all(unit, edit.get("category_ids") or ())
    draft = apply(edit)
    await variant_images.require(unit, 0, None, draft)
    return (await insert_all(unit, [draft]))[0]


async def change(unit: Unit, address: Address, edit: Edit, if_match: str | None) -> int:
    """Edit a product; returns its id."""
    stored = await lock(unit, address)
    etags.require(if_match, stored.state, stock=product_edits.sets_stock(edit))
    await _edit(unit, stored, edit)
    return stored.id


async def put(
    unit: Unit, address: Address, edit: Edit, conditions: Conditions, kept: frozenset[str]
) -> tuple[int, bool]:
    """Replace a product except its `kept` attributes, or create the product of a new sku.

    Its id, and whether it was made. An edit without a sku leaves a stored one as it was written.
    """
    stored = await lock_if_any(unit, address)
    if stored is None:
        if isinstance(address, int):
            raise NotFound("product")
        conditions.require_none()
        try:
            async with unit.savepoint():
                return await create(unit, product_edits.creation_edit(edit, address)), True
        except Conflict:
            stored = await lock_if_any(unit, address)
            if stored is None:
                raise
    conditions.require(stored.state, stock=product_edits.sets_stock(edit))
    await _edit(unit, stored, product_edits.replacement_edit(edit, kept, address))
    return stored.id, False


async def _edit(unit: Unit, stored: Stored, edit: Edit) -> None:
    """Store the result of an edit, if it changes the product."""
    await categories.require_all(unit, edit.get("category_ids") or ())
    draft = revise(stored.draft, edit)
    if draft != stored.draft:
        await variant_images.require(unit, stored.id, stored.draft, draft)
        await update_all(unit, [stored.replaced_by(draft)])


async def remove(unit: Unit, address: Address, if_match: str | None) -> int:
    """Delete a product; returns its id."""
    stored = await lock(unit, address)
    etags.require(if_match, stored.state)
    await remove_all(unit, [stored])
    return stored.id


async def remove_all(unit: Unit, stored: Sequence[Stored]) -> None:
    """Delete locked products."""
    ids = [one.id for one in stored]
    await product_words.forget(unit, ids, [one.draft for one in stored])
    await image_lists.forget(unit, ids)
    changes = {
        one.id: log.NewChange(
            Type.PRODUCT_DELETED, one.id, one.version, public_type=public_type(one.draft.status, None)
        )
        for one in stored
    }
    await log.effects(unit, _DELETE, changes, ids=ids)
    await reassign_skus(unit, [one.sku for each in stored for one in each.draft.variants])


async def adjust_stock(unit: Unit, address: Address, delta: int, variant_id: int | None = None) -> int:
    """Adjust the stock of a variant, by default the first; returns the product's id.

    Raises `out_of_stock` below zero.
    """
    if variant_id is not None:
        return await _adjust_variant(unit, address, delta, variant_id)
    rows = await _ADJUST.effect(unit, address, log.STOCK_CHANGED, delta=delta)
    if rows:
        return int(rows[0][0])
    stored = await lock(unit, address)
    await set_stocks(unit, {stored.id: product_edits.adjusted_stock(stored.draft.first.stock, delta)})
    return stored.id


async def _adjust_variant(unit: Unit, address: Address, delta: int, variant_id: int) -> int:
    values = {"delta": delta, "variant": variant_id}
    rows = await _ADJUST_VARIANT.effect(unit, address, log.STOCK_CHANGED, **values)
    if not rows:
        stored = await lock(unit, address)
        stocks = {one.id: one.stock for one in stored.draft.variants}
        if variant_id not in stocks:
            raise Invalid([FieldError(("variantId",), f"The product has no variant {variant_id}.")])
        product_edits.adjusted_stock(stocks[variant_id], delta)
        rows = await _ADJUST_VARIANT.effect(unit, address, log.STOCK_CHANGED, **values)  # changed meanwhile
    return int(rows[0][0])


async def set_stocks(unit: Unit, stocks: Mapping[int, int]) -> None:
    """Store the stock of locked products; this is not an edit."""
    changes = dict.fromkeys(stocks, log.STOCK_CHANGED)
    await log.effects(unit, _SET_STOCK, changes, **bind_rows(unit.engine, sorted(stocks.items())))
