"""Products, categories, their link and the word index."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")
_PRICE_DECIMALS = (
    "CASE WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND',"
    " 'VUV', 'XAF', 'XOF', 'XPF') THEN price % 10000 = 0"
    " WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN price % 10 = 0"
    " WHEN currency IN ('CLF', 'UYW') THEN price % 1 = 0"
    " ELSE price % 100 = 0 END"
)


def upgrade() -> None:
    op.create_table(
        "category",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("parent_id", _ID, nullable=True),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("name_key", _TEXT, nullable=False),
        sa.Column("words", _TEXT, nullable=False),
        sa.Column("slug", _TEXT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_category"),
        sa.ForeignKeyConstraint(["parent_id"], ["category.id"], name="fk_category_parent_id", ondelete="RESTRICT"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_category_name_length")),
        sa.CheckConstraint("length(slug) > 0", name=op.f("ck_category_slug_length")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_category_own_parent")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_category_version")),
        sqlite_autoincrement=True,
    )
    siblings = [sa.text("coalesce(parent_id, 0)"), sa.text("name_key")]
    op.create_index("uq_category_siblings", "category", siblings, unique=True)
    op.create_index("uq_category_slug", "category", ["slug"], unique=True)
    op.create_index("ix_category_parent_id", "category", ["parent_id", "id"])
    op.create_index("ix_category_name_key", "category", ["name_key", "id"])
    op.create_table(
        "product",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("name_key", _TEXT, nullable=False),
        sa.Column("description", _TEXT, nullable=False),
        sa.Column("sku", _TEXT, nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("currency", _TEXT, nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_product"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_product_name_length")),
        sa.CheckConstraint("length(description) <= 10000", name=op.f("ck_product_description_length")),
        sa.CheckConstraint("length(sku) BETWEEN 1 AND 64", name=op.f("ck_product_sku_length")),
        sa.CheckConstraint("price BETWEEN 1 AND 9999999999900", name=op.f("ck_product_price_range")),
        sa.CheckConstraint(_PRICE_DECIMALS, name=op.f("ck_product_price_decimals")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_product_currency_length")),
        sa.CheckConstraint("stock BETWEEN 0 AND 2147483647", name=op.f("ck_product_stock_range")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_product_version")),
        sa.CheckConstraint("updated_at >= created_at", name=op.f("ck_product_times")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_product_sku", "product", ["sku"], unique=True)
    for key in ("price", "name_key", "created_at", "updated_at"):
        op.create_index(f"ix_product_{key}", "product", [key, "id"])
    op.create_table(
        "product_category",
        sa.Column("category_id", _ID, nullable=False),
        sa.Column("product_id", _ID, nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("name_key", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("category_id", "product_id", name="pk_product_category"),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name="fk_product_category_category_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name="fk_product_category_product_id", ondelete="CASCADE"
        ),
    )
    for key in ("price", "name_key"):
        op.create_index(f"ix_product_category_{key}", "product_category", ["category_id", key, "product_id"])
    op.create_index("ix_product_category_product_id", "product_category", ["product_id", "category_id"])
    _create_word_index()


def _create_word_index() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE product_search USING fts5(words, tokenize = 'ascii', prefix = '1 2 3', detail = none)"
        )
        return
    op.execute(
        "CREATE TABLE product_search ("
        "product_id bigint PRIMARY KEY REFERENCES product (id) ON DELETE CASCADE, words tsvector NOT NULL)"
    )
    op.execute("CREATE INDEX product_search_words ON product_search USING gin (words)")


def downgrade() -> None:
    for table in ("product_search", "product_category", "product", "category"):
        op.drop_table(table)
