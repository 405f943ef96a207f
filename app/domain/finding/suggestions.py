"""Suggestions while typing: how a search may go on, and the categories, brands and products that it may mean.

The work is bounded, whatever the size of the catalogue: a statement reads some rows from a place of an index on, or the
products of a word that few have. What would read more is left out: a search of common words suggests the products whose
names begin with it alone. Nothing is told of products that are not active.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from app.domain import addresses, visibility
from app.domain.catalogue import product_values
from app.domain.finding import suggestion_statements as statements
from app.domain.search import vocabulary, word_index
from app.domain.unicode import text
from app.domain.unit_of_work import Row, Unit

QUERY, CATEGORY, BRAND, PRODUCT = KINDS = ("query", "category", "brand", "product")
DEFAULT, MAX_SUGGESTIONS = 8, 20
MAX_TEXT = 2 * text.MAX_QUERY
"""Characters of a suggestion at most."""
MAX_HITS = 300
"""If a word has at most this many products, all of them are read; a word with more is common."""
_MAX_PAIRED = 300
"""Above this count two words are assumed to co-occur."""
_MAX_COMPLETIONS = 5
"""The number of completions of the last word."""


class Suggestion(NamedTuple):
    """What is suggested, as people read it; the id of a product or category."""

    kind: str
    text: str
    id: int | None = None


class _Typed(NamedTuple):
    """What was typed: the words before the last one, which may be the beginning of one."""

    q: str
    before: tuple[str, ...]
    last: str


class _Completion(NamedTuple):
    """A word that the last one may become, and how many products have it."""

    word: str
    products: int


async def suggest(unit: Unit, q: str, most: int) -> list[Suggestion]:
    """At most so many suggestions for what was typed so far; none for what has no words."""
    words = text.query(q)
    if not words:
        return []
    typed = _Typed(q, words[:-1], words[-1])
    ways, hits = await _completions(unit, typed)
    completed = (text.with_last(q, way.word)[:MAX_TEXT] for way in ways)
    found = {
        QUERY: [Suggestion(QUERY, one) for one in completed if text.query(one) != words],
        CATEGORY: [Suggestion(CATEGORY, name, row_id) for row_id, name in await _categories(unit, typed, most)],
        BRAND: [Suggestion(BRAND, label) for label in await _brands(unit, q)],
        PRODUCT: [Suggestion(PRODUCT, name, row_id) for row_id, name in await _products(unit, typed, hits, most)],
    }
    return _shared_out(found, most)


def _shared_out(found: Mapping[str, Sequence[Suggestion]], most: int) -> list[Suggestion]:
    """A quarter of each kind; what one leaves goes to the others in their order."""
    share = max(1, most // len(KINDS))
    counts = {kind: min(len(found[kind]), share) for kind in KINDS}
    for kind in KINDS:
        counts[kind] = min(len(found[kind]), counts[kind] + max(0, most - sum(counts.values())))
    return [one for kind in KINDS for one in found[kind][: counts[kind]]][:most]


async def _completions(unit: Unit, typed: _Typed) -> tuple[list[_Completion], list[Row]]:
    """What the last word may become, the most frequent first, and the products that have it beside the others."""
    if not text.is_spaced(typed.last):
        return [], []
    known = {row[0]: row[1] for row in await unit.all(statements.WORDS, words=list(typed.before))}
    if not known.keys() >= set(typed.before):
        return [], []
    rarest = min(known.values(), default=None)
    if rarest is not None and rarest <= MAX_HITS:
        hits = await _hits(unit, word_index.whole(unit.engine, typed.before))
        counted = Counter(word for hit in hits for word in _words_with_prefix(hit, typed.last))
        ways = sorted((_Completion(*one) for one in counted.items()), key=lambda way: (-way.products, way.word))
        return ways[:_MAX_COMPLETIONS], [hit for hit in hits if any(_words_with_prefix(hit, typed.last))]
    beginnings = await unit.all(statements.BEGINNINGS, prefix=typed.last, most=_MAX_COMPLETIONS)
    ways = [_Completion(*row) for row in beginnings]
    if rarest is not None:
        ways = [way for way in ways if await _cooccur(unit, typed.before, way, rarest)]
    return ways, await _hits_of(unit, typed.before, ways)


async def _cooccur(unit: Unit, before: Sequence[str], way: _Completion, rarest: int) -> bool:
    """Whether a product has a word beside others, of which the rarest has so many products."""
    if min(way.products, rarest) > _MAX_PAIRED:
        return True
    return bool(await unit.all(statements.HITS, words=word_index.whole(unit.engine, (*before, way.word)), most=1))


async def _hits_of(unit: Unit, before: Sequence[str], ways: Sequence[_Completion]) -> list[Row]:
    """The products that have one of the rarer words beside others."""
    rare: list[str] = []
    left = MAX_HITS
    for way in ways:
        if way.products <= left:
            left -= way.products
            rare.append(way.word)
    return await _hits(unit, word_index.beside(unit.engine, before, rare)) if rare else []


async def _hits(unit: Unit, words: str) -> list[Row]:
    """The active products that query text finds, as (id, words of name, brand and tags)."""
    rows = await unit.all(statements.HITS, words=words, most=MAX_HITS)
    return [row[:4] for row in rows if visibility.is_public(row[4])]


def _words_with_prefix(hit: Row, last: str) -> Iterator[str]:
    """The words of a product's name, brand and tags that begin with one."""
    return (word for word in dict.fromkeys(" ".join(hit[1:]).split()) if word.startswith(last))


async def _categories(unit: Unit, typed: _Typed, most: int) -> Sequence[Row]:
    words = (*typed.before, typed.last)[: statements.MAX_WORDS]
    values = {f"word_{n}": f" {word}" for n, word in enumerate(words)}
    return await unit.all(statements.categories(len(words)), prefix=text.key(typed.q.strip()), most=most, **values)


async def _brands(unit: Unit, q: str) -> list[str]:
    beginning = product_values.key(q)
    rows = await unit.all(statements.BRANDS, low=beginning, high=beginning + vocabulary.LAST) if beginning else ()
    return [label for (label,) in rows if label is not None]


async def _products(unit: Unit, typed: _Typed, hits: Sequence[Row], most: int) -> list[Row]:
    """Products by id and name: that of the sku, those whose names begin with the search, those that have its words."""
    values = addresses.sku_values(typed.q)
    found = [
        *await unit.all(statements.BY_SKU, **values),
        *await unit.all(statements.BY_NAME, prefix=text.key(typed.q.strip()), most=most),
    ]
    known = {row[0] for row in found}
    others = [hit for hit in hits if hit[0] not in known] if len(found) < most else []
    nearest = [hit[0] for hit in sorted(others, key=lambda hit: (not _is_named(hit, typed), hit[0]))[:most]]
    if nearest:
        rows = {row[0]: row for row in await unit.all(statements.NAMES, ids=nearest)}
        found += [rows[row_id] for row_id in nearest if row_id in rows]
    return list({row[0]: row for row in found}.values())[:most]


def _is_named(hit: Row, typed: _Typed) -> bool:
    """Whether the name of a product has all words of a search."""
    return all(f" {word} " in hit[1] for word in typed.before) and f" {typed.last}" in hit[1]
