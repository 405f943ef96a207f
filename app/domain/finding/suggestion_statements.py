"""The statements of suggestions, each of which reads a bounded number of rows."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, case, select, text, union_all

from app.domain import visibility
from app.domain.catalogue import categories as tree
from app.domain.catalogue.product_lookup import has_sku
from app.domain.catalogue.product_rows import p
from app.domain.pagination.keyset import Values
from app.domain.search import vocabulary, word_index
from app.domain.search.vocabulary import begins, w
from app.domain.sql.conditions import contains, integer, one_of
from app.domain.unit_of_work import Statement

MAX_WORDS = 5
"""Words of a search that the name of a category is to have."""
_MAX_CATEGORIES = 5_000
"""Categories that are looked at, the oldest first."""
_MAX_BRANDS, _MAX_OF_BRAND = 20, 100
"""Brands that are looked at, and the newest products of each, among which an active one is looked for."""
_LIMIT = bindparam("most", type_=p.id.type)
_PREFIX = bindparam("prefix", type_=p.name.type)

WORDS = Statement(select(w.word, w.products).where(one_of(w.word, "words")))


def _of_class(n: int) -> Select[Any]:
    """The first words of a class of frequency that begin with the prefix."""
    is_of = w.frequency == integer(n) if n else w.frequency.is_(None)
    rows = select(w.word, w.products, integer(n).label("class")).where(is_of, begins(w.word, _PREFIX))
    return select(rows.order_by(w.word).limit(_LIMIT).subquery(f"class_{n}"))


_beginnings = union_all(*(_of_class(n) for n in range(vocabulary.CLASSES + 1))).subquery("beginnings")
BEGINNINGS = Statement(
    select(_beginnings.c.word, _beginnings.c.products)
    .order_by(_beginnings.c["class"].desc(), _beginnings.c.word)
    .limit(_LIMIT)
)
"""Words that begin with a prefix, those of the most frequent class first: each class is a range of an index."""

# Without an offset PostgreSQL would go through all products by their ids, in the hope of an early hit.
_hits = select(word_index.hits(bindparam("words"))).offset(integer(0)).subquery("found")
HITS = Statement(select(_hits).order_by(_hits.c.product_id).limit(_LIMIT))
"""The oldest products that query text finds, of any status, with the words that rank them."""

_active = visibility.is_active(p.status)
BY_SKU = Statement(select(p.id, p.name).where(has_sku(Values()), _active))
BY_NAME = Statement(
    select(p.id, p.name).where(_active, begins(p.name_key, _PREFIX)).order_by(p.name_key, p.id).limit(_LIMIT)
)
NAMES = Statement(select(p.id, p.name).where(one_of(p.id, "ids"), _active))


@lru_cache(maxsize=MAX_WORDS)
def categories(words: int) -> Statement:
    """Categories whose names have so many words, those that begin with the prefix first."""
    c = select(tree.category).order_by(tree.c.id).limit(integer(_MAX_CATEGORIES)).subquery("oldest").c
    rows = select(c.id, c.name).where(*(contains(c.words, bindparam(f"word_{n}")) for n in range(words)))
    is_first = case((begins(c.name_key, _PREFIX), integer(0)), else_=integer(1))
    return Statement(rows.order_by(is_first, c.name_key, c.id).limit(_LIMIT))


BRANDS = Statement(
    text(
        "WITH RECURSIVE brand (value, place) AS ("  # noqa: S608 - constants
        " SELECT min(value), 1 FROM product_value WHERE name = 'brand' AND value >= :low AND value < :high"
        " UNION ALL"
        " SELECT (SELECT min(other.value) FROM product_value AS other WHERE other.name = 'brand'"
        "  AND other.value > brand.value AND other.value < :high), brand.place + 1"
        f" FROM brand WHERE brand.value IS NOT NULL AND brand.place < {_MAX_BRANDS})"
        " SELECT (SELECT recent.label FROM (SELECT own.product_id, own.label FROM product_value AS own"
        "  WHERE own.name = 'brand' AND own.value = brand.value"
        f" ORDER BY own.product_id DESC LIMIT {_MAX_OF_BRAND}) AS recent"
        f" JOIN product ON product.id = recent.product_id AND product.{visibility.IS_ACTIVE}"
        "  ORDER BY recent.product_id DESC LIMIT 1)"
        " FROM brand WHERE brand.value IS NOT NULL ORDER BY brand.place"
    ).bindparams(bindparam("low"), bindparam("high"))
)
"""The brands that begin with a text, as the newest active product of each writes it; each is found by one seek."""
