"""The table of variants, what products and the lines of orders know of them; the next revision fills it.

Products keep the columns `sku`, `sku_key`, `sku_twin` and `stock`, which an older release reads until it is stopped.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def _amount(column: str) -> tuple[sa.CheckConstraint, ...]:
    decimals = (
        "CASE WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI',"
        f" 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN {column} % 10000 = 0"
        f" WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN {column} % 10 = 0"
        f" WHEN currency IN ('CLF', 'UYW') THEN {column} % 1 = 0"
        f" ELSE {column} % 100 = 0 END"
    )
    return (
        sa.CheckConstraint(f"{column} BETWEEN 1 AND 9999999999900", name=op.f(f"ck_product_variant_{column}_range")),
        sa.CheckConstraint(decimals, name=op.f(f"ck_product_variant_{column}_decimals")),
    )


def upgrade() -> None:
    op.create_table(
        "product_variant",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("product_id", _ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        *(sa.Column(name, _TEXT, nullable=True) for name in ("sku", "sku_key", "sku_twin", "gtin")),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("compare_at_price", sa.BigInteger(), nullable=True),
        sa.Column("currency", _TEXT, nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=True),
        *(sa.Column(name, _TEXT, nullable=True) for name in ("weight", "options")),
        sa.PrimaryKeyConstraint("id", name="pk_product_variant"),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name="fk_product_variant_product_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("length(sku) BETWEEN 1 AND 64", name=op.f("ck_product_variant_sku_length")),
        sa.CheckConstraint("length(gtin) IN (8, 12, 13, 14)", name=op.f("ck_product_variant_gtin_length")),
        *_amount("price"),
        *_amount("compare_at_price"),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_product_variant_currency_length")),
        sa.CheckConstraint("stock BETWEEN 0 AND 2147483647", name=op.f("ck_product_variant_stock_range")),
        sqlite_autoincrement=True,
    )
    for name in ("sku", "sku_key"):
        op.create_index(f"uq_product_variant_{name}", "product_variant", [name], unique=True)
    for name in ("sku_twin", "gtin"):
        where = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_product_variant_{name}", "product_variant", [name], sqlite_where=where, postgresql_where=where
        )
    op.create_index("ix_product_variant_product_id", "product_variant", ["product_id", "position", "id"])
    _add_columns()


def _add_columns() -> None:
    """Say defaults and checks with their columns: so both engines add them without a look at the rows."""
    kind = "TEXT" if op.get_bind().dialect.name == "sqlite" else 'TEXT COLLATE "C"'
    counted = "NOT NULL DEFAULT 1 CONSTRAINT ck_product_variant_count CHECK (variant_count BETWEEN 1 AND 250)"
    for table, column in (
        ("product", f"options {kind}"),
        ("product", "variant_id BIGINT NOT NULL DEFAULT 0"),
        ("product", f"variant_count BIGINT {counted}"),
        ("product", "lowest_price BIGINT"),
        ("product", "highest_price BIGINT"),
        ("product_category", "lowest_price BIGINT"),
        ("product_category", "highest_price BIGINT"),
        ("purchase_line", "variant_id BIGINT"),
        ("purchase_line", f"sku {kind}"),
        ("purchase_line", f"options {kind}"),
    ):
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    where = sa.text("lowest_price IS NOT NULL")
    for table, columns in (("product", ["price", "id"]), ("product_category", ["category_id", "price", "product_id"])):
        columns += ["lowest_price", "highest_price"]
        op.create_index(f"ix_{table}_lowest_price", table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for table in ("product_category", "product"):
        op.drop_index(f"ix_{table}_lowest_price", table)
    for table, columns in (
        ("purchase_line", ("options", "sku", "variant_id")),
        ("product_category", ("highest_price", "lowest_price")),
        ("product", ("highest_price", "lowest_price", "variant_count", "variant_id", "options")),
    ):
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.drop_table("product_variant")
