"""What products are filtered and counted by: their brands, tags and attributes. The next revision fills it."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "product_value",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False),
        sa.Column("product_id", _ID, nullable=False),
        sa.Column("label", _TEXT, nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("name", "value", "product_id", name="pk_product_value"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_product_value_product_id", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_product_value_product_id", "product_value", ["product_id", "name"])
    numbers = sa.text("number IS NOT NULL")
    columns = ["name", "number", "product_id"]
    op.create_index("ix_product_value_number", "product_value", columns, sqlite_where=numbers, postgresql_where=numbers)


def downgrade() -> None:
    op.drop_table("product_value")
