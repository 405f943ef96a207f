"""Skus and category names are unique by a key of their own, which the next revision fills."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TEXT = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")
_PARENT = sa.text("coalesce(parent_id, 0)")


def upgrade() -> None:
    for table, column in (("product", "sku"), ("category", "identity")):
        for name in (f"{column}_key", f"{column}_twin"):
            op.add_column(table, sa.Column(name, _TEXT, nullable=True))
        where = sa.text(f"{column}_twin IS NOT NULL")
        op.create_index(
            f"ix_{table}_{column}_twin", table, [f"{column}_twin"], sqlite_where=where, postgresql_where=where
        )
    op.create_index("uq_product_sku_key", "product", ["sku_key"], unique=True)
    op.drop_index("uq_category_siblings", "category")
    op.create_index("uq_category_siblings", "category", [_PARENT, sa.text("identity_key")], unique=True)
    op.create_index("ix_category_identity_key", "category", ["identity_key"])


def downgrade() -> None:
    op.drop_index("ix_category_identity_key", "category")
    op.drop_index("uq_category_siblings", "category")
    op.drop_index("uq_product_sku_key", "product")
    for table, column in (("product", "sku"), ("category", "identity")):
        op.drop_index(f"ix_{table}_{column}_twin", table)
        for name in (f"{column}_key", f"{column}_twin"):
            op.drop_column(table, name)
    op.create_index("uq_category_siblings", "category", [_PARENT, sa.text("name_key")], unique=True)
