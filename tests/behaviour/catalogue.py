"""3,291 real products in a service, and the same in plain Python: what a brute-force loop over the file gives."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple

from app.bulk import import_files, import_runner
from app.bulk.import_options import Read
from app.domain.bulk.import_lines import Line
from app.domain.bulk.imports import Report
from app.domain.catalogue import categories, products
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.search import documents
from app.domain.unicode import text
from app.domain.unit_of_work import Database
from tests.service import Service

_EVERYTHING = 10_000
_CURRENCIES = ("EUR", "CHF", "GBP")
_ATTRIBUTES = {"createdAt": "created_at", "updatedAt": "updated_at"}


class Item(NamedTuple):
    """A product: from the file, but for its id and its times."""

    id: int
    name: str
    price: Decimal
    created_at: int
    updated_at: int
    sku: str
    currency: str
    stock: int | None
    categories: frozenset[int]
    words: str


class Catalogue:
    """A service that holds the file, and the file itself, in memory."""

    def __init__(self, service: Service, reports: Sequence[Report], items: Sequence[Item]) -> None:
        self.service, self.reports, self.items = service, reports, items
        self.prefixed = cache(self._prefixed)

    def find(self, narrowed: Mapping[str, Any], sort: str = "id") -> list[int]:
        """The ids of the products that match, in order: the loop that the surfaces are compared with."""
        given = dict(narrowed)
        found = [
            item for item in self._words(given.pop("q", None)) if all(_matches(item, *one) for one in given.items())
        ]
        return [item.id for item in sorted(found, key=key_of(sort), reverse=sort.startswith("-"))]

    def _words(self, q: str | None) -> Sequence[Item]:
        return self.items if q is None else self.prefixed(tuple(text.query(q) or ()))

    def _prefixed(self, words: tuple[str, ...]) -> Sequence[Item]:
        wanted = text.neighbours(words)
        return [item for item in self.items if all(any(f" {word}" in item.words for word in one) for one in wanted)]


def key_of(sort: str) -> Any:
    """What a sort compares: its key, then the id."""
    name = _ATTRIBUTES.get(sort.removeprefix("-"), sort.removeprefix("-"))
    return lambda item: (text.fold(item.name) if name == "name" else getattr(item, name), item.id)


def _matches(item: Item, name: str, value: Any) -> bool:
    if name == "category":
        return bool(item.categories & set(value))
    if name == "inStock":
        return (item.stock is None or item.stock > 0) is value
    if name in ("minPrice", "maxPrice"):
        return item.price >= value if name == "minPrice" else item.price <= value
    return bool(getattr(item, name) == value)


async def load(service: Service, file: bytes) -> Catalogue:
    """Import the file twice; then give some products stock, another currency, or just another time of change."""
    lines = [json.loads(line, parse_float=Decimal) for line in file.splitlines()]
    changes = list(_changes([line["sku"] for line in lines]))
    reports = [await _import(service.database, import_files.read(BytesIO(file))) for _ in range(2)]
    await _import(service.database, (Read(Line(number, change), 1) for number, change in enumerate(changes)))
    changed = {change["sku"]: change for change in changes}
    return Catalogue(service, reports, await _items(service.database, lines, changed))


async def _import(database: Database, lines: Iterator[Read]) -> Report:
    batches: list[Report] = []
    await import_runner.run(database, lines, lambda report, _: batches.append(report))
    return _summed(batches)


def _summed(batches: Sequence[Report]) -> Report:
    bad = [one for report in batches for one in report.bad]
    return Report(
        *(sum(getattr(report, name) for report in batches) for name in ("created", "updated", "unchanged")), bad
    )


def _changes(skus: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What is said of a part of the products after the import; their prices stay as they are in the file."""
    rng = random.Random(1)
    for sku in rng.sample(skus, len(skus) // 2):
        yield {"sku": sku, "stock": rng.choice([0, 0, 1, 500]), "currency": rng.choice(["USD", *_CURRENCIES])}


async def _items(
    database: Database, lines: Sequence[Mapping[str, Any]], changed: Mapping[str, Mapping[str, Any]]
) -> list[Item]:
    wanted, window = ("sku", "id", "createdAt", "updatedAt"), Window(_EVERYTHING)
    page = await database.read(
        lambda unit: paging.page(unit, products.LISTING, products.Filter(), Sort(), window, wanted)
    )
    stored = {row[2]: row[3:] for row in page.rows}
    tree = await database.read(
        lambda unit: paging.page(unit, categories.LISTING, categories.Filter(), Sort(), window, ("name", "id"))
    )
    ids = {row[2]: row[3] for row in tree.rows}
    return [
        Item(
            id=stored[line["sku"]][0],
            name=line["name"].strip(),
            price=Decimal(line["price"]),
            created_at=stored[line["sku"]][1],
            updated_at=stored[line["sku"]][2],
            sku=line["sku"],
            currency=changed.get(line["sku"], {}).get("currency", "USD"),
            stock=changed.get(line["sku"], {}).get("stock"),
            categories=frozenset(ids[name] for name in line["categories"]),
            words="".join(
                f" {word}"
                for word in documents.document(line["name"], line["description"], skus=[line["sku"]]).words.split(" ")
            ),
        )
        for line in lines
    ]
