"""A variant names one of its product's images."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("product_variant", sa.Column("image_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("product_variant", "image_id")
