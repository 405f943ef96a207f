"""Which parts of the tables the models have, for comparisons of the two."""

from typing import Any

_WORD_INDEX = "product_search"
"""A virtual table on SQLite."""
RETIRED = {("product", name) for name in ("sku", "sku_key", "sku_twin", "stock")}
"""Columns that the release before variants reads while a database is migrated; a later release drops them."""


TOLD = "oldest_release"
"""A table that servers alone read, to learn whether a newer database still serves them."""


def modelled(item: Any, name: str | None, kind: str, *_: Any) -> bool:
    """Whether a part that Alembic compares belongs to the models."""
    if kind == "column" and (item.table.name, name) in RETIRED:
        return False
    return name != TOLD and not (name or "").startswith(_WORD_INDEX)
