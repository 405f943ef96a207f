"""The places of a category carry every sort key, so that each sort of its products has an index."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEYS = ("created_at", "updated_at")


def upgrade() -> None:
    for key in _KEYS:
        op.add_column("product_category", sa.Column(key, sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE product_category SET created_at = product.created_at, updated_at = product.updated_at"
        " FROM product WHERE product.id = product_category.product_id"
    )
    for key in _KEYS:
        op.create_index(f"ix_product_category_{key}", "product_category", ["category_id", key, "product_id"])


def downgrade() -> None:
    for key in _KEYS:
        op.drop_index(f"ix_product_category_{key}")
        op.drop_column("product_category", key)
