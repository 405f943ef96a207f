"""The conditions on variants of a filter: one variant of a product must meet all of them.

Most products have one variant, whose price is the product's: an index of prices finds these. Where the variants of a
product have several prices, its row has the lowest and the highest one, and an index of its own.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, literal_column, not_, or_, select, true
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.selectable import FromClause

from app.domain.catalogue.product_lookup import has_sku, is_of_sku
from app.domain.catalogue.product_places import link
from app.domain.catalogue.product_rows import p
from app.domain.catalogue.variant_rows import first_variant, v, variant
from app.domain.pagination.keyset import Values
from app.domain.sql.conditions import unindexed

_PASSED = "passed_"
PRICES = frozenset({"min_price", "max_price", "passed_min_price", "passed_max_price"})
"""The bounds of a price; a page that begins at a cursor has passed one of them."""
KEYS = frozenset({"sku", "gtin"})
"""The conditions that few variants match."""
STOCK = frozenset({"in_stock", "sold_out"})
NAMES = PRICES | KEYS | STOCK
_sold = variant.alias("sold").c
_SEVERAL = p.variant_count > literal_column("1")


class Row(NamedTuple):
    """The price columns of a product's row; the highest and lowest are NULL if all prices are equal."""

    id: ColumnElement[int]
    price: ColumnElement[int]
    lowest: ColumnElement[int | None]
    highest: ColumnElement[int | None]


OF_PRODUCT = Row(p.id, p.price, p.lowest_price, p.highest_price)
OF_LINK = Row(link.c.product_id, link.c.price, link.c.lowest_price, link.c.highest_price)


def filtered(
    rows: FromClause, names: Collection[str], values: Values, row: Row, *, by_price: bool
) -> list[Select[Any]]:
    """The products with a variant that meets the conditions on variants, found `by_price` or by the index of a sort.

    Where prices are bound they are of two kinds, and each kind has an index: the price of the product is within the
    bounds, or those of its other variants are.
    """
    filters = NAMES.intersection(names)
    if values.engine != "postgresql" or not filters & STOCK or filters & KEYS:
        return [select().select_from(rows).where(*kind) for kind in _kinds(filters, values, row, by_price=by_price)]
    # With a subquery in the condition, its plans for pages hash all variants.
    any_variant: Select[Any] = select(literal_column("1").label("one")).where(_SEVERAL, *_of_any(filters, values, row))
    other = any_variant.correlate(p.id.table, row.id.table).limit(literal_column("1")).lateral("other")
    beside = rows.outerjoin(other, true())
    first, *others = _kinds(filters, values, row, other.c.one.is_not(None))
    return [select().select_from(beside).where(*first), *(select().select_from(rows).where(*kind) for kind in others)]


def candidates(names: Collection[str], values: Values, row: Row) -> list[list[ColumnElement[bool]]]:
    """The conditions of two kinds of products, each with an index, that all those within bounds of price are of."""
    filters = PRICES.intersection(names)
    first, outside = (_bounds(filters, values, row.price, indexed=indexed) for indexed in (True, False))
    return [first, [not_(and_(*outside)), *_overlap(filters, values, row)]]


def together(names: Collection[str], values: Values, row: Row) -> list[ColumnElement[bool]]:
    """The conditions on variants as one condition; empty if there are none."""
    kinds = [and_(*conditions) for conditions in _kinds(NAMES.intersection(names), values, row) if conditions]
    return [or_(*kinds)] if kinds else []


def _kinds(
    filters: frozenset[str],
    values: Values,
    row: Row,
    several: ColumnElement[bool] | None = None,
    *,
    by_price: bool = True,
) -> list[list[ColumnElement[bool]]]:
    """The conditions of each kind of products; `several` is whether another variant than the first fulfils them."""
    if filters & KEYS:
        return [_keyed(filters, values, row)]
    first = _bounds(filters, values, row.price, indexed=by_price)
    if filters & STOCK:
        others = and_(_SEVERAL, _exists(*_of_any(filters, values, row))) if several is None else several
        first.append(or_(and_(*of_stock(filters, first_variant.c.stock)), others))
    if not filters & PRICES:
        return [first]
    return [first, [not_(and_(*_bounds(filters, values, row.price, indexed=False))), *_of_prices(filters, values, row)]]


def _keyed(filters: frozenset[str], values: Values, row: Row) -> list[ColumnElement[bool]]:
    """Few variants match a key, so the other conditions are checked in their own rows."""
    rows = select(v.product_id).where(*of_variant(filters, values, v))
    found: list[ColumnElement[bool]] = [has_sku(values, product_id=row.id)] if "sku" in filters else []
    return found if filters == {"sku"} else [*found, row.id.in_(rows)]


def _of_prices(filters: frozenset[str], values: Values, row: Row) -> list[ColumnElement[bool]]:
    """Whether a product with several prices has a variant that meets the conditions."""
    found = _overlap(filters, values, row)
    both = len({name.removeprefix(_PASSED) for name in filters & PRICES}) > 1
    return [*found, _exists(*_of_any(filters, values, row))] if both or filters & STOCK else found


def _overlap(filters: frozenset[str], values: Values, row: Row) -> list[ColumnElement[bool]]:
    """Whether a product has several prices, from the lowest to the highest of which some may be within the bounds."""
    found: list[ColumnElement[bool]] = [row.lowest.is_not(None)]
    if filters & {"min_price", "passed_min_price"}:
        found.append(row.highest >= values("min_price", row.price))
    if filters & {"max_price", "passed_max_price"}:
        found.append(row.lowest <= values("max_price", row.price))
    return found


def _of_any(filters: frozenset[str], values: Values, row: Row) -> list[ColumnElement[bool]]:
    return [_sold.product_id == row.id, *of_variant(filters, values, _sold)]


def _exists(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is a variant. PostgreSQL would read all variants for EXISTS, to hash them."""
    rows: Select[Any] = select(literal_column("1")).where(*conditions)
    return rows.correlate_except(_sold.id.table).limit(literal_column("1")).scalar_subquery().is_not(None)


def of_variant(
    names: Collection[str], values: Values, of: ReadOnlyColumnCollection[str, Any]
) -> list[ColumnElement[bool]]:
    """The conditions on one variant."""
    filters = NAMES.intersection(names)
    found = [*_bounds(filters, values, of.price), *of_stock(filters, of.stock)]
    if "sku" in filters:
        found.append(is_of_sku(values, of.id))
    if "gtin" in filters:
        found.append(of.gtin == values("gtin", of.gtin))
    return found


def _bounds(
    filters: frozenset[str], values: Values, price: ColumnElement[int], *, indexed: bool = True
) -> list[ColumnElement[bool]]:
    """The bounds of a price, whose index they leave alone where they are passed, or not to be `indexed`."""
    found: list[ColumnElement[bool]] = []
    for name in ("min_price", "max_price"):
        plain = indexed and name in filters
        if plain or {name, f"{_PASSED}{name}"} & filters:
            column, bound = price if plain else unindexed(price), values(name, price)
            found.append(column >= bound if name == "min_price" else column <= bound)
    return found


def of_stock(filters: Collection[str], stock: ColumnElement[int | None]) -> list[ColumnElement[bool]]:
    """Whether a variant is in stock or sold out; uncounted stock is in stock."""
    found: list[ColumnElement[bool]] = []
    if "in_stock" in filters:
        found.append(or_(stock.is_(None), stock > literal_column("0")))
    if "sold_out" in filters:
        found.append(stock == literal_column("0"))
    return found
