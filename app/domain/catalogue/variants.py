"""Variants of products: their lists, in the order of a product's, and one by one."""

from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
from sqlalchemy import ColumnElement, select

from app.domain import visibility
from app.domain.callers import Scope
from app.domain.catalogue.product_rows import p, product
from app.domain.catalogue.variant_rows import v, variant
from app.domain.pagination.keyset import Listing, Source, Values
from app.domain.sql.json_values import json_tuples
from app.domain.unit_of_work import Engine

MEMBERS = ("id", "sku", "price", "stock", "options")
"""The members of a variant, in the order of the contract."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which variants: those of a product."""

    product: int | None = None
    scope: ClassVar[Scope | None] = None

    def values(self, engine: Engine) -> dict[str, Any]:  # noqa: ARG002 - as `paging.Filter` has it
        """The conditions that apply, with their values."""
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
        **{name: v[name] for name in MEMBERS},
        "productId": v.product_id,
        "currency": v.currency,
        "version": _of_product(p.version),
        "status": _of_product(p.status),
    },
    source=_source,
    visible=select(p.id).where(p.id == v.product_id, visibility.is_active(p.status)).correlate(variant).exists(),
)


def of_product() -> ColumnElement[str]:
    """The variants of a product as one column, for `read_list`."""
    columns = [v[name] for name in MEMBERS]
    ordered = select(*columns).where(v.product_id == p.id).order_by(v.position).correlate(product).subquery("sold")
    return select(json_tuples(*ordered.c)).scalar_subquery()


def read_list(text: str) -> list[dict[str, Any]]:
    """The variants of a product by their members, from their column; the options are JSON or None."""
    return [dict(zip(MEMBERS, row, strict=True)) for row in msgspec.json.decode(text)]
