"""The words of products, as the word index and the count of words take them."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from app.domain.unicode.text import compounds, is_spaced, sku_words, words

_MAX_CACHED = 200
"""The maximum characters of a text whose words are cached."""


class Document(NamedTuple):
    """The words of a product: all of them, those of what ranks it, each between spaces, and those that are `plain`.

    Compounds and the words of a sku are not plain: nobody writes them. Nor are words of scripts without spaces.
    """

    words: str
    name: str
    brand: str
    tags: str
    plain: tuple[str, ...]


def document(
    name: str, description: str = "", brand: str = "", tags: str = "", *, skus: Iterable[str] = ()
) -> Document:
    """The words of a product's texts and of its skus, as `index` takes them."""
    of_name, of_brand, of_tags = _ranking(name), _cached_words(brand), _cached_words(tags)
    plain = dict.fromkeys([*of_name.words, *of_brand.words, *of_tags.words, *words(description)])
    others = [*of_name.compounds, *of_brand.compounds, *of_tags.compounds, *compounds(description)]
    for sku in skus:
        others += sku_words(sku)
    indexed = " ".join(plain | dict.fromkeys(others))
    spaced = plain if indexed.isascii() else filter(is_spaced, plain)
    return Document(indexed, of_name.field, of_brand.field, of_tags.field, tuple(spaced))


class _Ranking(NamedTuple):
    """The words and the compounds of a text that ranks a product, and all of them between spaces."""

    words: Sequence[str]
    compounds: Sequence[str]
    field: str


def _ranking(text: str) -> _Ranking:
    found, joined = words(text), compounds(text)
    return _Ranking(found, joined, " ".join(("", *found, *joined, "")))


def _cached_words(text: str) -> _Ranking:
    """The words of a text that products are likely to share."""
    return _cached_ranking(text) if len(text) <= _MAX_CACHED else _ranking(text)


_cached_ranking = lru_cache(maxsize=1024)(_ranking)
