r"""Categories by name in imports: `Books > Comics` is a path from the root, `Comics` a bare name at any level.

Segments are trimmed and compared by identity (`identity.key`). An empty first segment makes one name a path (`>
Comics`: at the root), and a backslash before `>` or `\` takes it literally.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import select

from app.domain import models
from app.domain.catalogue import categories
from app.domain.sql.conditions import one_of
from app.domain.unicode import identity
from app.domain.unit_of_work import Row, Statement, Unit
from app.domain.validation import Reader, unstorable

MAX_DEPTH = 100
_ROOT = 0
_PIECES = re.compile(r"\\[\\>]|>|[^\\>]+|\\")
_SPECIAL = re.compile(r"[\\>]")

_c = categories.c
_BY_KEY = Statement(
    select(_c.id, _c.parent_id, _c.name, _c.identity_key, _c.identity_twin).where(
        one_of(_c.identity_key, "keys") | one_of(_c.identity_twin, "keys")
    )
)


class CategoryPath(NamedTuple):
    """Names from the root down; a path that is not `rooted` is one bare name."""

    names: tuple[str, ...]
    rooted: bool

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the names."""
        return _keys(self.names)


class Planned(NamedTuple):
    """A category to create. Its id is negative, as is its parent's if that is also new."""

    id: int
    parent: int
    name: str


@lru_cache(maxsize=4096)
def _keys(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(identity.key, names))


def parse(path: str) -> CategoryPath:
    """The path in a text; names may be empty or too long."""
    return _parse_short(path) if len(path) <= _REMEMBERED else _parse(path)


def _parse(path: str) -> CategoryPath:
    names = [""]
    for piece in _PIECES.findall(path):
        if piece == ">":
            names.append("")
        else:
            names[-1] += piece[1:] if len(piece) == 2 and piece[0] == "\\" else piece
    trimmed = tuple(name.strip() for name in names)
    rooted = len(trimmed) > 1
    return CategoryPath(trimmed[1:] if rooted and not trimmed[0] else trimmed, rooted)


_REMEMBERED = 1_000
"""The maximum characters of a cached path."""
_parse_short = lru_cache(maxsize=4096)(_parse)


def spell(names: Sequence[str]) -> str:
    """The text of a path from the root, the inverse of `parse`; a single name is spelled `> Name`."""
    path = " > ".join(map(_escaped, names))
    return path if len(names) > 1 else f"> {path}"


def spell_bare(name: str) -> str:
    """The text of a bare name, the inverse of `parse`."""
    return _escaped(name)


def _escaped(name: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", name)


def parse_paths(reader: Reader, name: str) -> dict[int, CategoryPath]:
    """The paths of a member (a list of texts, or null) by index; the reader records errors."""
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
    if any(map(identity.CONTROLS.search, path.names)):
        return "must not contain control characters, such as tabs and line breaks"
    if not all(1 <= len(name) <= models.MAX_NAME for name in path.names):
        return f"must have 1 to {models.MAX_NAME} characters in each name"
    if not all(path.keys):
        return "must have a visible character in each name"
    return None


class Tree:
    """The stored categories with some names, and the planned ones."""

    def __init__(self, rows: Iterable[Row], planned: Sequence[Planned] = ()) -> None:
        self.planned: list[Planned] = []
        self._children: dict[tuple[int, str], int] = {}
        self._twins: dict[tuple[int, str], int] = {}
        self._bearers: dict[str, list[int]] = {}
        self._found: dict[CategoryPath, int | None] = {}
        for node, parent, name, key, twin in rows:
            if key is not None:
                self._add(node, parent or _ROOT, key)
            else:  # only its exact spelling matches
                self._twins[parent or _ROOT, name] = node
                self._bearers.setdefault(twin, []).append(node)
        for node in planned:
            self.planned.append(node)
            self._add(node.id, node.parent, identity.key(node.name))

    def find(self, path: CategoryPath) -> int | None:
        """The id of a path's category, planned if it does not exist; `None` if a bare name is ambiguous."""
        if path not in self._found:
            self._found[path] = self._find(path)
        return self._found[path]

    def _find(self, path: CategoryPath) -> int | None:
        if not path.rooted:
            (key,) = path.keys
            bearers = self._bearers.get(key, [])
            if len(bearers) == 1:
                return bearers[0]
            if bearers:
                return self._child(_ROOT, path.names[0], key)
        node = _ROOT
        for name, key in zip(path.names, path.keys, strict=True):
            node = self._child(node, name, key) or self._plan(node, name, key)
        return node

    def undo(self, length: int) -> None:
        """Drop all but the first planned categories."""
        while len(self.planned) > length:
            node = self.planned.pop()
            key = identity.key(node.name)
            del self._children[node.parent, key]
            self._bearers[key].remove(node.id)
            self._found.clear()

    def _child(self, parent: int, name: str, key: str) -> int | None:
        return self._twins.get((parent, name)) or self._children.get((parent, key))

    def _plan(self, parent: int, name: str, key: str) -> int:
        node = Planned(-len(self.planned) - 1, parent, name)
        self.planned.append(node)
        self._add(node.id, parent, key)
        return node.id

    def _add(self, node: int, parent: int, key: str) -> None:
        self._found.clear()  # one more may bear a bare name
        self._children[parent, key] = node
        self._bearers.setdefault(key, []).append(node)


async def tree(unit: Unit, paths: Iterable[CategoryPath], planned: Sequence[Planned] = ()) -> Tree:
    """The categories that some paths can name, by at most one statement."""
    keys = sorted({key for path in paths for key in path.keys})
    return Tree(await unit.all(_BY_KEY, keys=keys) if keys else (), planned)


async def create_categories(unit: Unit, planned: Iterable[Planned]) -> dict[int, int]:
    """Create the planned categories; returns their ids by the negative ids."""
    made: dict[int, int] = {}
    for node in planned:
        parent = made.get(node.parent, node.parent) or None
        made[node.id] = await categories.create(unit, categories.Draft(node.name, parent))
    return made
