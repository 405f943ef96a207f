"""The places of products in categories repeat the values of the products: facets of a category read these alone.

What is stored is filled 1,000 products at a time; the revision may be cut off and run again. Where a server of an older
release edits a product afterwards, facets read the values themselves, as they do without this revision.

PostgreSQL leaves half of each page of `word` free, so that a new count of a word needs no new entries in its indexes.
"""

import sqlalchemy as sa
from alembic import context, op

from app.migrations.refold import values

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_TEXT = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    checkpoint = context.config.attributes["checkpoint"]
    if context.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE word SET (fillfactor = 50)")
    stored = sa.inspect(op.get_bind())
    if "facet_values" not in {column["name"] for column in stored.get_columns("product_category")}:
        op.add_column("product_category", sa.Column("facet_values", _TEXT, nullable=True))
        op.add_column("product_category", sa.Column("facet_values_at", sa.BigInteger(), nullable=True))
        checkpoint()
    for _ in values.place(op.get_bind()):
        checkpoint()


def downgrade() -> None:
    op.drop_column("product_category", "facet_values_at")
    op.drop_column("product_category", "facet_values")
    if context.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE word RESET (fillfactor)")
