"""The conditions of lists of products by name."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, false, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from app.domain.catalogue import product_values
from app.domain.catalogue.product_places import link
from app.domain.catalogue.product_rows import p
from app.domain.catalogue.product_values import pv
from app.domain.catalogue.variant_rows import v
from app.domain.pagination.keyset import Condition, Values, since
from app.domain.search import word_index
from app.domain.sql.conditions import among, one_of, unindexed
from app.domain.unicode import identity

T = TypeVar("T", int, str)

WORDS, WORDS_OR_GTIN = "words", "words_or_gtin"
"""The conditions of a search; one that may be a gtin finds what has it, too, which is the value of `gtin_typed`."""
BELOW = "below"
"""Accompanies the condition `category` if subcategories count too."""
CANDIDATES = "candidates"
"""The condition of a list that all its products are among some ids, which were read before."""
COMMON = "common"
"""Accompanies the condition of a search alone, of common words, whose page PostgreSQL looks for in the sort's order."""
MAX_FILTER_CATEGORIES = 200
"""The maximum categories of a filter."""
MAX_FILTER_VALUES = 100
"""The maximum ids, skus or values of a filter."""
MAX_ATTRIBUTES = 10
"""The maximum attributes of a filter."""


class Attribute(NamedTuple):
    """A condition of an attribute: any of some texts, of which none matches nothing, and a number within bounds."""

    name: str
    values: tuple[str, ...] | None = None
    min: float | None = None
    max: float | None = None


def in_order(values: Iterable[T] | None) -> tuple[T, ...] | None:
    """The distinct sorted values of a filter, so that their order does not change cursors."""
    return None if values is None else tuple(sorted(set(values)))


def of_times(created_at: ColumnElement[int], updated_at: ColumnElement[int]) -> dict[str, Condition]:
    """The bounds of the times of a product, by the columns that hold them."""
    return since(created_at, "created_since") | since(updated_at, "updated_since")


def of_status(status: ColumnElement[str]) -> dict[str, Condition]:
    """The conditions of a product's status, by the column that holds it."""
    return {
        "status": lambda values: status == values("status", status),
        "statuses": lambda values: one_of(status, values("statuses")),
    }


def in_category(values: Values) -> ColumnElement[bool]:
    """Whether a product is directly in a category."""
    place = (link.c.category_id == values("category", link.c.category_id), link.c.product_id == p.id)
    return values.correlate(select(link.c.product_id).where(*place).correlate(p.id.table)).exists()


class _in_subtree(ColumnElement[bool]):  # noqa: N801
    """Whether a product (by its id column) is in a category, or in one below it."""

    inherit_cache = True

    def __init__(self, product_id: ColumnElement[Any], category: ColumnElement[Any]) -> None:
        self.product_id, self.category = product_id, category


@compiles(_in_subtree)
def _recursive(element: _in_subtree, compiler: SQLCompiler, **kw: Any) -> str:
    product_id, category = compiler.process(element.product_id, **kw), compiler.process(element.category, **kw)
    return (
        f"{product_id} IN (WITH RECURSIVE node (id) AS (SELECT CAST({category} AS bigint) UNION"  # noqa: S608 - ours
        " SELECT category.id FROM category JOIN node ON category.parent_id = node.id)"
        " SELECT product_category.product_id FROM node JOIN product_category"
        " ON product_category.category_id = node.id)"
    )


def below_category(values: Values) -> ColumnElement[bool]:
    """Whether a product is in a category, or in one below it."""
    return _in_subtree(p.id, values("category", link.c.category_id))


def _has_any_sku(values: Values) -> ColumnElement[bool]:
    spelled, caseless = one_of(v.sku, values("skus")), one_of(v.sku_key, values("sku_keys"))
    return p.id.in_(select(v.product_id).where(spelled | caseless))


def rows_of_value(name: str, values: Values, column: ColumnElement[str] = pv.name) -> Select[Any]:
    """The ids of the products that meet one of the conditions `VALUES`, by an index of values."""
    of, _, kind = name.rpartition("_")  # attribute_0_values, attribute_0_numbers; brand and tag are names themselves
    is_of_name = column == (values(of, pv.name) if of else literal_column(f"'{name}'"))
    rows = select(pv.product_id).where(is_of_name)
    if kind == "numbers":
        return rows.where(pv.number.between(values(f"{of}_min", pv.number), values(f"{of}_max", pv.number)))
    return rows.where(one_of(pv.value, values(name)))


