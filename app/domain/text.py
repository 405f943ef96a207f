"""Folding: how names sort and words match, the same on every engine."""

import re
import unicodedata
from functools import lru_cache

KEY_LENGTH = 600
"""Characters of a folded key that are stored: an index row of PostgreSQL holds 2,700 bytes."""

WORD_LENGTH = 500
"""Characters of a word that are indexed: a lexeme of PostgreSQL holds 2,046 bytes."""

MAX_QUERY = 200
"""Characters of a search at most."""

_RUNS = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """NFKD, marks dropped, case folded (The Unicode Standard, section 3.13); folding twice changes nothing."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    for mark in [c for c in set(folded) if not c.isascii() and unicodedata.category(c).startswith("M")]:
        folded = folded.replace(mark, "")
    return folded


def key(text: str) -> str:
    """The folded text, cut to what an index can hold: what names are sorted and compared by."""
    return fold(text)[:KEY_LENGTH]


@lru_cache(maxsize=1024)
def words(text: str) -> tuple[str, ...]:
    """The distinct folded words of a text, in order: a word is a run of letters and digits."""
    folded = fold(text)
    runs: list[str] = _RUNS.findall(folded)
    if len(folded) > WORD_LENGTH:
        runs = [run[:WORD_LENGTH] for run in runs]
    return tuple(dict.fromkeys(runs))
