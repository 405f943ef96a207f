"""Relevance: how well a product answers a search, as one integer that both engines compute alike.

A word counts more in the name than in the brand, more in the brand than in the tags, more there than elsewhere, more as
a whole word than as the beginning of one, and more if it is rarer among the words of the search. A product whose
sku or gtin is the search comes first. A better product has a smaller key. Above the score the key holds the weights of
the words, so that the pages of a list use the same weights, whatever others write.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, literal_column
from sqlalchemy.sql.selectable import TableValuedAlias

from app.domain import addresses
from app.domain.errors import FieldError, Invalid, InvalidCursor
from app.domain.pagination.keyset import Sort, Values
from app.domain.search import word_index
from app.domain.search.vocabulary import Classes
from app.domain.sql.conditions import contains, integer
from app.domain.unicode.text import Query, neighbours
from app.domain.unit_of_work import Engine

SORT = "relevance"
MAX_WORDS = 10
"""Words of a search that rank products; a product must have all the others, too."""
_POINTS = {"name": (12, 10), "brand": (8, 7), "tags": (5, 4)}
"""The score of a word in a field, as a whole word of it and as the beginning of one."""
_COMMON = 2
"""The weight of the most common word of a search; one that is four times rarer weighs one more."""
_WEIGHT_BITS, _SCORE_BITS = 4, 16
_EXACT = 2**_SCORE_BITS - 1
"""The score of a product whose sku or gtin is the search."""


def weigh(classes: Sequence[int]) -> int:
    """The weights of words by their classes of frequency, as keys hold them."""
    most = max(classes, default=0)
    return sum((most - one + _COMMON) << (n * _WEIGHT_BITS + _SCORE_BITS) for n, one in enumerate(classes[:MAX_WORDS]))


def require(sort: Sort, words: Sequence[str] | None, *field: str) -> None:
    """Raise `Invalid` where products are to be sorted by relevance to no search; `field` is the path of the sort."""
    if sort.key == SORT and words is None:
        raise Invalid([FieldError(field, "`relevance` sorts only what a search finds; give `q`, too.")])


def conditions(engine: Engine, words: Query, known: Classes, bounds: Mapping[str, Any]) -> dict[str, Any]:
    """The values of `key`; the names tell the words that rank, and the compounds of them that some product has.

    The weights are those of the page's cursors, else those that the words have now. Raises `InvalidCursor` where the
    two cursors of a page have different ones.
    """
    ranking = neighbours(words)[:MAX_WORDS]
    packed = _of_cursors(bounds)
    if packed is None:
        packed = weigh([known.get(word, 0) for word, *_ in ranking])
    given: dict[str, Any] = {"base": packed + _EXACT, "whole": word_index.whole(engine, words)}
    given |= {f"exact_{name}": value for name, value in addresses.sku_values(words.typed).items()}
    for n, (word, *compounds) in enumerate(ranking):
        given[f"weight_{n}"] = packed >> (n * _WEIGHT_BITS + _SCORE_BITS) & (2**_WEIGHT_BITS - 1)
        for place, one in enumerate((word, *(one for one in compounds if one in known))):
            given[f"word_{n}_{place}"] = f" {one}"
    return given


def _of_cursors(bounds: Mapping[str, Any]) -> int | None:
    """The weights that the cursors of a page hold."""
    found = {bounds[name] >> _SCORE_BITS << _SCORE_BITS for name in ("after_key", "before_key") if name in bounds}
    if len(found) > 1:
        raise InvalidCursor("These two cursors come from different times; take one of them.")
    return found.pop() if found else None


def key(
    hits: TableValuedAlias, names: Sequence[str], values: Values, is_exact: ColumnElement[bool]
) -> ColumnElement[int]:
    """The sort key of a hit, by the names of its `conditions`."""
    score = integer(0)
    for name in (name for name in names if name.startswith("weight_")):
        alike = [one for one in names if one.startswith(f"word_{name.removeprefix('weight_')}_")]
        score = score + values(name, _INTEGER) * _points(hits, [values(one, hits.c.name) for one in alike])
    whole = case((word_index.matches(hits.c.product_id, values("whole")), integer(1)), else_=integer(0))
    best = case((is_exact, integer(_EXACT)), else_=score * integer(2) + whole)
    return values("base", _INTEGER) - best


_INTEGER = integer(0)


def _points(hits: TableValuedAlias, alike: Sequence[ColumnElement[str]]) -> ColumnElement[int]:
    """The score of a word, or of a compound with it, in a product."""
    space: ColumnElement[str] = literal_column("' '")
    cases = [
        (contains(hits.c[field], word.concat(space) if end else word), integer(points))
        for field, (whole, beginning) in _POINTS.items()
        for end, points in ((True, whole), (False, beginning))
        for word in alike
    ]
    return case(*cases, else_=integer(0))
