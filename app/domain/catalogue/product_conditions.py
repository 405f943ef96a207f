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
from app.domain.sql.conditions import one_of, unindexed
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


def _has_value(name: str) -> Condition:
    """Whether a product has any of some brands or tags."""
    return lambda values: p.id.in_(
        select(pv.product_id).where(pv.name == literal_column(f"'{name}'"), one_of(pv.value, values(name)))
    )


def _has_attribute(n: int) -> dict[str, Condition]:
    """Whether an attribute, whose name is the value of `attribute_n`, is any of some texts, or within bounds."""
    name = f"attribute_{n}"

    def rows(values: Values) -> Select[Any]:
        return select(pv.product_id).where(pv.name == values(name, pv.name))

    return {
        f"{name}_values": lambda values: p.id.in_(rows(values).where(one_of(pv.value, values(f"{name}_values")))),
        f"{name}_numbers": lambda values: p.id.in_(
            rows(values).where(pv.number.between(values(f"{name}_min", pv.number), values(f"{name}_max", pv.number)))
        ),
    }


def _search(product_id: ColumnElement[int]) -> dict[str, Condition]:
    """Whether a search finds a product."""
    return {
        WORDS: lambda values: word_index.matches(product_id, values(WORDS)),
        WORDS_OR_GTIN: lambda values: word_index.matches(product_id, values(WORDS_OR_GTIN), values("gtin_typed")),
    }


CONDITIONS: dict[str, Condition] = {
    **_search(p.id),
    "categories": lambda values: p.id.in_(
        select(link.c.product_id).where(one_of(link.c.category_id, values("categories")))
    ),
    **of_times(p.created_at, p.updated_at),
    **of_status(p.status),
    "currency": lambda values: p.currency == values("currency", p.currency),
    "ids": lambda values: one_of(p.id, values("ids")),
    CANDIDATES: lambda values: one_of(p.id, values(CANDIDATES)),
    "skus": _has_any_sku,
    product_values.BRAND: _has_value(product_values.BRAND),
    product_values.TAG: _has_value(product_values.TAG),
    **{name: one for n in range(MAX_ATTRIBUTES) for name, one in _has_attribute(n).items()},
    "nothing": lambda _: false(),
    "nowhere": lambda _: false(),
}
LISTED = frozenset({"ids", "skus", CANDIDATES})
"""The conditions that list products, all of which may be sorted."""
OF_LISTED = _search(unindexed(p.id))
"""The conditions of listed products: SQLite would look up all products that a search finds, and then the list."""
VALUES = frozenset({product_values.BRAND, product_values.TAG}) | frozenset(
    f"attribute_{n}_values" for n in range(MAX_ATTRIBUTES)
)
"""The conditions that name values of brands, tags and attributes."""
UNINDEXED = frozenset(
    {WORDS, WORDS_OR_GTIN, "categories", BELOW, "currency", "in_stock", "sold_out", "statuses"}
    | VALUES
    | {name for n in range(MAX_ATTRIBUTES) for name in _has_attribute(n)}
)
"""The conditions that search, or that no index serves for every sort."""
OF_LINK: dict[str, Condition] = {
    "category": lambda values: link.c.category_id == values("category", link.c.category_id),
    CANDIDATES: lambda values: one_of(link.c.product_id, values(CANDIDATES)),
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
