"""The rows of lists of products: where each list begins to read, by its sort and its conditions."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    false,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.sql.selectable import FromClause, TableValuedAlias

from app.domain.catalogue import variant_conditions
from app.domain.catalogue.product_conditions import (
    BELOW,
    COMMON,
    CONDITIONS,
    LISTED,
    OF_LINK,
    TIMES,
    WORDS,
    WORDS_OR_GTIN,
    below_category,
    in_category,
    of_listed,
    of_status,
    of_times,
)
from app.domain.catalogue.product_lookup import has_sku, id_of_sku
from app.domain.catalogue.product_places import link
from app.domain.catalogue.product_rows import p, product
from app.domain.catalogue.variant_rows import first_variant, v
from app.domain.fields.product_fields import SORTS
from app.domain.pagination.keyset import Condition, Near, Source, Values
from app.domain.search import relevance, word_index
from app.domain.sql.conditions import unindexed, unsorted

KEYS: dict[str, ColumnElement[Any]] = {name: p[column] for name, column in SORTS.items()} | {
    relevance.SORT: literal_column("0", BigInteger())
}
"""The sort keys of products."""
_LINK_KEYS: dict[str, ColumnElement[Any]] = {
    name: link.c.product_id if column == "id" else link.c[column] for name, column in SORTS.items()
}
_PLACED = frozenset({"category", BELOW})
"""The conditions of places that are none of `CONDITIONS`."""
_NARROW = LISTED | _PLACED | variant_conditions.KEYS
"""The conditions that lists begin with, whatever a search finds."""
_ALONE = frozenset({WORDS, "status"})
"""The conditions of a search that nothing else narrows."""
_ANY_WORDS: dict[str, Condition] = dict.fromkeys((WORDS, WORDS_OR_GTIN), lambda _: true())
"""The conditions of a search whose hits are the rows."""


def beside_first(rows: FromClause) -> FromClause:
    """Rows of products beside their first variants."""
    return rows.outerjoin(first_variant, first_variant.c.id == p.variant_id)


def _beside_stock(rows: FromClause, conditions: tuple[str, ...]) -> FromClause:
    """Rows of products beside their first variants, if a condition needs these: the engines would look each one up."""
    return beside_first(rows) if variant_conditions.STOCK.intersection(conditions) else rows


def source(key: str, conditions: tuple[str, ...], values: Values, bare: bool) -> Source:
    """Products, or the rows of one category, which have all sort keys, so that their indexes sort a page."""
    if key == relevance.SORT:
        return _relevant(conditions, values)
    if bare and key == "id" and (hits := _hits(conditions, values)) is not None and _of_hits(conditions):
        found = select().select_from(hits).where(_has_status(hits.c.status, conditions, values))
        return Source(found, hits.c.product_id, hits.c.product_id)
    if values.engine == "sqlite" and key == "id" and WORDS in conditions and _NARROW.isdisjoint(conditions):
        return _found(conditions, values)
    rows: FromClause = product
    identity, keys, known, row = p.id, KEYS, CONDITIONS, variant_conditions.OF_PRODUCT
    if BELOW in conditions:
        known = CONDITIONS | {"category": below_category}
    elif "category" in conditions:
        identity, keys, known, row = link.c.product_id, _LINK_KEYS, CONDITIONS | OF_LINK, variant_conditions.OF_LINK
        rows = link if bare and _of_places(conditions) else link.join(product, p.id == link.c.product_id)
    rows = _beside_stock(rows, conditions) if bare else beside_first(rows)
    if key == "id" and _ALONE.issuperset(conditions):
        known = known | {WORDS: lambda values: word_index.joined_matches(identity, values(WORDS))}
    listed = LISTED.intersection(conditions)
    if not (bare or values.outer or listed):
        known = known | _many_times(key, keys)
    values = values._replace(engine=None) if bare else values
    # SQLite, which has no statistics, would find and sort all products in the bounds.
    by_price = (bare or key == "price") and not listed
    first, *others = variant_conditions.filtered(rows, conditions, values, row, by_price=by_price)
    of_few = known | of_listed(identity)
    first = _narrowed(first, conditions, values, of_few if listed else known)
    others = [_narrowed(one, conditions, values, of_few) for one in others]
    if listed:
        return _unsorted(key, keys[key], identity, first, *others)
    # The products of several prices have an index by price: else the engines would go through all products in order.
    several = tuple(
        Source(one, keys[key], identity) if key == "price" else _unsorted(key, keys[key], identity, one)
        for one in others
    )
    return Source(first, keys[key], identity, several, near=_near(key, conditions, values))


def _many_times(key: str, keys: Mapping[str, ColumnElement[Any]]) -> dict[str, Condition]:
    """The bounds of times that the sort's index does not serve: SQLite would sort all products within them. Where these
    are few, they are candidates.
    """
    created, updated = (unindexed(keys[time]) for time in TIMES)
    return {name: one for name, one in of_times(created, updated).items() if name != TIMES.get(key)}


def _near(key: str, conditions: tuple[str, ...], values: Values) -> Near | None:
    """What a search of common words narrows, and whether it finds a row: PostgreSQL lists all hits unless it is asked
    for each. Lists below other rows have none.
    """
    if COMMON not in conditions or values.outer:
        return None
    others = source(key, tuple(name for name in conditions if name not in (WORDS, COMMON)), values, False)
    hits = word_index.hits(values(WORDS))
    one: Select[Any] = select(literal_column("1")).select_from(hits).limit(literal_column("1"))

    def found(row_id: ColumnElement[int]) -> ColumnElement[bool]:
        return one.where(hits.c.product_id == row_id).scalar_subquery().is_not(None)

    return Near(others, found)


def _narrowed(
    rows: Select[Any], conditions: tuple[str, ...], values: Values, known: dict[str, Condition]
) -> Select[Any]:
    return rows.where(*(known[name](values) for name in conditions if name in known))


def _unsorted(key: str, column: ColumnElement[Any], identity: ColumnElement[int], *kinds: Select[Any]) -> Source:
    """Rows by no index of their sort.

    The engines expect many of them, go through that index, and look each product up until the page is full.
    """
    found = unsorted(identity)
    first, *others = (Source(one, found if key == "id" else unsorted(column), found) for one in kinds)
    return first._replace(others=tuple(others))


def _found(conditions: tuple[str, ...], values: Values) -> Source:
    """The products that a search finds, by id: the word index of SQLite has them in this order."""
    found = word_index.found(values(WORDS))
    rows = select().select_from(beside_first(found.join(product, p.id == found.c.rowid)))
    together = variant_conditions.together(conditions, values, variant_conditions.OF_PRODUCT)
    rows = _narrowed(rows.where(*together), conditions, values, CONDITIONS | _ANY_WORDS)
    return Source(rows, found.c.rowid, found.c.rowid)


def _of_places(conditions: tuple[str, ...]) -> bool:
    """Whether a category's rows alone answer these conditions."""
    others = {name for name in conditions if name in CONDITIONS or name in variant_conditions.NAMES}
    return others <= OF_LINK.keys() | variant_conditions.PRICES


