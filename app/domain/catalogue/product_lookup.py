"""Finds products by address, to read or to lock them."""

from sqlalchemy import ColumnElement, bindparam, func, select

from app.domain import addresses
from app.domain.addresses import Address, AddressedStatement, Named
from app.domain.catalogue.product_rows import Stored, p, stored
from app.domain.catalogue.variant_rows import v, variant
from app.domain.errors import Busy, NotFound
from app.domain.pagination.keyset import Values
from app.domain.unicode import identity
from app.domain.unit_of_work import Unit

_ATTEMPTS = 5


def has_sku(values: Values, *, first: bool = False, product_id: ColumnElement[int] = p.id) -> ColumnElement[bool]:
    """Whether a product, by its id, has the variant with a sku, as its `first` or any variant."""
    return product_id == id_of_sku(values, first=first)


def id_of_sku(values: Values, *, first: bool = False) -> ColumnElement[int]:
    """The id of the product with the variant of a sku."""
    return _of_sku(values, "product_id", first=first)


def is_of_sku(values: Values, variant_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a variant, by its id, is the one of a sku."""
    return variant_id == _of_sku(values, "id")


def _of_sku(values: Values, column: str, *, first: bool = False) -> ColumnElement[int]:
    """A column of the variant with a sku; an exact spelling wins over a caseless one."""
    exact, caseless = variant.alias("exact").c, variant.alias("caseless").c
    ways = [(exact, exact.sku == values(name, v.sku)) for name in ("sku", "sku_trimmed")]
    ways.append((caseless, caseless.sku_key == values("sku_key", v.sku)))
    found = (select(one[column]).where(way, *([one.position == 0] if first else [])) for one, way in ways)
    return func.coalesce(*(rows.scalar_subquery() for rows in found))


NAMED: Named = {
    "id": p.id == bindparam("id", type_=p.id.type),
    "sku": has_sku(Values(), first=True),
    "slug": p.slug == bindparam("slug", type_=p.slug.type),
}
_FIND = AddressedStatement(NAMED, lambda named: select(p.id).where(named))


async def lock(unit: Unit, address: Address) -> Stored:
    """The stored product, locked until the transaction ends. Raises `NotFound`."""
    found = await lock_if_any(unit, address)
    if found is None:
        raise NotFound("product")
    return found


async def lock_if_any(unit: Unit, address: Address) -> Stored | None:
    """The stored product, locked, or None if nothing has the address."""
    if isinstance(address, int):
        return (await stored(unit, [address])).get(address) if addresses.values(address) else None
    for _ in range(_ATTEMPTS):
        row = await _FIND.first(unit, address)
        if row is None:
            return None
        found = (await stored(unit, [row[0]])).get(row[0])
        key = found and (found.draft.slug if address.kind == "slug" else found.draft.first.sku)
        if key is not None and identity.key(key) == identity.key(address.value):
            return found  # its key may have changed while the statement waited for the lock
    raise Busy
