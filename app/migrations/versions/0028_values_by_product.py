"""The values of a product stand in one range of an index, which counting them reads alone."""

from alembic import context, op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_product_value_of_product", "product_value", ["product_id", "name", "value"], if_not_exists=True)
    context.config.attributes["checkpoint"]()
    op.drop_index("ix_product_value_product_id", "product_value", if_exists=True)


def downgrade() -> None:
    op.create_index("ix_product_value_product_id", "product_value", ["product_id", "name"])
    op.drop_index("ix_product_value_of_product", "product_value")
