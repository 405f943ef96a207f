"""Keeps a catalogue in step with a file of products: upserts them by batches, each of which takes effect once.

python sync.py http://127.0.0.1:8000 catalogue.ndjson [API key]

A line of the file is one of an export: a product by its sku, its categories by their paths.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from retries import Retrying
from tandem_rest import AuthenticatedClient
from tandem_rest.api.categories import create_category, list_categories
from tandem_rest.api.products import batch_products
from tandem_rest.models import BatchInput, BatchMode, BatchOperation, BatchOperationKind, BatchResults, Category
from tandem_rest.models import CategoryInput, CategoryList, Problem, ProductField, ProductPatch
from tandem_rest.types import UNSET

T = TypeVar("T")
Line = Mapping[str, Any]
SIZE = 250  # products of a batch, which costs 25 points of the rate limit


@dataclass
class Report:
    """What a sync came to: how many products it made and updated, and why others failed, by their skus."""

    created: int = 0
    updated: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def got(answer: T | Problem | None, kind: type[T]) -> T:
    """What was wanted; raises where that was refused."""
    if isinstance(answer, kind):
        return answer
    raise RuntimeError(answer.message if isinstance(answer, Problem) else "no answer")


class Categories:
    """The ids of the categories by their paths; one that is missing is made."""

    def __init__(self, client: AuthenticatedClient) -> None:
        self._client = client
        found: dict[int, tuple[str, int | None]] = {}
        cursor: str | None = ""
        while cursor is not None:
            page = got(list_categories.sync(client=client, limit=100, cursor=cursor or UNSET), CategoryList)
            found |= {int(one.id or 0): (str(one.name), one.parent_id or None) for one in page.items}
            cursor = page.next_cursor
        self._ids: dict[tuple[str, ...], int] = {_place(found, one): one for one in found}

    def id(self, path: str) -> int:
        """The id of the category at a path such as `Home > Lamps`."""
        names, parent = [name.strip() for name in path.strip().lstrip(">").split(" > ")], 0
        for depth in range(1, len(names) + 1):
            place = tuple(name.casefold() for name in names[:depth])
            if place not in self._ids:
                body = CategoryInput(name=names[depth - 1], parent_id=parent or None)
                made = create_category.sync(client=self._client, body=body, idempotency_key=str(uuid4()))
                self._ids[place] = got(made, Category).id
            parent = self._ids[place]
        return parent


def _place(found: Mapping[int, tuple[str, int | None]], category_id: int) -> tuple[str, ...]:
    name, parent = found[category_id]
    return (*(_place(found, parent) if parent else ()), name.casefold())


def sync(client: AuthenticatedClient, products: Iterable[Line]) -> Report:
    """Upsert products in their order; a batch whose answer gets lost is sent again under its own key."""
    report, categories, lines = Report(), Categories(client), iter(products)
    while batch := list(islice(lines, SIZE)):
        body = BatchInput(BatchMode.EACH, [_upsert(line, categories) for line in batch])
        answer = batch_products.sync(client=client, body=body, fields=[ProductField.ID], idempotency_key=str(uuid4()))
        results = got(answer, BatchResults)
        report.created += results.created
        report.updated += results.updated
        report.failed |= {batch[one.index]["sku"]: one.problem.message for one in results.results if one.problem}
    return report


def _upsert(line: Line, categories: Categories) -> BatchOperation:
    ids = {"categoryIds": [categories.id(path) for path in line["categories"]]} if line.get("categories") else {}
    return BatchOperation(BatchOperationKind.UPSERT, sku=line["sku"], product=ProductPatch.from_dict({**line, **ids}))


if __name__ == "__main__":
    url, name, *key = sys.argv[1:]
    client = AuthenticatedClient(f"{url}/v2", "".join(key), "Bearer" * len(key), httpx_args={"transport": Retrying()})
    with Path(name).open(encoding="utf-8") as file:
        told = sync(client, map(json.loads, filter(str.strip, file)))
    sys.stdout.write(f"{json.dumps(asdict(told))}\n")
