"""What a search finds and how it ranks, by loops over products in plain Python: what the engines are compared with."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, NamedTuple

from app.domain.search import spelling
from app.domain.unicode import identity, text

_POINTS = {"name": (12, 10), "brand": (8, 7), "tags": (5, 4)}


class Entry(NamedTuple):
    """The words of a product: those of each field, and all of them."""

    id: int
    fields: Mapping[str, frozenset[str]]
    plain: frozenset[str]
    all: frozenset[str]
    sku: str | None
    gtins: frozenset[str]


def entry(product_id: int, product: Mapping[str, Any]) -> Entry:
    """The words of a product as an import line has it."""
    texts = {name: _joined(product.get(name)) for name in ("name", "brand", "tags", "description")}
    plain = frozenset(word for one in texts.values() for word in text.words(one))
    compounds = {word for one in texts.values() for word in text.compounds(one)}
    fields = {name: frozenset((*text.words(texts[name]), *text.compounds(texts[name]))) for name in _POINTS}
    sku = product.get("sku")
    gtins = {one.get("gtin") for one in (product, *product.get("variants", ()))} - {None}
    skus = {one.get("sku") for one in (product, *product.get("variants", ()))} - {None}
    words = plain | compounds | {word for one in skus for word in text.sku_words(one)}
    return Entry(product_id, fields, plain, words, sku, frozenset(gtins))


def _joined(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else value or ""


class Ranking:
    """The products of a catalogue, and how many of them have each word."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)
        self._known: dict[str, frozenset[int]] = {}

    @cached_property
    def products(self) -> Counter[str]:
        """How many products have a word."""
        return Counter(word for one in self.entries for word in one.plain if text.is_spaced(word) and len(word) <= 64)

    def found(self, q: str) -> list[Entry]:
        """The products that a search finds, by id."""
        alike = text.neighbours(text.query(q) or ())
        having = [frozenset().union(*map(self._having, each)) for each in alike]
        ids = frozenset.intersection(*having) if having else frozenset()
        return [one for one in self.entries if one.id in ids or q.strip() in one.gtins]

    def _having(self, beginning: str) -> frozenset[int]:
        """The ids of the products that have a word with a beginning."""
        if beginning not in self._known:
            words = (word for word in self._places if word.startswith(beginning))
            self._known[beginning] = frozenset(one for word in words for one in self._places[word])
        return self._known[beginning]

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """The ids of the products that have each word."""
        found: dict[str, list[int]] = {}
        for one in self.entries:
            for word in one.all:
                found.setdefault(word, []).append(one.id)
        return found

    def ranked(self, q: str) -> list[int]:
        """The ids of the products that a search finds, the best first."""
        words = text.query(q) or ()
        weights = self.weights(words[:10])
        return [one.id for one in sorted(self.found(q), key=lambda one: (-score(one, q, words, weights), one.id))]

    def corrected(self, q: str) -> str | None:
        """The search that was meant, where a word of this one begins no word of any product."""
        meant = {}
        for word, *compounds in text.neighbours(text.query(q) or ()):
            if len(word) > 3 and _is_letters(word) and not self._knows((word, *compounds)):
                most = 1 if len(word) < 8 else 2
                alphabet = spelling.alphabet(word)
                near = [
                    (edits, -count, one)
                    for one, count in self.products.items()
                    if _may_be_near(word, one, most)
                    and alphabet.issuperset(one)
                    and (edits := _edits(word, one)) <= most
                ]
                if near:
                    meant[word] = min(near)[2]
        return text.replaced(q, meant) if meant else None

    def _knows(self, alike: Sequence[str]) -> bool:
        return any(map(self._having, alike))

    def weights(self, words: Sequence[str]) -> list[int]:
        """The weight of each word: 2, and one more for each time that it is four times rarer than the most common."""
        classes = []
        for word in words:
            most = max((count for one, count in self.products.items() if one.startswith(word)), default=0)
            classes.append(sum(most >= 4**n for n in range(1, 11)))
        return [max(classes) - one + 2 for one in classes]


def _may_be_near(one: str, other: str, most: int) -> bool:
    """Whether two words have letters enough in common: an edit takes one away, and puts another one in."""
    return abs(len(one) - len(other)) <= most and sum((Counter(one) - Counter(other)).values()) <= most


def _is_letters(word: str) -> bool:
    return text.is_spaced(word) and all(unicodedata.category(letter)[0] in "LM" for letter in word)


@cache
def _edits(one: str, other: str) -> int:
    """The edits between two words, by their definition."""
    if not one or not other:
        return len(one) + len(other)
    ways = [
        _edits(one[1:], other) + 1,
        _edits(one, other[1:]) + 1,
        _edits(one[1:], other[1:]) + (one[0] != other[0]),
    ]
    if one[:2] == other[1::-1] and len(one) > 1 and len(other) > 1:
        ways.append(_edits(one[2:], other[2:]) + 1)
    return min(ways)


def one_begins(words: Iterable[str]) -> Any:
    """Tells of some texts whether one of them begins one of the words."""
    return lambda alike: any(word.startswith(tuple(alike)) for word in words)


def score(one: Entry, q: str, words: Sequence[str], weights: Sequence[int]) -> int:
    """How well a product fits a search."""
    if (one.sku is not None and identity.key(q) == identity.key(one.sku)) or q.strip() in one.gtins:
        return 2**16 - 1
    alike = text.neighbours(words)
    whole = all(not one.all.isdisjoint(each) for each in alike)
    return 2 * sum(weight * _worth(one, each) for weight, each in zip(weights, alike, strict=False)) + whole


def _worth(one: Entry, alike: Sequence[str]) -> int:
    for field, (whole, beginning) in _POINTS.items():
        if not one.fields[field].isdisjoint(alike):
            return whole
        if one_begins(one.fields[field])(alike):
            return beginning
    return 0
