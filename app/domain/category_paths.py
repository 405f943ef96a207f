r"""Categories by name, as imports spell them: `Books > Comics` is a path from the root, `Comics` whichever bears it.

Segments are trimmed and compared folded. An empty first segment makes one name a path (`> Comics`: at the root), and a
backslash before `>` or `\` takes it literally.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import select

from app.domain import categories, models, text
from app.domain.reading import Reader, unstorable
from app.domain.sql import one_of
from app.domain.unit import Row, Statement, Unit

MAX_DEPTH = 100
_ROOT = 0
_PIECES = re.compile(r"\\[\\>]|>|[^\\>]+|\\")
_SPECIAL = re.compile(r"[\\>]")

_BY_KEY = Statement(
    select(categories.c.id, categories.c.parent_id, categories.c.name_key).where(one_of(categories.c.name_key, "keys"))
)


class CategoryPath(NamedTuple):
    """Names from the top down; a path that is not `rooted` is one bare name."""

    names: tuple[str, ...]
    rooted: bool

    @property
    def keys(self) -> tuple[str, ...]:
        """The folded names."""
        return _keys(self.names)


class Planned(NamedTuple):
    """A category that is to be made. Its id is negative, and so is its parent's where that is to be made first."""

    id: int
    parent: int
    name: str


@lru_cache(maxsize=4096)
def _keys(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(text.key, names))


@lru_cache(maxsize=4096)
def parse(path: str) -> CategoryPath:
    """The path that a text spells; names may come out empty or too long."""
    names = [""]
    for piece in _PIECES.findall(path):
        if piece == ">":
            names.append("")
        else:
            names[-1] += piece[1:] if len(piece) == 2 and piece[0] == "\\" else piece
    trimmed = tuple(name.strip() for name in names)
    rooted = len(trimmed) > 1
    return CategoryPath(trimmed[1:] if rooted and not trimmed[0] else trimmed, rooted)


def spell(names: Sequence[str]) -> str:
    """The text that `parse` takes for the path of these names from the root; a single one is spelled `> Name`."""
    path = " > ".join(map(_escaped, names))
    return path if len(names) > 1 else f"> {path}"


def spell_bare(name: str) -> str:
    """The text that `parse` takes for this name, wherever it stands."""
    return _escaped(name)


def _escaped(name: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", name)


def read(reader: Reader, name: str) -> dict[int, CategoryPath]:
    """The paths of a member (a list of texts, or null), by their index; what is wrong is noted with the reader."""
    value = reader.members[name] or []
    if not isinstance(value, list):
        reader.fault(name, "must be a list of names or paths")
        return {}
    if len(value) > models.MAX_CATEGORIES:
        reader.fault(name, f"must have at most {models.MAX_CATEGORIES} categories")
    paths: dict[int, CategoryPath] = {}
    for index, item in enumerate(value[: models.MAX_CATEGORIES]):
        path = parse(item) if isinstance(item, str) else None
        if path is None:
            reader.fault(name, "must be a list of names or paths", index)
        elif problem := unstorable(item) or _problem(path):
            reader.fault(name, problem, index)
        else:
            paths[index] = path
    return paths


def _problem(path: CategoryPath) -> str | None:
    if len(path.names) > MAX_DEPTH:
        return f"must have at most {MAX_DEPTH} levels"
    if not all(1 <= len(name) <= models.MAX_NAME for name in path.names):
        return f"must have 1 to {models.MAX_NAME} characters in each name"
    return None


class Tree:
    """The stored categories that bear some names, and those that are planned beside them."""

    def __init__(self, rows: Iterable[Row], planned: Sequence[Planned] = ()) -> None:
        self.planned: list[Planned] = []
        self._children: dict[tuple[int, str], int] = {}
        self._bearers: dict[str, list[int]] = {}
        for identity, parent, key in rows:
            self._add(identity, parent or _ROOT, key)
        for node in planned:
            self.planned.append(node)
            self._add(node.id, node.parent, text.key(node.name))

    def find(self, path: CategoryPath) -> int | None:
        """The id of the category that a path names, planned where none does; None where several bear a bare name."""
        if not path.rooted:
            (key,) = path.keys
            bearers = self._bearers.get(key, [])
            if len(bearers) == 1:
                return bearers[0]
            if bearers:
                return self._children.get((_ROOT, key))
        node = _ROOT
        for name, key in zip(path.names, path.keys, strict=True):
            node = self._children.get((node, key)) or self._plan(node, name, key)
        return node

    def undo(self, length: int) -> None:
        """Drop what was planned after the first so many."""
        while len(self.planned) > length:
            node = self.planned.pop()
            key = text.key(node.name)
            del self._children[node.parent, key]
            self._bearers[key].remove(node.id)

    def _plan(self, parent: int, name: str, key: str) -> int:
        node = Planned(-len(self.planned) - 1, parent, name)
        self.planned.append(node)
        self._add(node.id, parent, key)
        return node.id

    def _add(self, identity: int, parent: int, key: str) -> None:
        self._children[parent, key] = identity
        self._bearers.setdefault(key, []).append(identity)


async def tree(unit: Unit, paths: Iterable[CategoryPath], planned: Sequence[Planned] = ()) -> Tree:
    """The part of the tree that some paths can name: whoever bears one of their names. One statement at most."""
    keys = sorted({key for path in paths for key in path.keys})
    return Tree(await unit.all(_BY_KEY, keys=keys) if keys else (), planned)


async def make(unit: Unit, planned: Iterable[Planned]) -> dict[int, int]:
    """Make the categories that are planned; their ids by the negative ones."""
    made: dict[int, int] = {}
    for node in planned:
        parent = made.get(node.parent, node.parent) or None
        made[node.id] = await categories.create(unit, categories.Draft(node.name, parent))
    return made
