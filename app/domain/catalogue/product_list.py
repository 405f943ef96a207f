"""The list of products: what narrows it, what it is sorted by, and what is read of each product."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, false, literal_column, select, true
from sqlalchemy.sql.selectable import FromClause

from app.domain import addresses, visibility
from app.domain.callers import Scope
from app.domain.catalogue import categories, images, product_values, variant_conditions, variants
from app.domain.catalogue.product_conditions import (
    BELOW,
    CONDITIONS,
    OF_LINK,
    UNINDEXED,
    Attribute,
    attribute_values,
    below_category,
    in_category,
    of_status,
    sku_values,
)
from app.domain.catalogue.product_fields import BY_NAME, SHOWN, SORTS, Member
from app.domain.catalogue.product_lookup import NAMED, has_sku
from app.domain.catalogue.product_rows import link, p, product
from app.domain.catalogue.variant_rows import first_variant
from app.domain.models import ACTIVE
from app.domain.pagination.keyset import Listing, Prepared, Sort, Source, Values
from app.domain.search import relevance, spelling, vocabulary, word_index
from app.domain.sql.conditions import unindexed
from app.domain.sql.json_values import json_tuples
from app.domain.unicode.text import Query
from app.domain.unit_of_work import Engine, Unit


@dataclass(frozen=True, slots=True)
class Filter:
    """Which products: words that begin words of theirs, any of some categories, bounds of price in units, and so on.

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
        """The scope that is needed to ask for what is not active."""
        return visibility.scope_of(self.statuses)

    def values(self, engine: Engine) -> dict[str, Any]:
        """The conditions that apply, with their values."""
        statuses = (ACTIVE,) if self.statuses is None else self.statuses
        given: dict[str, Any] = {"status": statuses[0]} if len(statuses) == 1 else {"statuses": list(statuses)}
        if self.words is not None:
            given["words" if self.words else "nothing"] = word_index.query(engine, self.words)
        if self.categories is not None:
            one = len(self.categories) == 1 and not self.subtree
            name = ("category" if one else "categories") if self.categories else "nowhere"
            given[name] = self.categories[0] if one else list(self.categories)
        elif self.subtree:
            given[BELOW] = True
        if self.in_stock is not None:
            given["in_stock" if self.in_stock else "sold_out"] = True
        if self.sku is not None:
            given |= addresses.sku_values(self.sku)
        return given | self._plain() | self._listed()

    def _plain(self) -> dict[str, Any]:
        names = ("min_price", "max_price", "currency", "gtin", "created_since", "updated_since")
        given = {name: getattr(self, name) for name in names}
        return {name: value for name, value in given.items() if value is not None}

    def _listed(self) -> dict[str, Any]:
        given: dict[str, Any] = {} if self.ids is None else {"ids": list(self.ids)}
        if self.skus is not None:
            given |= sku_values(self.skus)
        for name, texts in ((product_values.BRAND, self.brands), (product_values.TAG, self.tags)):
            if texts is not None:
                given[name] = [product_values.key(text) for text in texts]
        return given | attribute_values(self.attributes or ())


def _source(key: str, conditions: tuple[str, ...], values: Values, bare: bool) -> Source:
    """Products, or the places of one category: those carry all sort keys, so their indexes alone sort them."""
    if key == relevance.SORT:
        return _relevant(conditions, values)
    rows: FromClause = product
    identity, keys, known, row = p.id, LISTING.keys, CONDITIONS, variant_conditions.OF_PRODUCT
    if BELOW in conditions:
        known = CONDITIONS | {"category": below_category}
    elif "category" in conditions:
        identity, keys, known, row = link.c.product_id, _LINK_KEYS, CONDITIONS | OF_LINK, variant_conditions.OF_LINK
        rows = link if bare and _of_places(conditions) else link.join(product, p.id == link.c.product_id)
    if not bare or variant_conditions.STOCK.intersection(conditions):
        rows = _beside_first(rows)  # SQLite would join each row of a count, even if it needs nothing of the variant
    values = values._replace(engine=None) if bare else values
    wanted = [known[name](values) for name in conditions if name in known]
    first, *others = (kind.where(*wanted) for kind in variant_conditions.narrowed(rows, conditions, values, row))
    return Source(first, keys[key], identity, tuple(_few(rows, key, keys[key], identity) for rows in others))


