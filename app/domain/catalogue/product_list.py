"""The list of products: its filter, sorts and columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, false, literal_column, or_, select, true
from sqlalchemy.sql.selectable import FromClause, TableValuedAlias

from app.domain import addresses, visibility
from app.domain.callers import Scope
from app.domain.catalogue import categories, images, product_values, variant_conditions, variants
from app.domain.catalogue.product_conditions import (
    BELOW,
    CONDITIONS,
    OF_LINK,
    UNINDEXED,
    VALUES,
    WORDS,
    WORDS_OR_GTIN,
    Attribute,
    attribute_values,
    below_category,
    in_category,
    of_status,
    sku_values,
)
from app.domain.catalogue.product_lookup import NAMED, has_sku, id_of_sku
from app.domain.catalogue.product_places import link
from app.domain.catalogue.product_rows import p, product
from app.domain.catalogue.variant_rows import first_variant, v
from app.domain.fields.product_fields import BY_NAME, SHOWN, SORTS, Member
from app.domain.models import ACTIVE
from app.domain.pagination.keyset import Listing, Prepared, Range, Sort, Source, Values
from app.domain.search import relevance, spelling, vocabulary, word_index
from app.domain.sql.conditions import unindexed, unsorted
from app.domain.sql.json_values import json_tuples
from app.domain.unicode import identity
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


def _source(key: str, conditions: tuple[str, ...], values: Values, bare: bool) -> Source:
    """Products, or the rows of one category, which have all sort keys, so that their indexes sort a page."""
    if key == relevance.SORT:
        return _relevant(conditions, values)
    if bare and key == "id" and (hits := _hits(conditions, values)) is not None and _of_hits(conditions):
        found = select().select_from(hits).where(_has_status(hits.c.status, conditions, values))
        return Source(found, hits.c.product_id, hits.c.product_id)
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
    conditions_of_row = [known[name](values) for name in conditions if name in known]
    by_price = bare or key == "price"  # SQLite, which has no statistics, would find and sort all products in the bounds
    kinds = variant_conditions.filtered(rows, conditions, values, row, by_price=by_price)
    first, *others = (kind.where(*conditions_of_row) for kind in kinds)
    if values.engine == "postgresql" and others and VALUES.intersection(conditions):
        return _unsorted(first, key, keys[key], identity, others)
    return Source(first, keys[key], identity, tuple(_few(rows, key, keys[key], identity) for rows in others))


def _few(rows: Select[Any], key: str, column: ColumnElement[Any], identity: ColumnElement[int]) -> Source:
    """The products of several prices, whose index is by price: SQLite would read all others to sort by another key."""
    if key == "price":
        return Source(rows, column, identity)
    found = unindexed(identity)
    return Source(rows, found if key == "id" else unindexed(column), found)


def _unsorted(
    rows: Select[Any], key: str, column: ColumnElement[Any], identity: ColumnElement[int], others: Sequence[Select[Any]]
) -> Source:
    """The products of a value within bounds of price, by no index of the sort.

    PostgreSQL expects many of them, goes through that index, and looks each product's values up until the page is full.
    """
    found = unsorted(identity)
    shown = found if key == "id" else unsorted(column)
    return Source(rows, shown, found, tuple(Source(one, shown, found) for one in others))


def _of_places(conditions: tuple[str, ...]) -> bool:
    """Whether a category's rows alone answer these conditions."""
    others = {name for name in conditions if name in CONDITIONS or name in variant_conditions.NAMES}
    return others <= OF_LINK.keys() | variant_conditions.PRICES


def _relevant(conditions: tuple[str, ...], values: Values) -> Source:
    """The products that a search finds, with their relevance."""
    hits = _hits(conditions, values)
    if hits is None:
        return Source(select().select_from(product).where(false()), p.id, p.id)
    known = CONDITIONS | dict.fromkeys((WORDS, WORDS_OR_GTIN), lambda _: true())
    known |= {"category": below_category if BELOW in conditions else in_category, **of_status(hits.c.status)}
    alone = _of_hits(conditions)
    rows = select().select_from(hits if alone else _beside_first(hits.join(product, p.id == hits.c.product_id)))
    rows = rows.where(*(known[name](values) for name in conditions if name in known))
    key = relevance.key(hits, conditions, values, _is_exact(hits.c.product_id, conditions, values))
    together = variant_conditions.together(conditions, values, variant_conditions.OF_PRODUCT)
    head = None
    if alone and WORDS in conditions:
        exact = id_of_sku(values.under("exact_"))
        head = relevance.head(conditions, values, exact, lambda status: _has_status(status, conditions, values))
    return Source(rows.where(*together), key, hits.c.product_id, head=head)


def _hits(conditions: tuple[str, ...], values: Values) -> TableValuedAlias | None:
    """The hits of a list's search; `None` without a search."""
    if WORDS_OR_GTIN in conditions:
        return word_index.hits(values(WORDS_OR_GTIN), values("gtin_typed"))
    return word_index.hits(values(WORDS)) if WORDS in conditions else None


def _of_hits(conditions: tuple[str, ...]) -> bool:
    """Whether the word index alone answers these conditions."""
    others = {name for name in conditions if name in CONDITIONS or name in (*variant_conditions.NAMES, *_PLACED)}
    return others <= {WORDS, WORDS_OR_GTIN, "status", "statuses"}


def _has_status(status: ColumnElement[str], conditions: tuple[str, ...], values: Values) -> ColumnElement[bool]:
    known = of_status(status)
    return and_(true(), *(known[name](values) for name in conditions if name in known))


def _is_exact(product_id: ColumnElement[int], conditions: tuple[str, ...], values: Values) -> ColumnElement[bool]:
    """Whether a search is the sku or the gtin of a product."""
    has = has_sku(values.under("exact_"), product_id=product_id)
    if WORDS_OR_GTIN not in conditions:
        return has
    return or_(has, product_id.in_(select(v.product_id).where(v.gtin == values("gtin_typed", v.gtin))))


async def _prepare(unit: Unit, filter_: Filter, sort: Sort, bounds: Mapping[str, Any]) -> Prepared:
    conditions, words, ranks = filter_.values(unit.engine), filter_.words, sort.key == relevance.SORT
    if filter_.subtree and filter_.categories is not None:
        conditions["categories"] = await categories.subtree(unit, filter_.categories)
    if not words or not (filter_.typos or ranks):
        return Prepared(conditions)
    known, corrected = await vocabulary.classes(unit, words), None
    statuses = filter_.statuses or (ACTIVE,)
    if filter_.typos and (meant := await spelling.correct(unit, words, known, statuses)) is not words:
        words, corrected = meant, meant.typed
        known = await vocabulary.classes(unit, words)
        conditions[WORDS] = word_index.query(unit.engine, words)
    if ranks:
        await relevance.require_narrow(unit, words, known)
        conditions |= relevance.conditions(unit.engine, words, known, bounds)
    return Prepared(conditions, corrected)


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


def _beside_first(rows: FromClause) -> FromClause:
    """Rows of products beside their first variants."""
    return rows.outerjoin(first_variant, first_variant.c.id == p.variant_id)


_table: FromClause = _beside_first(product)

_PLACED = frozenset({"category", BELOW})
"""The conditions of places that are none of `CONDITIONS`."""

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
