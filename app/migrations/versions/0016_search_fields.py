"""What ranks a product beside its words, and the words of the catalogue with how many products have each.

The next revision fills both.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TEXT = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")
_FIELDS = ("name", "brand", "tags")


def upgrade() -> None:
    op.create_table(
        "word",
        sa.Column("word", _TEXT, nullable=False),
        sa.Column("backward", _TEXT, nullable=False),
        sa.Column("products", sa.BigInteger(), nullable=False),
        sa.Column("frequency", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("word", name="pk_word"),
        sqlite_with_rowid=False,
    )
    frequent = sa.text("frequency IS NOT NULL")
    op.create_index(
        "ix_word_frequency", "word", ["frequency", "word"], sqlite_where=frequent, postgresql_where=frequent
    )
    op.create_index("ix_word_backward", "word", ["backward"])
    if op.get_bind().dialect.name == "sqlite":
        columns = ", ".join(f"{name} TEXT NOT NULL" for name in (*_FIELDS, "status"))
        op.execute(f"CREATE TABLE product_search_fields (product_id INTEGER PRIMARY KEY, {columns})")
    else:
        for name in _FIELDS:
            op.execute(f'ALTER TABLE product_search ADD COLUMN {name} text COLLATE "C"')
        op.execute("""ALTER TABLE product_search ADD COLUMN status text COLLATE "C" NOT NULL DEFAULT 'active'""")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE product_search_fields")
    else:
        for name in (*_FIELDS, "status"):
            op.execute(f"ALTER TABLE product_search DROP COLUMN {name}")
    op.drop_table("word")
