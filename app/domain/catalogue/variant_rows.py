"""Writing variants, any number of products' at once: their rows, and who holds the key of a sku."""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter, itemgetter
from typing import Any, cast

from msgspec.structs import replace
from sqlalchemy import Table, bindparam, case, delete, func, insert, null, select, text, update

from app.domain import models
from app.domain.catalogue.product_fields import OF_VARIANT, Draft, Variant
from app.domain.errors import Conflict, Violation
from app.domain.sql.conditions import one_of
from app.domain.sql.records import bind_rows, many_records
from app.domain.unicode import identity
from app.domain.unit_of_work import Row, Statement, Unit

variant = cast(Table, models.ProductVariant.__table__)  # type: ignore[attr-defined] # SQLModel makes it
first_variant = variant.alias("first_variant")
"""The first variant of a product, beside the product's row."""
v = variant.c

_OWN = (*OF_VARIANT, "options", "image_id")
_FIELDS = (v.id, v.product_id, v.position, v.currency, v.sku_key, *(v[attribute] for attribute in _OWN))
_values = attrgetter(*_OWN)
_SKU = _FIELDS.index(v.sku)
_SKU_IS_UNIQUE = frozenset({"uq_product_variant_sku", "uq_product_variant_sku_key"})

_RESERVE = {
    "sqlite": Statement(
        text("UPDATE sqlite_sequence SET seq = seq + :count WHERE name = 'product_variant' RETURNING seq").bindparams(
            bindparam("count")
        )
    ),
    "postgresql": Statement(
        text(
            "SELECT nextval(CAST(pg_get_serial_sequence('product_variant', 'id') AS regclass))"
            " FROM generate_series(1, CAST(:count AS bigint))"
        ).bindparams(bindparam("count"))
    ),
}
"""Statements that draw ids from the sequence: the last one on SQLite, which are consecutive; each on PostgreSQL."""
_new = many_records(*_FIELDS)
_INSERT = Statement(insert(variant).from_select([field.name for field in _FIELDS], select(*_new.c)))
_edited = many_records(*_FIELDS)
_UPDATE = Statement(
    update(variant)
    .where(v.id == _edited.c.id)
    .values(
        {field.name: _edited.c[field.name] for field in _FIELDS if field.name != "id"}
        # A row without a key stays without one until its sku is changed.
        | {"sku_key": case((v.sku == _edited.c.sku, v.sku_key), else_=_edited.c.sku_key)}
        | {"sku_twin": case((v.sku == _edited.c.sku, v.sku_twin), else_=null())}
    )
)
_LET_GO = Statement(update(variant).where(one_of(v.id, "ids")).values(sku=null(), sku_key=null(), sku_twin=null()))
_DELETE = Statement(delete(variant).where(one_of(v.id, "ids")))
_ATTRIBUTES = ("id", *_OWN)
_OF_PRODUCTS = select(v.product_id, *(v[attribute] for attribute in _ATTRIBUTES), v.position).where(
    one_of(v.product_id, "ids")
)
_READ = Statement(_OF_PRODUCTS.order_by(v.product_id, v.position))
_LOCK = Statement(_OF_PRODUCTS.order_by(v.id).with_for_update())
_holder, _twin = variant.alias("holder"), variant.alias("twin")
_oldest_twins = select(func.min(_twin.c.id)).where(one_of(_twin.c.sku_twin, "keys")).group_by(_twin.c.sku_twin)
_PASS_ON = Statement(
    update(variant)
    .where(v.id.in_(_oldest_twins), ~select(_holder.c.id).where(_holder.c.sku_key == v.sku_twin).exists())
    .values(sku_key=v.sku_twin, sku_twin=null())
)


async def with_ids(unit: Unit, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts with ids for their new variants."""
    count = sum(not one.id for draft in drafts for one in draft.variants)
    if not count:
        return list(drafts)
    rows = await unit.all(_RESERVE[unit.engine], count=count)
    last = rows[-1][0]
    ids = iter(range(last - count + 1, last + 1) if unit.engine == "sqlite" else [row[0] for row in rows])
    return [replace(draft, variants=tuple(_with_id(one, ids) for one in draft.variants)) for draft in drafts]


def _with_id(one: Variant, ids: Iterator[int]) -> Variant:
    return one if one.id else replace(one, id=next(ids))


async def stored(unit: Unit, ids: Sequence[int], *, lock: bool) -> dict[int, tuple[Variant, ...]]:
    """The variants of products in their order; locked, nobody else changes or takes from them until the end."""
    rows = await unit.all(_LOCK if lock else _READ, ids=list(ids))
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return {product_id: tuple(map(_variant, sorted(of_it, key=_position))) for product_id, of_it in found.items()}


_position = itemgetter(-1)


def _variant(row: Row) -> Variant:
    return Variant(**dict(zip(_ATTRIBUTES, row[1:-1], strict=True)))


async def insert_all(unit: Unit, owned: Iterable[tuple[int, Draft]]) -> None:
    """Store the variants of new products. Raises `Conflict` where a sku is taken."""
    await _insert(unit, [row for product_id, draft in owned for row in _rows(product_id, draft)])


async def update_all(unit: Unit, changes: Sequence[tuple[int, Draft, Draft]]) -> None:
    """Store what is different in the variants of products, each as it was and as it is to be.

    Raises `Conflict` where a sku is taken.
    """
    before = {row[0]: row for product_id, stored, _ in changes for row in _rows(product_id, stored)}
    after = {row[0]: row for product_id, _, draft in changes for row in _rows(product_id, draft)}
    gone = before.keys() - after.keys()
    changed = [row for row_id, row in after.items() if row_id in before and row != before[row_id]]
    if gone:
        await unit.all(_DELETE, ids=sorted(gone))
    renamed = [row[0] for row in changed if row[_SKU] != before[row[0]][_SKU]]
    if len(renamed) > 1:  # one may take the sku of another
        await unit.all(_LET_GO, ids=renamed)
    if changed:
        await _write(unit, _UPDATE, changed)
    await _insert(unit, [row for row_id, row in after.items() if row_id not in before])
    await pass_on(unit, {row[_SKU] for row in before.values()} - {row[_SKU] for row in after.values()})


async def pass_on(unit: Unit, skus: Iterable[str | None]) -> None:
    """Give the keys of skus that variants no longer have to the oldest variants that had to do without them."""
    keys = [identity.key(sku) for sku in skus if sku is not None]
    if keys:
        await unit.all(_PASS_ON, keys=keys)


async def _insert(unit: Unit, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        await _write(unit, _INSERT, rows)


async def _write(unit: Unit, statement: Statement, rows: Sequence[Sequence[Any]]) -> None:
    try:
        await unit.all(statement, **bind_rows(unit.engine, rows))
    except Violation as violation:
        if violation.constraint not in _SKU_IS_UNIQUE:
            raise
        raise Conflict("Another product has this sku.", "sku") from None


def _rows(product_id: int, draft: Draft) -> Iterator[tuple[Any, ...]]:
    for position, one in enumerate(draft.variants):
        sku_key = None if one.sku is None else identity.key(one.sku)
        yield one.id, product_id, position, draft.currency, sku_key, *_values(one)
