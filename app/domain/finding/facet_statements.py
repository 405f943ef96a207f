"""The statements that count facets: each over the products of a list, by the names of its conditions."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, any_, case, distinct, func, select, union_all
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.selectable import FromClause, Subquery

from app.domain.catalogue import categories as tree
from app.domain.catalogue import product_values, variant_conditions
from app.domain.catalogue.product_list import LISTING
from app.domain.catalogue.product_places import link
from app.domain.catalogue.product_rows import p
from app.domain.catalogue.product_values import pv
from app.domain.catalogue.variant_rows import v
from app.domain.pagination.keyset import Values
from app.domain.sql.conditions import each, integer, unindexed
from app.domain.unit_of_work import Engine, Statement

MAX_PRODUCTS = 50_000
"""Products that a facet counts at most."""
LISTED = "listed"
"""The condition of products whose ids are listed; what their variants are to fulfil is said beside it."""
Names = tuple[str, ...]
_values = Values()
_LIMIT = _values("most", link.c.product_id)
_FACET = _values("facet", pv.name)
_ONE = integer(1)
_count = func.count().label("count")


SEVERAL_PRICES = Statement(select(integer(1)).where(p.lowest_price.is_not(None)).limit(integer(1)))
"""Whether the variants of any product have several prices."""


HAS_NUMBERS = Statement(select(integer(1)).where(pv.name == _FACET, pv.number.is_not(None)).limit(integer(1)))
"""Whether any product has a number as a value of the facet."""


@lru_cache(maxsize=256)
def ids(names: Names, engine: Engine) -> Statement:
    """The products' ids, as far as it matters; PostgreSQL gives one array, since rows take Python 20 ms longer."""
    rows = select(_products(names).c.product_id).limit(integer(MAX_PRODUCTS + 1))
    one = select(func.array_agg(rows.subquery("some").c.product_id))
    return Statement(rows if engine == "sqlite" else one, engine)


def _products(names: Names, key: str = "id") -> Subquery:
    """The products of a list, with a sort key of theirs."""
    if LISTED in names:
        listed = each(_values(LISTED)).table_valued("value", name="value").c.value.label("product_id")
        rows = select(listed) if key == "id" else select(listed, p[key]).where(p.id == listed)
        return rows.subquery("products")
    source = LISTING.source(key, names, _values, True)
    parts = [one.rows.add_columns(one.id.label("product_id"), one.key.label(key)) for one in (source, *source.others)]
    return (union_all(*parts) if source.others else parts[0]).subquery("products")


@lru_cache(maxsize=256)
def size(names: Names, engine: Engine) -> Statement:
    """How many products there are, as far as it matters."""
    some = select(_products(names)).limit(integer(MAX_PRODUCTS + 1)).subquery("some")
    return Statement(select(func.count()).select_from(some), engine)


@lru_cache(maxsize=128)
def prices(names: Names, engine: Engine) -> Statement:
    """The prices, each with how many products have it."""
    products = _products(names, "price").c
    return Statement(select(products.price, _count).group_by(products.price), engine)


@lru_cache(maxsize=128)
def priced(names: Names, engine: Engine, ranges: int) -> Statement:
    """How many products have a price within each of so many ranges, from `low_n` to `high_n`."""
    rows = _with_variants(names, engine)
    bounds = ((_values(f"low_{n}", v.price), _values(f"high_{n}", v.price)) for n in range(ranges))
    return rows.select(*(_of_products(rows, rows.c.price.between(*ends)) for ends in bounds))


@lru_cache(maxsize=128)
def stocks(names: Names, engine: Engine) -> Statement:
    """How many products have a variant in stock, and how many have one that is sold out."""
    rows = _with_variants(names, engine)
    stocks = (and_(*variant_conditions.of_stock([name], rows.c.stock)) for name in ("in_stock", "sold_out"))
    return rows.select(*(_of_products(rows, kind) for kind in stocks))


