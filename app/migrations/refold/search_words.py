"""Products: all their words, and those that rank them; the words of the catalogue, counted."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam
from sqlalchemy import text as sql

from app.domain.search import vocabulary, word_index
from app.domain.search.documents import document
from app.domain.unit_of_work import Unit
from app.migrations.refold import domain
from app.migrations.refold.rows import SIZE

_LEFT = {
    "sqlite": "SELECT id, name, description, coalesce(brand, ''), tags FROM product"
    " WHERE id NOT IN (SELECT product_id FROM product_search_fields) AND id > :after",
    "postgresql": "SELECT p.id, p.name, p.description, coalesce(p.brand, ''), p.tags FROM product AS p"
    " LEFT JOIN product_search AS s ON s.product_id = p.id WHERE s.name IS NULL AND p.id > :after",
}
_SKUS = sql(
    "SELECT product_id, sku FROM product_variant WHERE product_id IN :ids AND sku IS NOT NULL"
    " ORDER BY product_id, position"
).bindparams(bindparam("ids", expanding=True))


def fill(bind: Connection) -> Iterator[None]:
    """Index and count the products that are not yet; pauses after each batch."""
    unit = domain.unit(bind)
    statement = sql(f"{_LEFT[unit.engine]} ORDER BY id LIMIT {SIZE}")
    after = 0
    while rows := bind.execute(statement, {"after": after}).all():
        skus = bind.execute(_SKUS, {"ids": [row[0] for row in rows]}).all()
        domain.run(_store(unit, rows, skus))
        after = rows[-1][0]
        yield


async def _store(unit: Unit, rows: Sequence[Sequence[Any]], skus: Sequence[Sequence[Any]]) -> None:
    of_product: dict[int, list[str]] = {row[0]: [] for row in rows}
    for product_id, sku in skus:
        of_product[product_id].append(sku)
    documents = [(row[0], "active", document(*row[1:], skus=of_product[row[0]])) for row in rows]
    await word_index.replace(unit, documents)
    await vocabulary.count(unit, (one for *_, one in documents))
