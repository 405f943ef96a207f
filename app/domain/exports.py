"""Exports: every product that has a sku, as an import takes it, from one snapshot of the catalogue.

A category is named by its path from the root, or barely where it stands there and no other bears its name: imported
into an empty catalogue these make the same tree and the same places in it, and into the same catalogue they change
nothing.
"""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, select

from app.domain import categories, category_paths
from app.domain.product_rows import link, p, product
from app.domain.sql import json_tuples
from app.domain.unit import Row, Snapshot, Statement

BATCH = 500
_NODES = 5_000
_REMEMBERED = 10_000


class Item(NamedTuple):
    """A product, the price in units, its categories as paths in the order of their text."""

    sku: str
    name: str
    description: str
    price: int
    currency: str
    stock: int | None
    categories: tuple[str, ...]


@dataclass
class LeftOut:
    """What an import has no line for: products without a sku, and categories in and under which no product stands."""

    products: int = 0
    categories: int = 0


_AFTER = bindparam("after", type_=p.id.type)
_SIZE = bindparam("size", type_=p.id.type)
_places = select(json_tuples(link.c.category_id)).where(link.c.product_id == p.id).correlate(product).scalar_subquery()
_PRODUCTS = Statement(
    select(p.id, p.sku, p.name, p.description, p.price, p.currency, p.stock, _places)
    .where(p.id > _AFTER)
    .order_by(p.id)
    .limit(_SIZE)
)
_CATEGORIES = Statement(
    select(categories.c.id, categories.c.parent_id, categories.c.name, categories.c.name_key)
    .where(categories.c.id > _AFTER)
    .order_by(categories.c.id)
    .limit(_SIZE)
)


async def batches(snapshot: Snapshot, left_out: LeftOut) -> AsyncGenerator[list[Item], None]:
    """The products by id, some at a time; what could not be exported is counted by the time it ends."""
    tree = _Tree([node async for rows in _pages(snapshot, _CATEGORIES, _NODES) for node in rows])
    async for rows in _pages(snapshot, _PRODUCTS, BATCH):
        items = [Item._make((*row[1:7], tree.paths(row[7]))) for row in rows if row[1] is not None]
        left_out.products += len(rows) - len(items)
        yield items
    left_out.categories = tree.unnamed


async def _pages(snapshot: Snapshot, statement: Statement, size: int) -> AsyncIterator[Sequence[Row]]:
    after, full = 0, True
    while full:
        rows = await snapshot.read(lambda unit: unit.all(statement, after=after, size=size))  # noqa: B023 - awaited here
        if rows:
            yield rows
            after = rows[-1][0]
        full = len(rows) == size


class _Tree:
    """All categories, and the texts that name them."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._nodes = {identity: (parent, name, key) for identity, parent, name, key in rows}
        self._bearers = Counter(key for _, _, key in self._nodes.values())
        self._spelled: dict[int, str] = {}
        self._named: set[int] = set()
        self._remembered: dict[str, tuple[str, ...]] = {}

    @property
    def unnamed(self) -> int:
        """How many categories no path so far has named, nor led through."""
        return len(self._nodes) - len(self._named)

    def paths(self, places: str) -> tuple[str, ...]:
        """The texts for the categories of a product, from the JSON text of their ids; few texts serve many products."""
        found = self._remembered.get(places)
        if found is None:
            found = tuple(sorted(self._path(identity) for (identity,) in msgspec.json.decode(places)))
            if len(self._remembered) == _REMEMBERED:
                self._remembered.clear()
            self._remembered[places] = found
        return found

    def _path(self, identity: int) -> str:
        if identity not in self._spelled:
            names: list[str] = []
            node: int | None = identity
            while node is not None:
                self._named.add(node)
                node, name, key = self._nodes[node]
                names.append(name)
            alone = len(names) == 1 and self._bearers[key] == 1
            self._spelled[identity] = category_paths.spell_bare(name) if alone else category_paths.spell(names[::-1])
        return self._spelled[identity]
