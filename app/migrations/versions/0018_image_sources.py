"""Images that an import fetched know where from, so that the next one need not fetch them again."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TEXT = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.add_column("product_image", sa.Column("source", _TEXT, nullable=True))


def downgrade() -> None:
    op.drop_column("product_image", "source")