def _relevant(conditions: tuple[str, ...], values: Values) -> Source:
    """The products that a search finds, with their relevance."""
    hits = _hits(conditions, values)
    if hits is None:
        return Source(select().select_from(product).where(false()), p.id, p.id)
    known = CONDITIONS | _ANY_WORDS | of_status(hits.c.status)
    known |= {"category": below_category if BELOW in conditions else in_category}
    alone = _of_hits(conditions)
    joined = hits.join(product, p.id == hits.c.product_id)
    rows = select().select_from(hits if alone else _beside_stock(joined, conditions))
    rows = _narrowed(rows, conditions, values, known)
    key = relevance.key(hits, conditions, values, _is_exact(hits.c.product_id, conditions, values))
    together = variant_conditions.together(conditions, values, variant_conditions.OF_PRODUCT)
    head = None
    if WORDS in conditions and not values.outer:
        exact = id_of_sku(values.under("exact_"))
        of_few = known | of_listed(p.id) | _ANY_WORDS | of_status(p.status)

        def meets(product_id: ColumnElement[int], status: ColumnElement[str]) -> ColumnElement[bool]:
            if alone:
                return _has_status(status, conditions, values)
            one: Select[Any] = select(literal_column("1")).select_from(_beside_stock(product, conditions))
            one = _narrowed(one.where(p.id == product_id, *together), conditions, values, of_few)
            one = one.correlate_except(product, first_variant).limit(literal_column("1"))
            return one.scalar_subquery().is_not(None)

        head = relevance.head(conditions, values, exact, meets)
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
