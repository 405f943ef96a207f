"""Categories keep the times of their creation and of their last edit, orders that of their cancellation.

Nobody knows those of what is stored: its times are 0, or NULL. Each index is a step of its own; the revision may be cut
off and run again.
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_TIMES = ("created_at", "updated_at")
_CANCELLED = sa.text("cancelled_at IS NOT NULL")


def upgrade() -> None:
    checkpoint = context.config.attributes["checkpoint"]
    stored = sa.inspect(op.get_bind())
    if "cancelled_at" not in {column["name"] for column in stored.get_columns("purchase")}:
        for name in _TIMES:
            op.execute(f"ALTER TABLE category ADD COLUMN {name} BIGINT NOT NULL DEFAULT 0")
        op.execute("ALTER TABLE purchase ADD COLUMN cancelled_at BIGINT")
        checkpoint()
    for name in _TIMES:
        op.create_index(f"ix_category_{name}", "category", [name, "id"], if_not_exists=True)
        checkpoint()
    op.create_index(
        "ix_purchase_cancelled_at", "purchase", ["caller", "cancelled_at", "id"], if_not_exists=True,
        sqlite_where=_CANCELLED, postgresql_where=_CANCELLED,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_purchase_cancelled_at")
    for name in _TIMES:
        op.drop_index(f"ix_category_{name}")
    op.execute("ALTER TABLE purchase DROP COLUMN cancelled_at")
    for name in _TIMES:
        op.execute(f"ALTER TABLE category DROP COLUMN {name}")
