"""Spelling: the words that were meant by those of a search that begin no word of the catalogue.

A word of at least four letters may be one edit away, one of at least eight two: an insertion, a deletion, a
substitution, or a transposition of neighbours (the distance of Damerau and Levenshtein, where no letter is edited
twice). Of several words the nearest is meant, then the one that most products have. Words with digits stay as they are.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import regex
from sqlalchemy import bindparam, func, select, union

from app.domain.models import ACTIVE
from app.domain.search import word_index
from app.domain.search.vocabulary import Classes, begins, w, word
from app.domain.sql.conditions import each_text, one_of
from app.domain.unicode import text
from app.domain.unicode.text import Query
from app.domain.unit_of_work import Statement, Unit

ONE_EDIT_FROM, TWO_EDITS_FROM, LONGEST = 4, 8, 32
"""Letters that a word needs to be one edit or two away, and those that it may have."""
MAX_SPELLINGS = 40_000
"""Spellings that are looked for in one search, at most: some scripts have thousands of letters."""
_LETTERS = regex.compile(r"[\p{L}\p{M}]+")
_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz")

_listed = {
    name: each_text(bindparam(name)).table_valued("value", name=name) for name in ("spellings", "beginnings", "endings")
}
_EQUAL = Statement(select(w.word, w.products).where(w.word.in_(select(_listed["spellings"].c.value))))
_LENGTH = func.length(w.word).between(
    bindparam("shortest", type_=w.products.type), bindparam("longest", type_=w.products.type)
)
_ALIKE = Statement(
    union(
        *(
            select(w.word, w.products)
            .join_from(_listed[name], word, begins(column, _listed[name].c.value))
            .where(_LENGTH)
            for name, column in (("beginnings", w.word), ("endings", w.backward))
        )
    )
)
_hits = word_index.hits(bindparam("words")).c
_IS_FOUND = Statement(select(_hits.product_id).where(one_of(_hits.status, "statuses")).limit(1))


async def correct(unit: Unit, query: Query, known: Classes, statuses: Sequence[str] = (ACTIVE,)) -> Query:
    """The search with the words that were meant; itself where it may find something, or nothing is near.

    A word that only products of other `statuses` have is corrected, so that no answer reveals it.
    """
    meant: dict[str, str] = {}
    left = MAX_SPELLINGS
    for each in text.neighbours(query):
        one = each[0]
        if known.keys().isdisjoint(each) and _is_correctable(one) and _spellings(one) <= left:
            # The vocabulary has no compounds and no words of skus.
            words = word_index.either(unit.engine, each)
            if await unit.all(_IS_FOUND, words=words, statuses=list(statuses)):
                continue
            left -= _spellings(one)
            if nearest := await _nearest(unit, one):
                meant[one] = nearest
    return text.query(text.replaced(query.typed, meant)) or query if meant else query


def _is_correctable(one: str) -> bool:
    return ONE_EDIT_FROM <= len(one) <= LONGEST and text.is_spaced(one) and _LETTERS.fullmatch(one) is not None


def _spellings(one: str) -> int:
    """About how many spellings are one edit away from a word, or from half of it where two edits are looked for."""
    edited = len(one) // 2 if len(one) >= TWO_EDITS_FROM else len(one)
    return (2 * edited + 1) * len(alphabet(one))


async def _nearest(unit: Unit, wrong: str) -> str | None:
    """The word of the catalogue that is nearest to one that it does not have."""
    letters, most = alphabet(wrong), 1 + (len(wrong) >= TWO_EDITS_FROM)
    if most == 1:
        rows = await unit.all(_EQUAL, spellings=sorted(one_edit_away(wrong, letters)))
    else:
        half = len(wrong) // 2
        # Either one edit at most is in the first half, or none is in the second, where one may swap the two in between.
        endings = wrong[half:], wrong[half] + wrong[half - 1] + wrong[half + 1 :]
        rows = await unit.all(
            _ALIKE,
            beginnings=sorted(one_edit_away(wrong[:half], letters)),
            endings=[ending[::-1] for ending in endings],
            shortest=len(wrong) - most,
            longest=len(wrong) + most,
        )
    near = ((edits(wrong, one), -products, one) for one, products in rows if letters.issuperset(one))
    return min((found for found in near if found[0] <= most), default=(0, 0, None))[2]


def alphabet(one: str) -> frozenset[str]:
    """The folded letters of the scripts of a word: those in its parts of Unicode, 256 code points each."""
    if one.isascii():
        return _LATIN
    return frozenset().union(*(_letters(part) for part in {ord(letter) >> 8 for letter in one}))


@lru_cache(maxsize=256)
def _letters(part: int) -> frozenset[str]:
    letters = map(chr, range(part << 8, (part + 1) << 8))
    return frozenset(letter for letter in letters if _LETTERS.fullmatch(letter) and text.fold(letter) == letter)


def one_edit_away(one: str, letters: frozenset[str]) -> set[str]:
    """A word and all that are one edit away from it."""
    return {one, *_edited(one, letters)}


def _edited(one: str, letters: frozenset[str]) -> Iterator[str]:
    for n in range(len(one) + 1):
        before, after = one[:n], one[n:]
        yield from (before + letter + after for letter in letters)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in letters)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


def edits(one: str, other: str) -> int:
    """The edits between two words; a transposition of neighbours is one, and no letter is edited twice."""
    earlier: list[int] = []
    above = list(range(len(other) + 1))
    for n, letter in enumerate(one, 1):
        row = [n]
        for m, its in enumerate(other, 1):
            least = min(above[m] + 1, row[m - 1] + 1, above[m - 1] + (letter != its))
            if n > 1 and m > 1 and letter == other[m - 2] and one[n - 2] == its:
                least = min(least, earlier[m - 2] + 1)
            row.append(least)
        earlier, above = above, row
    return above[-1]
