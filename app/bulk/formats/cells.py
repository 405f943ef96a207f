"""Cells of shops' files: lists, booleans, one-line texts and category paths."""

import html
import re
from collections.abc import Iterable

from app.domain.bulk import category_paths

_YES = frozenset({"1", "true", "yes", "y"})
_LAST = 9
"""Digits of a position."""
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_PIECES = re.compile(r"\\.|[^\\,]+|,|\\", re.DOTALL)


def split(cell: str, separator: str = ",") -> list[str]:
    """The non-empty parts of a list, trimmed."""
    return [part for part in map(str.strip, cell.split(separator)) if part]


def split_escaped(cell: str) -> list[str]:
    r"""The parts between commas; `\,` is a literal comma."""
    parts = [""]
    for piece in _PIECES.findall(cell):
        if piece == ",":
            parts.append("")
        else:
            parts[-1] += "," if piece == r"\," else piece
    return [part for part in map(str.strip, parts) if part]


def yes(cell: str) -> bool:
    """Whether a cell means yes."""
    return cell.casefold() in _YES


def position(cell: str) -> int:
    """A position; a cell without a number is last."""
    return int(cell) if cell.isdecimal() and len(cell) < _LAST else 10**_LAST


def unescaped(cell: str) -> str:
    """The characters that a cell spells as references of HTML, such as `&amp;`."""
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), cell)


def line(cell: str) -> str:
    """The text of a cell on one line, without HTML's references: each run of white space is a space."""
    return " ".join(unescaped(cell).split())


def paths(cells: Iterable[Iterable[str]]) -> list[str]:
    """The distinct paths of categories from the root, as import lines spell them."""
    named = ([name for name in map(line, names) if name] for names in cells)
    return list(dict.fromkeys(category_paths.spell(names) for names in named if names))


def names(bare: Iterable[str]) -> list[str]:
    """The distinct bare names of categories, as import lines spell them."""
    return list(dict.fromkeys(category_paths.spell_bare(line(name)) for name in bare))
