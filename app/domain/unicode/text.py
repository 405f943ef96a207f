"""Search folding: how names sort and words match, the same on every engine.

A mark is a diacritic or not by its script: `é` is found by `e`, but a Devanagari vowel sign or a Kana voicing mark
makes another letter. What is the same name is another question (`identity`).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import regex

from app.domain.unicode.ascii_words import ascii_words
from app.domain.unicode.latin_letters import PLAIN

KEY_LENGTH = 600
"""Characters of a folded key that are stored: an index row of PostgreSQL holds 2,700 bytes."""

WORD_LENGTH = 500
"""Characters of a word that are indexed: a lexeme of PostgreSQL holds 2,046 bytes."""

MAX_QUERY = 200
"""Characters of a search at most."""

MAX_CORRECTED = 500
"""Characters of a search at most once its words are corrected: at most two more for each word of eight."""

_WORDS = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*")
_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}\u0640\u02B9-\u02BF]")
"""Also the Arabic tatweel, which only widens, and the modifier apostrophes, which few keyboards have."""
_DIACRITICS = regex.compile(
    r"([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Common}])\p{M}+"
)
# Scripts that put no spaces between words: line breaking looks into their runs (UAX 14, classes SA and ID).
_UNSPACED = regex.compile(
    r"(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\p{Line_Break=SA}\u30FC\u3005]"
    r"\p{M}*)+"
)
_CLUSTERS = regex.compile(r"\X")
_SIGNS = str.maketrans("™℠", "  ")
"""They decompose into letters that belong to no word."""
_HYPHEN = re.compile(r"[-'&\u2010\u2019](?=\w)")
_ASCII_COMPOUND = re.compile(r"[a-z0-9]+(?:[-'&][a-z0-9]+)+")
_COMPOUND = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[-'&\u2010\u2019][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)+")
_AMOUNT = re.compile(r"(?<!\w)\d+ [^\W\d_]{1,3}\b")
"""A number and its unit, such as 5 mm."""
_MAY_BE_COMPOUND = re.compile(r"[-'&0-9](?:(?<![0-9])|(?<=[0-9]) [A-Za-z]{1,3}\b)")
"""What no ASCII text with a compound is without; it is looked for at few characters alone."""
_BETWEEN = re.compile(r"[-'&\u2010\u2019 ]")


class Query(tuple[str, ...]):
    """The words of a search, each of which must begin a word; `typed` is the search as it was typed."""

    typed: str

    def __new__(cls, words: tuple[str, ...], typed: str) -> "Query":
        """The words, with the text that they come from."""
        made = super().__new__(cls, words)
        made.typed = typed
        return made


def fold(text: str) -> str:
    """NFKD, diacritics dropped by script, case folded, Latin letters plain; folding twice changes nothing."""
    if text.isascii():
        return text.lower()
    folded = _bare(unicodedata.normalize("NFKD", _INVISIBLE.sub("", text)))
    folded = _bare(unicodedata.normalize("NFKD", folded.casefold())).translate(PLAIN)
    return folded.replace("\u0e4d\u0e32", "\u0e33").replace("\u0ecd\u0eb2", "\u0eb3")  # Thai and Lao AM is one letter


def _bare(text: str) -> str:
    return _DIACRITICS.sub(r"\1", text)


def key(text: str) -> str:
    """The folded text, cut to what an index can hold: what names are sorted by."""
    return fold(text)[:KEY_LENGTH]


def words(text: str) -> tuple[str, ...]:
    """The distinct folded words of a text, in order, as they are indexed.

    A word is a run of letters, marks and digits. A run without spaces between its words gives its pairs of grapheme
    clusters (UAX 29) and its last one.
    """
    if text.isascii():
        runs = ascii_words(text)
        return tuple(dict.fromkeys(runs if len(text) <= WORD_LENGTH else [run[:WORD_LENGTH] for run in runs]))
    return _short_words(text) if len(text) <= MAX_QUERY else _distinct(text)


def compounds(text: str) -> tuple[str, ...]:
    """The compounds that are indexed too: words with a hyphen, apostrophe or `&` between them, and amounts, as one.

    So `tshirt` finds T-Shirt, and `5mm` finds 5 mm.
    """
    if text.isascii() and not _MAY_BE_COMPOUND.search(text):
        return ()
    folded = _folded(text)
    found = [*_hyphenated(folded), *_AMOUNT.findall(folded)]
    joined = (_BETWEEN.sub("", one)[:WORD_LENGTH] for one in found if one.isascii() or not _UNSPACED.search(one))
    return tuple(dict.fromkeys(joined))


def _hyphenated(folded: str) -> list[str]:
    """The hyphenated words, looked for around each hyphen: most words have none."""
    compound = _ASCII_COMPOUND if folded.isascii() else _COMPOUND
    found: list[str] = []
    end = 0
    for hyphen in _HYPHEN.finditer(folded):
        if hyphen.start() < end:
            continue
        match = compound.search(folded, max(end, folded.rfind(" ", 0, hyphen.start()) + 1))
        if match is None:
            break
        found.append(match[0])
        end = match.end()
    return found


def query(q: str | None) -> Query | None:
    """The words of a search; None where there is none, no words where nothing can be found by it."""
    return Query(_distinct(q, whole=False), q) if q else None


def neighbours(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Each word of a search, with what it makes together with the word before and the word after it."""
    pairs = ["", *(a + b if is_spaced(a) and is_spaced(b) else "" for a, b in pairwise(words)), ""]
    return [tuple(filter(None, (word, pairs[n], pairs[n + 1]))) for n, word in enumerate(words)]


