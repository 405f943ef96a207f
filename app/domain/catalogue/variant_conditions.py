"""The conditions of a filter that hold together: one variant of a product fulfils all of them.

Most products have one variant, whose price is the product's: an index of prices finds these. Where the variants of a
product have several prices, its row has the lowest and the highest one, and an index of its own.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, literal_column, not_, or_, select, true
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.selectable import FromClause

from app.domain.catalogue.product_lookup import has_sku, is_of_sku
from app.domain.catalogue.product_rows import link, p
from app.domain.catalogue.variant_rows import first_variant, v, variant
from app.domain.pagination.keyset import Values
from app.domain.sql.conditions import unindexed

_PASSED = "passed_"
PRICES = frozenset({"min_price", "max_price", "passed_min_price", "passed_max_price"})
"""The bounds of a price; a page that begins at a cursor has passed one of them."""
_KEYS = frozenset({"sku", "gtin"})
STOCK = frozenset({"in_stock", "sold_out"})
NAMES = PRICES | _KEYS | STOCK
_sold = variant.alias("sold").c
_SEVERAL = p.variant_count > literal_column("1")


class Row(NamedTuple):
    """The columns of a row that repeats the prices of a product; the highest and lowest are NULL where all are one."""

    id: ColumnElement[int]
    price: ColumnElement[int]
    lowest: ColumnElement[int | None]
    highest: ColumnElement[int | None]


OF_PRODUCT = Row(p.id, p.price, p.lowest_price, p.highest_price)
OF_LINK = Row(link.c.product_id, link.c.price, link.c.lowest_price, link.c.highest_price)


def narrowed(rows: FromClause, names: Collection[str], values: Values, row: Row) -> list[Select[Any]]:
    """The products that fulfil those of some conditions that are of variants.

    Where prices are bound they are of two kinds, and each kind has an index: the price of the product is within the
    bounds, or those of its other variants are.
    """
    given = NAMES.intersection(names)
    if values.engine != "postgresql" or not given & STOCK or given & _KEYS:
        return [select().select_from(rows).where(*kind) for kind in _kinds(given, values, row)]
    # With a subquery in the condition, its plans for pages hash all variants.
    any_variant: Select[Any] = select(literal_column("1").label("one")).where(_SEVERAL, *_of_any(given, values, row))
    other = any_variant.correlate(p.id.table, row.id.table).limit(literal_column("1")).lateral("other")
    beside = rows.outerjoin(other, true())
    first, *others = _kinds(given, values, row, other.c.one.is_not(None))
    return [select().select_from(beside).where(*first), *(select().select_from(rows).where(*kind) for kind in others)]


def together(names: Collection[str], values: Values, row: Row) -> list[ColumnElement[bool]]:
    """The same as one condition; nothing where none of the names is one of these."""
    kinds = [and_(*conditions) for conditions in _kinds(NAMES.intersection(names), values, row) if conditions]
    return [or_(*kinds)] if kinds else []


def _kinds(
    given: frozenset[str], values: Values, row: Row, several: ColumnElement[bool] | None = None
) -> list[list[ColumnElement[bool]]]:
    """The conditions of each kind of products; `several` is whether another variant than the first fulfils them."""
    if given & _KEYS:
        return [_keyed(given, values, row)]
    first = _bounds(given, values, row.price)
    if given & STOCK:
        others = and_(_SEVERAL, _exists(*_of_any(given, values, row))) if several is None else several
        first.append(or_(and_(*_stock(given, first_variant.c.stock)), others))
    if not given & PRICES:
        return [first]
    return [first, [not_(and_(*_bounds(given, values, row.price, indexed=False))), *_of_prices(given, values, row)]]


def _keyed(given: frozenset[str], values: Values, row: Row) -> list[ColumnElement[bool]]:
    """Few variants have a key: what else they must fulfil is looked at in their own rows."""
    rows = select(v.product_id).where(*_of_variant(given, values, v))
    found: list[ColumnElement[bool]] = [has_sku(values, product_id=row.id)] if "sku" in given else []
    return found if given == {"sku"} else [*found, row.id.in_(rows)]


def _of_prices(given: frozenset[str], values: Values, row: Row) -> list[ColumnElement[bool]]:
    """Whether a variant of a product whose variants have several prices fulfils the conditions."""
    found: list[ColumnElement[bool]] = [row.lowest.is_not(None)]
    if low := given & {"min_price", "passed_min_price"}:
        found.append(row.highest >= values("min_price", row.price))
    if high := given & {"max_price", "passed_max_price"}:
        found.append(row.lowest <= values("max_price", row.price))
    return [*found, _exists(*_of_any(given, values, row))] if (low and high) or given & STOCK else found


def _of_any(given: frozenset[str], values: Values, row: Row) -> list[ColumnElement[bool]]:
    return [_sold.product_id == row.id, *_of_variant(given, values, _sold)]


def _exists(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is a variant. PostgreSQL would read all variants for EXISTS, to hash them."""
    rows: Select[Any] = select(literal_column("1")).where(*conditions)
    return rows.correlate_except(_sold.id.table).limit(literal_column("1")).scalar_subquery().is_not(None)


def _of_variant(
    given: frozenset[str], values: Values, of: ReadOnlyColumnCollection[str, Any]
) -> list[ColumnElement[bool]]:
    found = [*_bounds(given, values, of.price), *_stock(given, of.stock)]
    if "sku" in given:
        found.append(is_of_sku(values, of.id))
    if "gtin" in given:
        found.append(of.gtin == values("gtin", of.gtin))
    return found


def _bounds(
    given: frozenset[str], values: Values, price: ColumnElement[int], *, indexed: bool = True
) -> list[ColumnElement[bool]]:
    """The bounds of a price, whose index they leave alone where they are passed, or not to be `indexed`."""
    found: list[ColumnElement[bool]] = []
    for name in ("min_price", "max_price"):
        plain = indexed and name in given
        if plain or {name, f"{_PASSED}{name}"} & given:
            column, bound = price if plain else unindexed(price), values(name, price)
            found.append(column >= bound if name == "min_price" else column <= bound)
    return found


def _stock(given: frozenset[str], stock: ColumnElement[int | None]) -> list[ColumnElement[bool]]:
    """Whether there is stock, or none; what is not counted is in stock."""
    found: list[ColumnElement[bool]] = []
    if "in_stock" in given:
        found.append(or_(stock.is_(None), stock > literal_column("0")))
    if "sold_out" in given:
        found.append(stock == literal_column("0"))
    return found
