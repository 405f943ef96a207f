"""Cells of shops' files: lists, yes and no, texts of one line, paths of categories."""

import re
from collections.abc import Iterable

from app.domain.bulk import category_paths

_YES = frozenset({"1", "true", "yes", "y"})
_LAST = 9
"""Digits of a position."""
_PIECES = re.compile(r"\\.|[^\\,]+|,|\\", re.DOTALL)


def split(cell: str, separator: str = ",") -> list[str]:
    """The parts of a list, without blanks around them; empty ones are left out."""
    return [part for part in map(str.strip, cell.split(separator)) if part]


def split_escaped(cell: str) -> list[str]:
    r"""The parts between commas, where `\,` is a comma itself."""
    parts = [""]
    for piece in _PIECES.findall(cell):
        if piece == ",":
            parts.append("")
        else:
            parts[-1] += "," if piece == r"\," else piece
    return [part for part in map(str.strip, parts) if part]


def yes(cell: str) -> bool:
    """Whether a cell says yes."""
    return cell.casefold() in _YES


def position(cell: str) -> int:
    """A position; without a number it is last."""
    return int(cell) if cell.isdecimal() and len(cell) < _LAST else 10**_LAST


def line(cell: str) -> str:
    """The text of a cell on one line: each run of white space is a space."""
    return " ".join(cell.split())


def paths(cells: Iterable[Iterable[str]]) -> list[str]:
    """Paths of categories, each from the root, as an import line spells them; each once."""
    named = ([name for name in map(line, names) if name] for names in cells)
    return list(dict.fromkeys(category_paths.spell(names) for names in named if names))


def names(bare: Iterable[str]) -> list[str]:
    """Names of categories, wherever they stand, as an import line spells them; each once."""
    return list(dict.fromkeys(category_paths.spell_bare(line(name)) for name in bare))
