"""The indexes of lists begin with the status: what is not active lies in nobody's way.

Each index is a step of its own, and the old ones go last. It may be cut off and run again.
"""

from typing import Any

import sqlalchemy as sa
from alembic import context, op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_KEYS = ("price", "name_key", "created_at", "updated_at")
_TABLES: tuple[tuple[str, list[str], str], ...] = (
    ("product", [], "id"),
    ("product_category", ["category_id"], "product_id"),
)
_PRICES = ["lowest_price", "highest_price"]
_SOME: dict[str, Any] = {f"{engine}_where": sa.text("lowest_price IS NOT NULL") for engine in ("sqlite", "postgresql")}


def upgrade() -> None:
    checkpoint = context.config.attributes["checkpoint"]
    for table, before, identity in _TABLES:
        for keys in ([], *([key] for key in _KEYS)):
            name = "_".join(["ix", table, "status", *keys])
            op.create_index(name, table, [*before, "status", *keys, identity], if_not_exists=True)
            checkpoint()
        columns = [*before, "status", "price", identity, *_PRICES]
        op.create_index(f"ix_{table}_status_lowest_price", table, columns, if_not_exists=True, **_SOME)
        checkpoint()
    for table, _, _ in _TABLES:
        for key in (*_KEYS, "lowest_price"):
            op.drop_index(f"ix_{table}_{key}", table, if_exists=True)


def downgrade() -> None:
    for table, before, identity in _TABLES:
        for key in _KEYS:
            op.create_index(f"ix_{table}_{key}", table, [*before, key, identity])
        op.create_index(f"ix_{table}_lowest_price", table, [*before, "price", identity, *_PRICES], **_SOME)
        for name in ("", *(f"_{key}" for key in _KEYS), "_lowest_price"):
            op.drop_index(f"ix_{table}_status{name}", table)
