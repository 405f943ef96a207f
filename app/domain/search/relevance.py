"""Relevance: how well a product answers a search, as one integer that both engines compute alike.

A word counts more in the name than in the brand, more in the brand than in the tags, more there than elsewhere, more as
a whole word than as the beginning of one, and more if it is rarer among the words of the search. A product whose
sku or gtin is the search comes first. A better product has a smaller key. Above the score the key holds the weights of
the words, so that the pages of a list use the same weights, whatever others write.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, literal_column, or_, select
from sqlalchemy.sql.selectable import TableValuedAlias

from app.domain import addresses
from app.domain.errors import Code, FieldError, Invalid, InvalidCursor, TandemError
from app.domain.pagination.keyset import Sort, Source, Values
from app.domain.search import vocabulary, word_index
from app.domain.search.vocabulary import Classes
from app.domain.sql.conditions import contains, integer
from app.domain.unicode.text import Query, neighbours
from app.domain.unit_of_work import Engine, Unit

SORT = "relevance"
MAX_WORDS = 10
"""Words of a search that rank products; a product must have all the others, too."""
_POINTS = {"name": (12, 10), "brand": (8, 7), "tags": (5, 4)}
"""The score of a word in a field, as a whole word of it and as the beginning of one."""
_COMMON = 2
"""The weight of the most common word of a search; one that is four times rarer weighs one more."""
_WEIGHT_BITS, _SCORE_BITS = 4, 16
MAX_PRODUCTS, MAX_PRODUCTS_OF_SEVERAL = 50_000, 200_000
"""Products that begin with the one word, or with the rarest of several, of a search that is ranked, at most."""
BROAD_FROM = 6
"""The class of the words of a search that may find so many."""
HEAD = "head"
HEAD_FROM, _HEAD = 6, 4_000
"""The class that makes a word common, and the products among which the first ones of such a search are looked for."""
_EXACT = 2**_SCORE_BITS - 1
"""The score of a product whose sku or gtin is the search."""
_INTEGER = integer(0)
"""Has the type of bind parameters that are integers."""


def weigh(classes: Sequence[int]) -> int:
    """The weights of words by their classes of frequency, as keys hold them."""
    most = max(classes, default=0)
    return sum((most - one + _COMMON) << (n * _WEIGHT_BITS + _SCORE_BITS) for n, one in enumerate(classes[:MAX_WORDS]))


def require(sort: Sort, words: Sequence[str] | None, *field: str) -> None:
    """Raise `Invalid` where products are to be sorted by relevance to no search; `field` is the path of the sort."""
    if sort.key == SORT and words is None:
        raise Invalid([FieldError(field, "`relevance` sorts search results; send `q`, too.")])


async def require_narrow(unit: Unit, words: Query, known: Classes) -> None:
    """Raise `query_too_complex` where too many products may have to be ranked.

    Common words that names have whole are no matter: the best products are read by themselves (`head`).
    """
    if not all(known.get(word, 0) >= BROAD_FROM for word in words):
        return
    whole = await vocabulary.products_with(unit, words)
    if all(whole.get(word, 0) >= 4**HEAD_FROM for word in words):
        return
    most = MAX_PRODUCTS if len(words) == 1 else MAX_PRODUCTS_OF_SEVERAL
    for word in words:
        if await vocabulary.products_with_prefix(unit, word) <= most:
            return
    raise TandemError(
        Code.QUERY_TOO_COMPLEX, "Too many products match for an order by relevance; search for more or longer words."
    )


def key_values(engine: Engine, words: Query, known: Classes, bounds: Mapping[str, Any]) -> dict[str, Any]:
    """The values of `key`; the names tell the words that rank, and the compounds of them that some product has.

    Where all words are common, the values of `head` are among them.

    The weights are those of the page's cursors, else those that the words have now. Raises `InvalidCursor` where the
    two cursors of a page have different ones.
    """
    ranking = neighbours(words)[:MAX_WORDS]
    packed = _weights_of_cursors(bounds)
    if packed is None:
        packed = weigh([known.get(word, 0) for word, *_ in ranking])
    parameters: dict[str, Any] = {"base": packed + _EXACT, "whole": word_index.whole(engine, words)}
    parameters |= {f"exact_{name}": value for name, value in addresses.sku_values(words.typed).items()}
    for n, (word, *compounds) in enumerate(ranking):
        parameters[f"weight_{n}"] = packed >> (n * _WEIGHT_BITS + _SCORE_BITS) & (2**_WEIGHT_BITS - 1)
        for place, one in enumerate((word, *(one for one in compounds if one in known))):
            parameters[f"word_{n}_{place}"] = f" {one}"
    if len(words) <= MAX_WORDS and are_common(words, known):
        parameters |= _head_values(parameters, bounds)
    return parameters


def are_common(words: Query, known: Classes) -> bool:
    """Whether each word of a search begins a common one."""
    return all(known.get(word, 0) >= HEAD_FROM for word in words)


def _head_values(parameters: Mapping[str, Any], bounds: Mapping[str, Any]) -> dict[str, int]:
    """The key of the best products, and the id after which those begin that stand behind the cursor of a page."""
    weights = sum(value for name, value in parameters.items() if name.startswith("weight_"))
    best = parameters["base"] - (weights * _POINTS["name"][0] * 2 + 1)
    key, row_id = bounds.get("after_key", 0), bounds.get("after_id", 0)
    return {} if key > best else {HEAD: best, "head_after": row_id if key == best else 0}


def _weights_of_cursors(bounds: Mapping[str, Any]) -> int | None:
    """The weights that the cursors of a page hold."""
    found = {bounds[name] >> _SCORE_BITS << _SCORE_BITS for name in ("after_key", "before_key") if name in bounds}
    if len(found) > 1:
        raise InvalidCursor("These cursors were issued at different times; send one of them.")
    return found.pop() if found else None


def key(
    hits: TableValuedAlias, names: Sequence[str], values: Values, is_exact: ColumnElement[bool]
) -> ColumnElement[int]:
    """The sort key of a hit, by the names of its `conditions`."""
    score = integer(0)
    for name in (name for name in names if name.startswith("weight_")):
        alike = [one for one in names if one.startswith(f"word_{name.removeprefix('weight_')}_")]
        score = score + values(name, _INTEGER) * _points(hits, [values(one, hits.c.name) for one in alike])
    whole = case((word_index.is_whole(hits, values("whole")), integer(1)), else_=integer(0))
    best = case((is_exact, integer(_EXACT)), else_=score * integer(2) + whole)
    return values("base", _INTEGER) - best


def head(
    names: Sequence[str],
    values: Values,
    exact: ColumnElement[int],
    meets: Callable[[ColumnElement[int], ColumnElement[str]], ColumnElement[bool]],
) -> Source | None:
    """The best products there can be, whose names have all words: they stand in front, unless one is `exact`.

    `meets` says whether a product, by its id and status, meets the other conditions.

    It looks at `_HEAD` products after the cursor alone, so a search of words that are rare together has none.
    """
    if HEAD not in names:
        return None
    entries = word_index.entries(values("head_after", _INTEGER), integer(_HEAD))
    conditions: list[ColumnElement[bool]] = [exact.is_(None)]
    for name in (name for name in names if name.startswith("weight_")):
        alike = [one for one in names if one.startswith(f"word_{name.removeprefix('weight_')}_")]
        words = (values(one, entries.c.name).concat(literal_column("' '")) for one in alike)
        conditions.append(or_(*(contains(entries.c.name, word) for word in words)))
    conditions.append(meets(entries.c.product_id, entries.c.status))
    return Source(select().select_from(entries).where(*conditions), values(HEAD, _INTEGER), entries.c.product_id)


def _points(hits: TableValuedAlias, alike: Sequence[ColumnElement[str]]) -> ColumnElement[int]:
    """The score of a word, or of a compound with it, in a product. Most fields do not even have its beginning."""
    space: ColumnElement[str] = literal_column("' '")
    cases = []
    for field, (whole, beginning) in _POINTS.items():
        is_whole = or_(*(contains(hits.c[field], word.concat(space)) for word in alike))
        points = case((is_whole, integer(whole)), else_=integer(beginning))
        cases.append((or_(*(contains(hits.c[field], word) for word in alike)), points))
    return case(*cases, else_=integer(0))
