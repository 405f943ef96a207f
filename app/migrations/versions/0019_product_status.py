"""Products, and their places in categories, have a status; all that are stored are active."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_CHECK = " CONSTRAINT ck_product_status CHECK (status IN ('active', 'draft', 'archived'))"


def upgrade() -> None:
    """Say checks and defaults with the columns: so no engine copies a table."""
    kind = "TEXT" if op.get_bind().dialect.name == "sqlite" else 'TEXT COLLATE "C"'
    for table, check in (("product", _CHECK), ("product_category", "")):
        op.execute(f"ALTER TABLE {table} ADD COLUMN status {kind} NOT NULL DEFAULT 'active'{check}")


def downgrade() -> None:
    for table in ("product", "product_category"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN status")
