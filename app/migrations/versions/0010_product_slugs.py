"""Stored products get slugs: 1,000 at a time, each time committed where others read on.

It may be cut off and run again.
"""

from alembic import context, op

from app.migrations.refold import slugs

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    checkpoint = context.config.attributes["checkpoint"]
    op.create_index("uq_product_slug", "product", ["slug"], unique=True, if_not_exists=True)
    checkpoint()
    for _ in slugs.fill(op.get_bind()):
        checkpoint()


def downgrade() -> None:
    op.drop_index("uq_product_slug")
