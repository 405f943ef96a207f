"""The whole tree of categories of a snapshot: names from the root, and texts for imports."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence

import msgspec
from sqlalchemy import func, select

from app.domain.bulk import category_paths
from app.domain.catalogue import categories
from app.domain.sql.tables import bind
from app.domain.unit_of_work import Row, Snapshot, Statement

_NODES = 5_000
_REMEMBERED = 10_000
AFTER = bind(categories.c.id, "after")
SIZE = bind(categories.c.id, "size")
_IDENTITY = func.coalesce(categories.c.identity_key, categories.c.identity_twin)
_CATEGORIES = Statement(
    select(categories.c.id, categories.c.parent_id, categories.c.name, _IDENTITY)
    .where(categories.c.id > AFTER)
    .order_by(categories.c.id)
    .limit(SIZE)
)


async def load_tree(snapshot: Snapshot) -> "CategoryTree":
    """The tree of a snapshot."""
    return CategoryTree([node async for rows in pages(snapshot, _CATEGORIES, _NODES) for node in rows])


async def pages(snapshot: Snapshot, statement: Statement, size: int) -> AsyncIterator[Sequence[Row]]:
    """The rows of a statement by their first column, some at a time."""
    after, full = 0, True
    while full:
        rows = await snapshot.read(lambda unit: unit.all(statement, after=after, size=size))  # noqa: B023 - awaited here
        if rows:
            yield rows
            after = rows[-1][0]
        full = len(rows) == size


class CategoryTree:
    """All categories, and the texts that name them."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._nodes = {identity: (parent, name, key) for identity, parent, name, key in rows}
        self._bearers = Counter(key for _, _, key in self._nodes.values())
        self._spelled: dict[int, str] = {}
        self._named: set[int] = set()
        self._remembered: dict[str, tuple[str, ...]] = {}

    @property
    def unnamed(self) -> int:
        """The number of categories that are in no path so far."""
        return len(self._nodes) - len(self._named)

    def paths(self, places: str) -> tuple[str, ...]:
        """The texts for the categories of a product, from the JSON text of their ids; texts are shared."""
        found = self._remembered.get(places)
        if found is None:
            found = tuple(sorted(self._path(identity) for (identity,) in msgspec.json.decode(places)))
            if len(self._remembered) == _REMEMBERED:
                self._remembered.clear()
            self._remembered[places] = found
        return found

    def names(self, identity: int) -> list[str]:
        """The names of a category from the root."""
        names: list[str] = []
        node: int | None = identity
        while node is not None:
            self._named.add(node)
            node, name, _ = self._nodes[node]
            names.append(name)
        return names[::-1]

    def _path(self, identity: int) -> str:
        if identity not in self._spelled:
            names, (_, name, key) = self.names(identity), self._nodes[identity]
            alone = len(names) == 1 and self._bearers[key] == 1
            self._spelled[identity] = category_paths.spell_bare(name) if alone else category_paths.spell(names)
        return self._spelled[identity]
