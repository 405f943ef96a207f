"""Variants of products: their lists, in the order of a product's, and one by one."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, bindparam, case, literal_column, select

from app.domain import addresses, visibility
from app.domain.addresses import Address, Named
from app.domain.callers import Scope
from app.domain.catalogue.product_lookup import is_of_sku
from app.domain.catalogue.product_rows import p, product
from app.domain.catalogue.variant_rows import v, variant
from app.domain.errors import NotFound
from app.domain.idempotency import Snapshot
from app.domain.pagination.keyset import Listing, Source, Values
from app.domain.pagination.selection import Selection, rows_statement
from app.domain.sql.json_values import json_tuples
from app.domain.unit_of_work import Engine, Row, Unit

MEMBERS = {
    "id": "id",
    "sku": "sku",
    "gtin": "gtin",
    "price": "price",
    "compareAtPrice": "compare_at_price",
    "stock": "stock",
    "weight": "weight",
    "options": "options",
    "imageId": "image_id",
}
"""The members of a variant with their columns, in the order of the contract."""


SHOWN = ("id", "productId", *(name for name in MEMBERS if name != "id"), "currency")
"""The members of a variant by itself."""
SNAPSHOT = (*SHOWN, "version")
NAMED: Named = {"id": v.id == bindparam("id", type_=v.id.type), "sku": is_of_sku(Values(), v.id)}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of variants: those of a product; `hidden` if the product is not public."""

    product: int | None = None
    hidden: bool = field(default=False, compare=False)

    @property
    def scope(self) -> Scope | None:
        """The scope that hidden products need."""
        return Scope.CATALOG_WRITE if self.hidden else None

    def values(self, engine: Engine) -> dict[str, Any]:  # noqa: ARG002 - as `paging.Filter` has it
        """The conditions with their values."""
        return {} if self.product is None else {"product": self.product}


_CONDITIONS = {"product": "product_id"}


def _source(key: str, conditions: tuple[str, ...], values: Values, _bare: bool) -> Source:
    rows = select().select_from(variant)
    for name in conditions:
        rows = rows.where(v[_CONDITIONS[name]] == values(name, v.product_id))
    return Source(rows, LISTING.keys[key], v.id)


def _of_product(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return select(column).where(p.id == v.product_id).correlate(variant).scalar_subquery()


LISTING = Listing(
    name="variants",
    table=variant,
    id=v.id,
    keys={"position": v.position, "id": v.id},
    columns={
        **{name: v[column] for name, column in MEMBERS.items()},
        "productId": v.product_id,
        "currency": v.currency,
        "version": _of_product(p.version),
        "status": _of_product(p.status),
    },
    source=_source,
    named=NAMED,
    visible=select(p.id).where(p.id == v.product_id, visibility.is_active(p.status)).correlate(variant).exists(),
)


def require_known(address: Address) -> None:
    """Raise `NotFound` for an address with a key that variants do not have."""
    if addresses.kind(address) not in NAMED:
        raise NotFound("variant")


async def get(unit: Unit, address: Address, columns: tuple[str, ...], *, everything: bool = False) -> Row:
    """One variant: its id, then its columns; raises `NotFound`.

    Only those who see `everything` find one of a product that is not active.
    """
    require_known(address)
    kind = addresses.kind(address)
    statement = rows_statement(LISTING, Selection(columns), unit.engine, by=kind, everything=everything)
    return await addresses.find(unit, "variant", statement, address)


async def snapshot(unit: Unit, variant_id: int) -> Snapshot:
    """A variant after a command."""
    _, *values = await get(unit, variant_id, SNAPSHOT, everything=True)
    return dict(zip(SNAPSHOT, values, strict=True))


def stocks_of_product() -> ColumnElement[str]:
    """The stocks of a product's variants as one column, for `read_stocks`; NULL with one variant."""
    ordered = select(v.stock).where(v.product_id == p.id).order_by(v.position).correlate(product).subquery("stocked")
    return case((p.variant_count > literal_column("1"), select(json_tuples(ordered.c.stock)).scalar_subquery()))


def read_stocks(text: str) -> list[int | None]:
    """The stocks of a product's variants, from their column."""
    return [stock for (stock,) in msgspec.json.decode(text)]


def of_product() -> ColumnElement[str]:
    """The variants of a product as one column, for `read_list`."""
    columns = [v[column] for column in MEMBERS.values()]
    ordered = select(*columns).where(v.product_id == p.id).order_by(v.position).correlate(product).subquery("sold")
    return select(json_tuples(*ordered.c)).scalar_subquery()


def read_list(text: str) -> list[dict[str, Any]]:
    """The variants of a product by member, from their column; weights and options are JSON or None."""
    return [dict(zip(MEMBERS, row, strict=True)) for row in msgspec.json.decode(text)]