VALUES = frozenset({product_values.BRAND, product_values.TAG}) | frozenset(
    f"attribute_{n}_{kind}" for n in range(MAX_ATTRIBUTES) for kind in ("values", "numbers")
)
"""The conditions of brands, tags and attributes: any of some texts, or a number within bounds.

The name of the n-th attribute is the value of `attribute_n`.
"""
TIMES = {"createdAt": "created_since", "updatedAt": "updated_since"}
"""The conditions of times, by the sort whose index serves them."""
STATUSES = frozenset({"status", "statuses"})


def _search(product_id: ColumnElement[int]) -> dict[str, Condition]:
    """Whether a search finds a product."""
    return {
        WORDS: lambda values: word_index.matches(product_id, values(WORDS)),
        WORDS_OR_GTIN: lambda values: word_index.matches(product_id, values(WORDS_OR_GTIN), values("gtin_typed")),
    }


def _by_id(product_id: ColumnElement[int]) -> dict[str, Condition]:
    """The conditions that the id of a product answers, with the rows of other tables, which are read once."""

    def has_value(name: str) -> Condition:
        return lambda values: among(product_id, rows_of_value(name, values))

    return {
        **_search(product_id),
        **{name: has_value(name) for name in VALUES},
        "ids": lambda values: one_of(product_id, values("ids")),
        CANDIDATES: lambda values: one_of(product_id, values(CANDIDATES)),
    }


def of_listed(product_id: ColumnElement[int]) -> dict[str, Condition]:
    """The same for few products: their values are looked up one by one. SQLite would do so with what a search finds."""

    def has_value(name: str) -> Condition:
        def condition(values: Values) -> ColumnElement[bool]:
            own = rows_of_value(name, values, unindexed(pv.name)).where(pv.product_id == product_id)
            one = own.correlate_except(pv.name.table).limit(literal_column("1"))
            return one.scalar_subquery().is_not(None)

        return condition

    return _search(unindexed(product_id)) | {name: has_value(name) for name in VALUES}


CONDITIONS: dict[str, Condition] = {
    **_by_id(p.id),
    "categories": lambda values: among(
        p.id, select(link.c.product_id).where(one_of(link.c.category_id, values("categories")))
    ),
    **of_times(p.created_at, p.updated_at),
    **of_status(p.status),
    "currency": lambda values: p.currency == values("currency", p.currency),
    "skus": _has_any_sku,
    "nothing": lambda _: false(),
    "nowhere": lambda _: false(),
}
LISTED = frozenset({"ids", "skus", CANDIDATES})
"""The conditions that list products, all of which may be sorted."""
UNINDEXED = frozenset(
    {WORDS, WORDS_OR_GTIN, "categories", BELOW, "currency", "in_stock", "sold_out", "statuses"} | VALUES
)
"""The conditions that search, or that no index serves for every sort."""
OF_LINK: dict[str, Condition] = {
    "category": lambda values: link.c.category_id == values("category", link.c.category_id),
    **_by_id(link.c.product_id),
    **of_times(link.c.created_at, link.c.updated_at),
    **of_status(link.c.status),
}
"""The conditions that the places of a category answer by themselves."""


def attribute_values(attributes: Sequence[Attribute]) -> dict[str, Any]:
    """The conditions of attributes, with their values."""
    parameters: dict[str, Any] = {}
    for n, one in enumerate(attributes):
        name = f"attribute_{n}"
        parameters[name] = product_values.attribute(one.name)
        if one.values is not None:
            parameters[f"{name}_values"] = [product_values.key(value) for value in one.values]
        if one.min is not None or one.max is not None:
            parameters[f"{name}_numbers"] = True
            parameters[f"{name}_min"] = -math.inf if one.min is None else one.min
            parameters[f"{name}_max"] = math.inf if one.max is None else one.max
    return parameters


def sku_values(skus: Sequence[str]) -> dict[str, Any]:
    """The condition of some skus, with its values."""
    return {"skus": [identity.trim(sku) for sku in skus], "sku_keys": [identity.key(sku) for sku in skus]}
