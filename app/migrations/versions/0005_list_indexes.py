"""Each sort and filter of orders and categories has its index; what few orders have is indexed for those alone."""

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_REFERRED = ("caller", "reference")


def upgrade() -> None:
    op.create_index("ix_category_parent_id_name_key", "category", ["parent_id", "name_key", "id"])
    op.drop_index("ix_purchase_caller_reference")
    _on_some("ix_purchase_caller_reference", [*_REFERRED, "id"], "reference IS NOT NULL")
    _on_some("ix_purchase_caller_reference_created_at", [*_REFERRED, "created_at", "id"], "reference IS NOT NULL")
    _on_some("ix_purchase_cancelled", ["caller", "id"], "status = 'cancelled'")
    _on_some("ix_purchase_cancelled_created_at", ["caller", "created_at", "id"], "status = 'cancelled'")


def _on_some(name: str, columns: list[str], condition: str) -> None:
    op.create_index(name, "purchase", columns, postgresql_where=text(condition), sqlite_where=text(condition))


def downgrade() -> None:
    op.drop_index("ix_category_parent_id_name_key")
    op.drop_index("ix_purchase_caller_reference")
    op.create_index("ix_purchase_caller_reference", "purchase", [*_REFERRED, "id"])
    for name in ("caller_reference_created_at", "cancelled", "cancelled_created_at"):
        op.drop_index(f"ix_purchase_{name}")
