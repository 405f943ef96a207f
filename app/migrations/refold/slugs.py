"""Slugs of products that have none."""

from collections.abc import Iterator

from sqlalchemy import Connection
from sqlalchemy import text as sql

from app.domain import slugs
from app.migrations.refold.rows import among, batches

_UPDATE = sql("UPDATE product SET slug = :slug WHERE id = :id")
_SIZE = 10_000
"""So many slugs are looked up at once: PostgreSQL takes 32,767 values."""


def fill(bind: Connection) -> Iterator[None]:
    """Give a slug to each product without one; pauses after each batch."""
    for rows in batches(bind, "id, name, slug", "product"):
        without = {row_id: name for row_id, name, slug in rows if slug is None}
        if without:
            chosen = _choose(bind, [slugs.of_name(name) for name in without.values()])
            values = [{"id": row_id, "slug": slug} for row_id, slug in zip(without, chosen, strict=True)]
            bind.execute(_UPDATE, values)
        yield


def _choose(bind: Connection, plain: list[str]) -> list[str]:
    lookup, taken = slugs.choose(plain), None
    while True:
        try:
            candidates = lookup.send(taken)  # type: ignore[arg-type] # a generator begins with None
        except StopIteration as stop:
            return list(stop.value)
        taken = {
            row[0]
            for begin in range(0, len(candidates), _SIZE)
            for row in among(bind, "SELECT slug FROM product WHERE slug IN :values", candidates[begin : begin + _SIZE])
        }