def _few(rows: Select[Any], key: str, column: ColumnElement[Any], identity: ColumnElement[int]) -> Source:
    """The products of several prices, whose index is by price: SQLite would read all others to sort by another key."""
    if key == "price":
        return Source(rows, column, identity)
    found = unindexed(identity)
    return Source(rows, found if key == "id" else unindexed(column), found)


def _of_places(conditions: tuple[str, ...]) -> bool:
    """Whether the places of a category answer these conditions by themselves."""
    others = {name for name in conditions if name in CONDITIONS or name in variant_conditions.NAMES}
    return others <= OF_LINK.keys() | variant_conditions.PRICES


def _relevant(conditions: tuple[str, ...], values: Values) -> Source:
    """The products that a search finds, with how near they are to it."""
    if "words" not in conditions:
        return Source(select().select_from(product).where(false()), p.id, p.id)
    hits = word_index.hits(values("words"))
    known = CONDITIONS | {"words": lambda _: true(), "category": in_category, **of_status(hits.c.status)}
    if BELOW in conditions:
        known["category"] = below_category
    others = [name for name in conditions if name in known or name in variant_conditions.NAMES]
    alone = {"words", "status", "statuses"}.issuperset(others)
    rows = select().select_from(hits if alone else _beside_first(hits.join(product, p.id == hits.c.product_id)))
    rows = rows.where(*(known[name](values) for name in others if name in known))
    is_exact = has_sku(values.under("exact_"), product_id=hits.c.product_id)
    key = relevance.key(hits, conditions, values, is_exact)
    together = variant_conditions.together(conditions, values, variant_conditions.OF_PRODUCT)
    return Source(rows.where(*together), key, hits.c.product_id)


async def _prepare(unit: Unit, narrowed: Filter, sort: Sort, bounds: Mapping[str, Any]) -> Prepared:
    conditions, words, ranks = narrowed.values(unit.engine), narrowed.words, sort.key == relevance.SORT
    if narrowed.subtree and narrowed.categories is not None:
        conditions["categories"] = await categories.subtree(unit, narrowed.categories)
    if not words or not (narrowed.typos or ranks):
        return Prepared(conditions)
    known, corrected = await vocabulary.classes(unit, words), None
    if narrowed.typos and (meant := await spelling.correct(unit, words, known)) is not words:
        words, corrected = meant, meant.typed
        known = await vocabulary.classes(unit, words)
        conditions["words"] = word_index.query(unit.engine, words)
    if ranks:
        conditions |= relevance.conditions(unit.engine, words, known, bounds)
    return Prepared(conditions, corrected)


def _categories_of_product() -> ColumnElement[str]:
    node = categories.category.c
    ordered = (
        select(node.id, node.name)
        .select_from(link.join(categories.category, node.id == link.c.category_id))
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


def _beside_first(rows: FromClause) -> FromClause:
    """Rows of products beside their first variants."""
    return rows.outerjoin(first_variant, first_variant.c.id == p.variant_id)


_table: FromClause = _beside_first(product)

_LINK_KEYS: dict[str, ColumnElement[Any]] = {
    name: link.c.product_id if column == "id" else link.c[column] for name, column in SORTS.items()
}

LISTING = Listing(
    name="products",
    table=_table,
    id=p.id,
    keys={name: p[column] for name, column in SORTS.items()} | {relevance.SORT: literal_column("0", BigInteger())},
    columns={
        **{name: column(BY_NAME[name]) if BY_NAME[name].column else _LISTS[name] for name in SHOWN},
        "stocks": variants.stocks_of_product(),
    },
    source=_source,
    ranges={
        "price": ("min_price", "max_price"),
        "createdAt": ("created_since",),
        "updatedAt": ("updated_since",),
    },
    unindexed=UNINDEXED,
    named=NAMED,
    computed=frozenset({relevance.SORT}),
    prepare=_prepare,
    visible=visibility.is_active(p.status),
)
