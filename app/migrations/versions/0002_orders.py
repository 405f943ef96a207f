"""Orders, idempotency records and API keys."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "purchase",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("caller", _TEXT, nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("reference", _TEXT, nullable=True),
        sa.Column("currency", _TEXT, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_purchase"),
        sa.CheckConstraint("status IN ('placed', 'cancelled')", name=op.f("ck_purchase_status")),
        sa.CheckConstraint("length(reference) <= 64", name=op.f("ck_purchase_reference_length")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_purchase_currency_length")),
        sa.CheckConstraint("total BETWEEN 1 AND 9999999999999900", name=op.f("ck_purchase_total_range")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_purchase_caller", "purchase", ["caller", "id"])
    for key in ("created_at", "reference"):
        op.create_index(f"ix_purchase_caller_{key}", "purchase", ["caller", key, "id"])
    op.create_table(
        "purchase_line",
        sa.Column("order_id", _ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("product_id", _ID, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "position", name="pk_purchase_line"),
        sa.ForeignKeyConstraint(["order_id"], ["purchase.id"], name="fk_purchase_line_order_id", ondelete="CASCADE"),
        sa.CheckConstraint("quantity BETWEEN 1 AND 10000", name=op.f("ck_purchase_line_quantity_range")),
        sa.CheckConstraint("unit_price >= 1", name=op.f("ck_purchase_line_unit_price")),
        sa.CheckConstraint("taken IN (0, quantity)", name=op.f("ck_purchase_line_taken")),
    )
    op.create_table(
        "idempotency_record",
        sa.Column("caller", _TEXT, nullable=False),
        sa.Column("operation", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("fingerprint", _TEXT, nullable=False),
        sa.Column("outcome", _TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "operation", "key", name="pk_idempotency_record"),
    )
    op.create_index("ix_idempotency_record_expires_at", "idempotency_record", ["expires_at"])
    op.create_table(
        "api_key",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("hash", _TEXT, nullable=False),
        sa.Column("scopes", _TEXT, nullable=False),
        sa.Column("rate", _TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 64", name=op.f("ck_api_key_name_length")),
        sa.CheckConstraint("length(hash) = 64", name=op.f("ck_api_key_hash_length")),
    )
    op.create_index("ix_api_key_name", "api_key", ["name"])


def downgrade() -> None:
    for table in ("api_key", "idempotency_record", "purchase_line", "purchase"):
        op.drop_table(table)
