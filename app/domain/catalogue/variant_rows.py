"""Writes variants in bulk: their rows, and the owners of sku keys."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any

from msgspec.structs import replace
from sqlalchemy import bindparam, case, delete, func, insert, null, select, text, update

from app.domain import models
from app.domain.errors import SkuTaken, Violation
from app.domain.fields.drafts import Draft, Variant
from app.domain.fields.product_fields import OF_VARIANT
from app.domain.sql.conditions import one_of
from app.domain.sql.records import bind_rows, differing, many_records
from app.domain.sql.tables import table_of
from app.domain.unicode import identity
from app.domain.unit_of_work import Row, Statement, Unit

variant = table_of(models.ProductVariant)
first_variant = variant.alias("first_variant")
"""The first variant of a product, joined to the product's row."""
v = variant.c

_OWN = (*OF_VARIANT, "options", "image_id")
_FIELDS = (v.id, v.product_id, v.position, v.currency, v.sku_key, *(v[attribute] for attribute in _OWN))
_values = attrgetter(*_OWN)
_SKU, _SKU_KEY = _FIELDS.index(v.sku), _FIELDS.index(v.sku_key)
_SKU_IS_UNIQUE = frozenset({"uq_product_variant_sku", "uq_product_variant_sku_key"})

_RESERVE = {
    "sqlite": Statement(
        text("UPDATE sqlite_sequence SET seq = seq + :count WHERE name = 'product_variant' RETURNING seq").bindparams(
            bindparam("count")
        )
    ),
    "postgresql": Statement(
        text(
            # The sequence is looked up once, not for each id.
            "SELECT nextval((SELECT CAST(pg_get_serial_sequence('product_variant', 'id') AS regclass)))"
            " FROM generate_series(1, CAST(:count AS bigint))"
        ).bindparams(bindparam("count"))
    ),
}
"""Statements that draw ids from the sequence: the last one on SQLite, which are consecutive; each on PostgreSQL."""
_new = many_records(*_FIELDS)
_INSERT = Statement(insert(variant).from_select([field.name for field in _FIELDS], select(*_new.c)))
_CLEAR_SKUS = Statement(update(variant).where(one_of(v.id, "ids")).values(sku=null(), sku_key=null(), sku_twin=null()))
_DELETE = Statement(delete(variant).where(one_of(v.id, "ids")))
_ATTRIBUTES = Variant.__struct_fields__
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


@lru_cache(maxsize=64)
def _update(places: tuple[int, ...]) -> Statement:
    """The statement that sets the columns at some places of rows."""
    fields = [_FIELDS[place] for place in places]
    edited = many_records(v.id, *fields)
    values: dict[str, Any] = {field.name: edited.c[field.name] for field in fields}
    if "sku" in values:  # a row without a key stays without one until its sku is changed
        values["sku_key"] = case((v.sku == edited.c.sku, v.sku_key), else_=edited.c.sku_key)
        values["sku_twin"] = case((v.sku == edited.c.sku, v.sku_twin), else_=null())
    return Statement(update(variant).where(v.id == edited.c.id).values(values))


async def with_ids(unit: Unit, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts with ids for their new variants."""
    count = sum(not one.id for draft in drafts for one in draft.variants)
    if not count:
        return list(drafts)
    rows = await unit.all(_RESERVE[unit.engine], count=count)
    last = rows[-1][0]
    ids = iter(range(last - count + 1, last + 1) if unit.engine == "sqlite" else [row[0] for row in rows])
    return [_with_ids(draft, ids) for draft in drafts]


def _with_ids(draft: Draft, ids: Iterator[int]) -> Draft:
    variants = tuple([one if one.id else replace(one, id=next(ids)) for one in draft.variants])
    return draft if variants == draft.variants else replace(draft, variants=variants)


async def stored(unit: Unit, ids: Sequence[int], *, lock: bool) -> dict[int, tuple[Variant, ...]]:
    """The variants of products in order; if locked, other transactions cannot change them until the end."""
    rows = await unit.all(_LOCK if lock else _READ, ids=list(ids))
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    made: dict[int, tuple[Variant, ...]] = {}
    for product_id, of_it in found.items():
        made[product_id] = tuple(map(_variant, sorted(of_it, key=_position)))
        if len(of_it) > _MANY:
            await unit.pause()
    return made


_MANY = 50
"""After a product with more variants, other tasks run before the next product."""
_position = itemgetter(-1)


def _variant(row: Row) -> Variant:
    return Variant(*row[1:-1])


async def insert_all(unit: Unit, owned: Iterable[tuple[int, Draft]]) -> None:
    """Store the variants of new products. Raises `Conflict` if a sku is taken."""
    await _insert(unit, [row for product_id, draft in owned for row in _rows(product_id, draft)])


async def update_all(unit: Unit, changes: Sequence[tuple[int, Draft, Draft]]) -> None:
    """Store the changed variants of products, from pairs of old and new state.

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
        await unit.all(_CLEAR_SKUS, ids=renamed)
    if changed:
        places = sorted({*differing([before[row[0]] for row in changed], changed), *([_SKU_KEY] if renamed else [])})
        await _write(unit, _update(tuple(places)), list(map(itemgetter(0, *places), changed)))
    await _insert(unit, [row for row_id, row in after.items() if row_id not in before])
    await reassign_skus(unit, {row[_SKU] for row in before.values()} - {row[_SKU] for row in after.values()})


async def reassign_skus(unit: Unit, skus: Iterable[str | None]) -> None:
    """Give the keys of abandoned skus to the oldest variants without a key for them."""
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
        raise SkuTaken from None


def _rows(product_id: int, draft: Draft) -> Iterator[tuple[Any, ...]]:
    for position, one in enumerate(draft.variants):
        sku_key = None if one.sku is None else identity.key(one.sku)
        yield one.id, product_id, position, draft.currency, sku_key, *_values(one)
