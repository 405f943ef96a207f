"""The statements that count facets: each over the products of a list, by the names of its conditions."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, func, select, union_all
from sqlalchemy.sql.selectable import Subquery

from app.domain.catalogue import categories as tree
from app.domain.catalogue import product_values
from app.domain.catalogue.product_list import LISTING
from app.domain.catalogue.product_rows import link, p
from app.domain.catalogue.product_values import pv
from app.domain.pagination.keyset import Values
from app.domain.sql.conditions import integer, unindexed
from app.domain.unit_of_work import Statement

MAX_PRODUCTS = 100_000
"""Products that a facet counts at most."""
Names = tuple[str, ...]
_values = Values()
_MOST = _values("most", link.c.product_id)
_FACET = _values("facet", pv.name)
_count = func.count().label("count")


SEVERAL_PRICES = Statement(select(integer(1)).where(p.lowest_price.is_not(None)).limit(integer(1)))
"""Whether the variants of any product have several prices."""


HAS_NUMBERS = Statement(select(integer(1)).where(pv.name == _FACET, pv.number.is_not(None)).limit(integer(1)))
"""Whether any product has a number as a value of the facet."""


def _products(names: Names) -> Subquery:
    """The products of a list, with their prices."""
    source = LISTING.source("price", names, _values, True)
    parts = [
        one.rows.add_columns(one.id.label("product_id"), one.key.label("price")) for one in (source, *source.others)
    ]
    return (union_all(*parts) if source.others else parts[0]).subquery("products")


@lru_cache(maxsize=256)
def size(names: Names) -> Statement:
    """How many products there are, as far as it matters."""
    some = select(_products(names)).limit(integer(MAX_PRODUCTS + 1)).subquery("some")
    return Statement(select(func.count()).select_from(some))


@lru_cache(maxsize=128)
def prices(names: Names) -> Statement:
    """The prices in rising order, each with how many products have it."""
    products = _products(names).c
    return Statement(select(products.price, _count).group_by(products.price).order_by(products.price))


@lru_cache(maxsize=128)
def categories(names: Names) -> Statement:
    """The categories that most products stand in, by id, name and count."""
    products, place = _products(names), link.alias("place")
    counted = (
        select(place.c.category_id, _count)
        .join_from(products, place, place.c.product_id == products.c.product_id)
        .group_by(place.c.category_id)
        .order_by(_count.desc(), place.c.category_id)
        .limit(_MOST)
        .subquery("counted")
    )
    rows = select(counted.c.category_id, tree.c.name, counted.c.count)
    rows = rows.join_from(counted, tree.category, tree.c.id == counted.c.category_id)
    return Statement(rows.order_by(counted.c.count.desc(), counted.c.category_id))


@lru_cache(maxsize=128)
def texts(names: Names) -> Statement:
    """The texts that most products have, by key, label and count; the oldest of these products writes the label."""
    return _labelled(_valued(names).add_columns(*_COUNTED))


@lru_cache(maxsize=128)
def texts_beside_numbers(names: Names) -> Statement:
    """The same where values may be numbers, which are no texts, unless a product has the same as a text."""
    return _labelled(_valued(names).add_columns(*_COUNTED).having(func.count() > func.count(pv.number)))


@lru_cache(maxsize=128)
def numbers(names: Names) -> Statement:
    """The numbers in rising order, each with how many products have it."""
    rows = _valued(names).where(pv.number.is_not(None)).add_columns(pv.number, _count)
    return Statement(rows.group_by(pv.number).order_by(pv.number))


_COUNTED = pv.value, _count, func.min(pv.product_id).label("oldest")


def _labelled(rows: Select[Any]) -> Statement:
    """The most frequent values, each as its oldest product writes it."""
    counted = rows.group_by(pv.value).order_by(_count.desc(), pv.value).limit(_MOST).subquery("counted")
    written = product_values.value.alias("written").c
    place = (written.name == _FACET, written.value == counted.c.value, written.product_id == counted.c.oldest)
    label = select(written.label).where(*place).correlate(counted).scalar_subquery()
    return Statement(select(counted.c.value, label, counted.c.count).order_by(counted.c.count.desc(), counted.c.value))


def _valued(names: Names) -> Select[Any]:
    """The values of a facet that the products have, found by the products: SQLite would read those of all others."""
    products = _products(names)
    is_its = and_(pv.product_id == products.c.product_id, unindexed(pv.name) == _FACET)
    return select().select_from(products.join(product_values.value, is_its))