def _of_products(rows: "_Joined", kind: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(distinct(case((kind, rows.product_id))))


def _with_variants(names: Names, engine: Engine) -> "_Joined":
    """The products beside their variants that fulfil what a variant has to."""
    conditions = variant_conditions.of_variant(names, _values, v)
    return _join(_products(names), v.product_id, (v.price, v.stock), conditions, engine)


@lru_cache(maxsize=128)
def categories(names: Names, engine: Engine) -> Statement:
    """The categories that most products stand in, by id, name and count."""
    place = link.alias("place").c
    rows = _join(_products(names), place.product_id, (place.category_id,), (), engine)
    counted = (
        select(rows.c.category_id, _count)
        .select_from(rows.table)
        .group_by(rows.c.category_id)
        .order_by(_count.desc(), rows.c.category_id)
        .limit(_LIMIT)
        .subquery("counted")
    )
    named = select(counted.c.category_id, tree.c.name, counted.c.count)
    named = named.join_from(counted, tree.category, tree.c.id == counted.c.category_id)
    return Statement(named.order_by(counted.c.count.desc(), counted.c.category_id), engine)


@lru_cache(maxsize=128)
def texts(names: Names, engine: Engine, numbers: bool) -> Statement:
    """The texts that most products have, by key, label and count; the oldest of these products writes the label.

    Where values may be numbers, too, they are no texts, unless a product has the same as a text.
    """
    rows = _with_values(names, engine, pv.value, *([pv.number] if numbers else []))
    counted = select(rows.c.value, _count, func.min(rows.product_id).label("oldest")).select_from(rows.table)
    if numbers:
        counted = counted.having(func.count() > func.count(rows.c.number))
    return _labelled(counted.group_by(rows.c.value).order_by(_count.desc(), rows.c.value).limit(_LIMIT), engine)


@lru_cache(maxsize=128)
def numbers(names: Names, engine: Engine) -> Statement:
    """The numbers of an attribute, each with how many products have it; NULL stands for its texts."""
    rows = _with_values(names, engine, pv.number)
    return Statement(select(rows.c.number, _count).select_from(rows.table).group_by(rows.c.number), engine)


def _labelled(rows: Select[Any], engine: Engine) -> Statement:
    """The most frequent values, each as its oldest product writes it."""
    counted = rows.subquery("counted")
    written = product_values.value.alias("written").c
    place = (written.name == _FACET, written.value == counted.c.value, written.product_id == counted.c.oldest)
    label = select(written.label).where(*place).correlate(counted).scalar_subquery()
    found = select(counted.c.value, label, counted.c.count)
    return Statement(found.order_by(counted.c.count.desc(), counted.c.value), engine)


def _with_values(names: Names, engine: Engine, *columns: ColumnElement[Any]) -> "_Joined":
    """The products beside their values of the facet."""
    return _join(_products(names), pv.product_id, columns, (unindexed(pv.name) == _FACET,), engine)


class _Joined(NamedTuple):
    """Products beside their rows of another table: the columns of these, and the id of the product."""

    table: FromClause
    c: ReadOnlyColumnCollection[str, Any]
    product_id: ColumnElement[int]
    engine: Engine

    def select(self, *columns: ColumnElement[Any]) -> Statement:
        """What there is of all rows together."""
        return Statement(select(*columns).select_from(self.table), self.engine)


def _join(
    products: Subquery,
    of: ColumnElement[int],
    columns: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
    engine: Engine,
) -> _Joined:
    """Products beside the rows `of` them, which an index finds.

    PostgreSQL, which plans for any list, would join by reading and hashing the rows of all products of the catalogue.
    """
    if engine == "sqlite":
        table = products.join(of.table, and_(of == products.c.product_id, *conditions))
        return _Joined(table, of.table.c, products.c.product_id, engine)
    ids = func.array(select(products.c.product_id).scalar_subquery())
    rows = select(of.label("product_id"), *columns).where(of == any_(ids), *conditions).subquery("beside")
    return _Joined(rows, rows.c, rows.c.product_id, engine)
