"""The list of products: its filter, sorts and columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, select

from app.domain import addresses, visibility
from app.domain.callers import Scope
from app.domain.catalogue import categories, images, product_candidates, product_sources, product_values, variants
from app.domain.catalogue.product_conditions import (
    BELOW,
    COMMON,
    UNINDEXED,
    WORDS,
    WORDS_OR_GTIN,
    Attribute,
    attribute_values,
    sku_values,
)
from app.domain.catalogue.product_lookup import NAMED
from app.domain.catalogue.product_places import link
from app.domain.catalogue.product_rows import p, product
from app.domain.catalogue.variant_rows import first_variant
from app.domain.errors import InvalidCursor
from app.domain.fields.product_fields import BY_NAME, SHOWN, Member
from app.domain.models import ACTIVE
from app.domain.pagination.keyset import CORRECTED, Listing, Prepared, Range, Sort
from app.domain.search import relevance, spelling, vocabulary, word_index
from app.domain.sql.json_values import json_tuples
from app.domain.unicode import identity, text
from app.domain.unicode.text import Query
from app.domain.unit_of_work import Engine, Unit
from app.domain.validation import GTIN


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of products: a search, categories, bounds of price in units, and so on.

    Times are microseconds since 1970.

    Where no product has a word, and `typos` is true, one that was meant stands in; v1, which never does that, takes the
    same cursors.
    """

    words: Query | None = None
    categories: tuple[int, ...] | None = None
    min_price: int | None = None
    max_price: int | None = None
    currency: str | None = None
    in_stock: bool | None = None
    sku: str | None = None
    gtin: str | None = None
    ids: tuple[int, ...] | None = None
    skus: tuple[str, ...] | None = None
    brands: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    attributes: tuple[Attribute, ...] | None = None
    subtree: bool | None = None
    typos: bool = field(default=False, compare=False)
    statuses: tuple[str, ...] | None = None
    created_since: int | None = None
    updated_since: int | None = None

    @property
    def scope(self) -> Scope | None:
        """The scope that inactive products need."""
        return visibility.scope_of(self.statuses)

    def values(self, engine: Engine) -> dict[str, Any]:
        """The conditions with their values."""
        statuses = (ACTIVE,) if self.statuses is None else self.statuses
        parameters: dict[str, Any] = {"status": statuses[0]} if len(statuses) == 1 else {"statuses": list(statuses)}
        if self.words is not None:
            parameters |= _search(engine, self.words)
        if self.categories is not None:
            one = len(self.categories) == 1 and not self.subtree
            name = ("category" if one else "categories") if self.categories else "nowhere"
            parameters[name] = self.categories[0] if one else list(self.categories)
        elif self.subtree:
            parameters[BELOW] = True
        if self.in_stock is not None:
            parameters["in_stock" if self.in_stock else "sold_out"] = True
        if self.sku is not None:
            parameters |= addresses.sku_values(self.sku)
        return parameters | self._plain() | self._listed()

    def _plain(self) -> dict[str, Any]:
        names = ("min_price", "max_price", "currency", "gtin", "created_since", "updated_since")
        parameters = {name: getattr(self, name) for name in names}
        return {name: value for name, value in parameters.items() if value is not None}

    def _listed(self) -> dict[str, Any]:
        parameters: dict[str, Any] = {} if self.ids is None else {"ids": list(self.ids)}
        if self.skus is not None:
            parameters |= sku_values(self.skus)
        for name, texts in ((product_values.BRAND, self.brands), (product_values.TAG, self.tags)):
            if texts is not None:
                parameters[name] = [product_values.key(text) for text in texts]
        return parameters | attribute_values(self.attributes or ())


def _search(engine: Engine, words: Query) -> dict[str, Any]:
    """The condition of a search with its values."""
    found, gtin = word_index.query(engine, words), identity.trim(words.typed)
    if GTIN.fullmatch(gtin):
        return {WORDS_OR_GTIN: found, "gtin_typed": gtin}
    return {WORDS if words else "nothing": found}


_WALKED = frozenset({WORDS, "status", "category"})
"""The conditions of a search that PostgreSQL looks for in the sort's order, if its words are common."""


async def _prepare(unit: Unit, filter_: Filter, sort: Sort, bounds: Mapping[str, Any]) -> Prepared:
    conditions, words, ranks = filter_.values(unit.engine), filter_.words, sort.key == relevance.SORT
    if filter_.subtree and filter_.categories is not None:
        conditions["categories"] = await categories.subtree(unit, filter_.categories)
    conditions |= await product_candidates.find(unit, conditions, sort)
    by_id = sort.key == "id" and "category" not in conditions  # which the index of words gives at once
    alone = unit.engine == "postgresql" and conditions.keys() <= _WALKED and not by_id
    if not words or not (filter_.typos or ranks or alone):
        return Prepared(conditions)
    known, corrected = await vocabulary.classes(unit, words), None
    if filter_.typos and (meant := await _meant(unit, filter_, known, bounds)) is not words:
        words, corrected = meant, meant.typed
        known = await vocabulary.classes(unit, words)
        conditions[WORDS] = word_index.query(unit.engine, words)
    if ranks:
        await relevance.require_narrow(unit, words, known)
        conditions |= relevance.key_values(unit.engine, words, known, bounds)
    elif alone and relevance.are_common(words, known):
        conditions[COMMON] = True
    return Prepared(conditions, corrected)


async def _meant(unit: Unit, filter_: Filter, known: vocabulary.Classes, bounds: Mapping[str, Any]) -> Query:
    """The search as it is meant: that of the page which a cursor is of, whatever was written since."""
    assert filter_.words  # noqa: S101 - what is corrected has words
    if CORRECTED not in bounds:
        return await spelling.correct(unit, filter_.words, known, filter_.statuses or (ACTIVE,))
    resumed = text.query(bounds[CORRECTED])
    if not resumed or len(resumed.typed) > text.MAX_CORRECTED:
        raise InvalidCursor
    return resumed


def _categories_of_product() -> ColumnElement[str]:
    node = categories.category.c
    ordered = (
        select(node.id, node.name)
        .select_from(categories.PLACES)
        .where(link.c.product_id == p.id)
        .order_by(node.id)
        .correlate(product)
        .subquery("ordered")
    )
    return select(json_tuples(ordered.c.id, ordered.c.name)).scalar_subquery()


_LISTS = {
    "categories": _categories_of_product(),
    "images": images.of_product(),
    "variants": variants.of_product(),
}
"""The members that are lists of rows of other tables."""


def column(member: Member) -> ColumnElement[Any]:
    """The column of a member that has one; that of the price is the product's copy, since it sorts."""
    of_variant = member.of_variant and member.sort_column is None
    return first_variant.c[member.attribute] if of_variant else p[member.attribute]


LISTING = Listing(
    name="products",
    table=product_sources.beside_first(product),
    id=p.id,
    keys=product_sources.KEYS,
    columns={
        **{name: column(BY_NAME[name]) if BY_NAME[name].column else _LISTS[name] for name in SHOWN},
        "stocks": variants.stocks_of_product(),
    },
    source=product_sources.source,
    ranges={
        "price": Range(("min_price",), ("max_price",)),
        "createdAt": Range(("created_since",)),
        "updatedAt": Range(("updated_since",)),
    },
    unindexed=UNINDEXED,
    named=NAMED,
    computed=frozenset({relevance.SORT}),
    prepare=_prepare,
    visible=visibility.is_active(p.status),
)