def is_spaced(word: str) -> bool:
    """Whether the script of a word puts spaces between words."""
    return word.isascii() or _UNSPACED.search(word) is None


def replaced(text: str, words: Mapping[str, str]) -> str:
    """A text with other words in place of some, which are given folded."""
    return _WORDS.sub(lambda found: words.get(fold(found[0]), found[0]), text)


def with_last(text: str, word: str) -> str:
    """A text that ends with another word in place of its last one."""
    begins = [found.start() for found in _WORDS.finditer(text)]
    return text[: begins[-1]] + word if begins else word


def sku_words(sku: str) -> tuple[str, ...]:
    """The words of a sku, and all of them as one, so that it is found without its punctuation."""
    parts = words(sku)
    if len(parts) < 2:
        return parts
    runs = ascii_words(sku) if sku.isascii() else _WORDS.findall(fold(sku))
    return (*parts, "".join(runs)[:WORD_LENGTH])


def _folded(text: str) -> str:
    return fold(text if text.isascii() else text.translate(_SIGNS))


def _distinct(text: str, *, whole: bool = True) -> tuple[str, ...]:
    folded = _folded(text)
    if folded.isascii():
        runs: list[str] = ascii_words(folded)
    else:
        runs = [word for run in _WORDS.findall(folded) for word in _split(run, whole=whole)]
    if len(folded) > WORD_LENGTH:
        runs = [run[:WORD_LENGTH] for run in runs]
    return tuple(dict.fromkeys(runs))


_short_words = lru_cache(maxsize=1024)(_distinct)
"""Searches and names come again; the memory for them is bounded by their length."""


def _split(run: str, *, whole: bool) -> list[str]:
    """A run of letters as words; `whole` adds the last cluster of a run without spaces, which begins no pair."""
    if run.isascii() or _UNSPACED.search(run) is None:
        return [run]
    found: list[str] = []
    at = 0
    for match in _UNSPACED.finditer(run):
        found += [run[at : match.start()]] if at < match.start() else []
        clusters = _CLUSTERS.findall(match[0])
        found += map("".join, pairwise(clusters))
        found += clusters[-1:] if whole or len(clusters) == 1 else []
        at = match.end()
    return [*found, run[at:]] if at < len(run) else found
