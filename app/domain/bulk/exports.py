"""Exports: every product that has a sku, as an import takes it, from one snapshot of the catalogue.

A category is named by its path from the root, or by its name alone if it is a root and no other has its name: imported
into an empty catalogue these make the same tree and the same places in it, and into the same catalogue they change
nothing.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, select

from app.domain import visibility
from app.domain.bulk import category_tree
from app.domain.bulk.category_tree import AFTER, SIZE, pages
from app.domain.catalogue import product_list, variants
from app.domain.catalogue.product_places import link
from app.domain.catalogue.product_rows import p, product
from app.domain.fields.product_fields import BY_NAME, IMPORTED
from app.domain.sql.json_values import json_tuples
from app.domain.unit_of_work import Snapshot, Statement

BATCH = 50
"""The number of products that are read together: the largest product takes 300 KB."""


Item = dict[str, Any]
"""A product by the names of an import line: the price in units, the categories as paths in the order of their text.

The variants are the text that `variants.read_list` reads; None for a product without options.
"""


@dataclass
class LeftOut:
    """What an export omits: products without a sku, and categories without a product in or below them."""

    products: int = 0
    categories: int = 0


_LISTS = {
    "categories": (
        select(json_tuples(link.c.category_id)).where(link.c.product_id == p.id).correlate(product).scalar_subquery()
    ),
    "variants": case((p.options.is_not(None), variants.of_product())),
}
"""The members that are rows of other tables; a product without options has no list of variants."""
_EVERY_PRODUCT = (
    select(p.id, *(_LISTS[name] if name in _LISTS else product_list.column(BY_NAME[name]) for name in IMPORTED))
    .select_from(product_list.LISTING.table)
    .where(p.id > AFTER)
    .order_by(p.id)
    .limit(SIZE)
)
_PRODUCTS = Statement(_EVERY_PRODUCT)
_ACTIVE_PRODUCTS = Statement(_EVERY_PRODUCT.where(visibility.is_active(p.status)))


async def batches(
    snapshot: Snapshot, left_out: LeftOut, *, everything: bool = True
) -> AsyncGenerator[list[Item], None]:
    """The products by id, some at a time: `everything`, or the active ones.

    `left_out` is complete at the end.
    """
    tree = await category_tree.load_tree(snapshot)
    async for rows in pages(snapshot, _PRODUCTS if everything else _ACTIVE_PRODUCTS, BATCH):
        found = (dict(zip(IMPORTED, values, strict=True)) for _, *values in rows)
        items = [item | {"categories": tree.paths(item["categories"])} for item in found if item["sku"] is not None]
        left_out.products += len(rows) - len(items)
        yield items
    left_out.categories = tree.unnamed
