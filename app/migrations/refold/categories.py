"""Categories: new sort keys, identity keys and words; slugs stay as they were handed out."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import text as sql

from app.domain.unicode import identity, text
from app.migrations.refold.rows import among, batches, shown

_UPDATE = sql(
    "UPDATE category SET name = :name, name_key = :name_key, identity_key = :key, identity_twin = :twin, words = :words"
    " WHERE id = :id"
)
_TAKEN = "SELECT coalesce(parent_id, 0), identity_key, id FROM category WHERE identity_key IN :values"


def refold(bind: Connection) -> Iterator[list[str]]:
    """Refold all categories; yields the notes of each batch."""
    for rows in batches(bind, "id, coalesce(parent_id, 0), name", "category"):
        yield _batch(bind, rows)


def _batch(bind: Connection, rows: Sequence[Sequence[Any]]) -> list[str]:
    names = {row[0]: identity.clean(row[2]) for row in rows}
    keys = {row[0]: identity.key(names[row[0]]) for row in rows}
    holders = {(parent, key): holder for parent, key, holder in among(bind, _TAKEN, list(keys.values()))}
    notes, values = [], []
    for row_id, parent, name in rows:
        key = keys[row_id]
        holder = holders.setdefault((parent, key), row_id)
        if names[row_id] != name:
            notes.append(f"Category {row_id}: control characters of {shown(name)} are spaces now.")
        if holder != row_id:
            notes.append(f"Category {row_id}: {shown(name)} has the same name as its sibling {holder}, which is older.")
        values.append(
            {
                "id": row_id,
                "name": names[row_id],
                "name_key": text.key(names[row_id]),
                "key": key if holder == row_id else None,
                "twin": None if holder == row_id else key,
                "words": "".join(f" {word}" for word in text.words(names[row_id])),
            }
        )
    bind.execute(_UPDATE, values)
    return notes
