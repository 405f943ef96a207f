"""Products: new sort keys and words, and keys of their skus."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import text as sql

from app.domain.search import documents
from app.domain.unicode import identity, text
from app.migrations.refold.rows import among, batches, shown

_UPDATE = sql("UPDATE product SET name = :name, name_key = :name_key WHERE id = :id")
_PLACES = sql("UPDATE product_category SET name_key = :name_key WHERE product_id = :id")
_SKU = sql("UPDATE product SET sku = :sku, sku_key = :key, sku_twin = :twin WHERE id = :id")
_INDEX = {
    "sqlite": sql("INSERT OR REPLACE INTO product_search (rowid, words) VALUES (:id, :words)"),
    "postgresql": sql(
        "INSERT INTO product_search (product_id, words)"
        " VALUES (:id, array_to_tsvector(string_to_array(:words, ' ')))"
        " ON CONFLICT (product_id) DO UPDATE SET words = excluded.words"
    ),
}


def refold(bind: Connection) -> Iterator[list[str]]:
    """Refold all products; yields the notes of each batch."""
    for rows in batches(bind, "id, name, name_key, description, sku", "product"):
        _index(bind, rows)
        yield [*_names(bind, rows), *_skus(bind, rows)]


def _names(bind: Connection, rows: Sequence[Sequence[Any]]) -> list[str]:
    notes, values = [], []
    for row_id, name, name_key, _, _ in rows:
        cleaned = identity.clean(name)
        key = text.key(cleaned)
        if cleaned != name:
            notes.append(f"Product {row_id}: control characters of the name {shown(name)} are spaces now.")
        if (cleaned, key) != (name, name_key):
            values.append({"id": row_id, "name": cleaned, "name_key": key})
    if values:
        bind.execute(_UPDATE, values)
        bind.execute(_PLACES, [{"id": value["id"], "name_key": value["name_key"]} for value in values])
    return notes


def _skus(bind: Connection, rows: Sequence[Sequence[Any]]) -> list[str]:
    spelled = {row[0]: identity.clean(row[4]) for row in rows if row[4] is not None}
    if not spelled:
        return []
    exact = among(bind, "SELECT sku, id FROM product WHERE sku IN :values", list(spelled.values()))
    owners: dict[str, int] = dict(map(tuple, exact))
    skus = {
        row[0]: sku if owners.setdefault(sku, row[0]) == row[0] else row[4]
        for row in rows
        if (sku := spelled.get(row[0])) is not None
    }
    keys = {row_id: identity.key(sku) or sku for row_id, sku in skus.items()}
    taken = among(bind, "SELECT sku_key, id FROM product WHERE sku_key IN :values", list(keys.values()))
    holders: dict[str, int] = dict(map(tuple, taken))
    notes, values = [], []
    for row_id, stored in ((row[0], row[4]) for row in rows if row[0] in skus):
        key, holder = keys[row_id], holders.setdefault(keys[row_id], row_id)
        if skus[row_id] != stored:
            notes.append(f"Product {row_id}: control characters of the sku {shown(stored)} are spaces now.")
        if holder != row_id:
            notes.append(f"Product {row_id}: the sku {shown(stored)} is that of product {holder}, which is older.")
        mine = holder == row_id
        values.append({"id": row_id, "sku": skus[row_id], "key": key if mine else None, "twin": None if mine else key})
    bind.execute(_SKU, values)
    return notes


def _index(bind: Connection, rows: Sequence[Sequence[Any]]) -> None:
    """Index the words of products that have a sku, or letters that fold differently now."""
    changed = [
        {"id": row_id, "words": documents.document(identity.clean(name), description, skus=[sku] if sku else []).words}
        for row_id, name, _, description, sku in rows
        if sku is not None or not (name.isascii() and description.isascii())
    ]
    if changed:
        bind.execute(_INDEX[bind.dialect.name], changed)
