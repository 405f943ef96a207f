"""The change log."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")
_INDEXES = {
    "product": ("subject_id", "type LIKE 'product.%' AND runs IS NULL"),
    "products": ("last_id", "runs IS NOT NULL"),
}
_EPOCH = """
CREATE FUNCTION change_epoch() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN greatest(
        CAST(CAST(pg_current_xact_id() AS text) AS bigint),
        CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint) - 1
    );
END $$
"""
"""The newest transaction that had ended when a change was written, or the one that wrote it, whichever is newer.

One that still runs, or begins later, never gets a lower one than its own id, so what is below the ids of all running
transactions is complete. Who waited for the lock of a subject gets no lower one than the transaction that had it, which
has ended: a volatile function looks anew, even in the middle of a statement.
"""


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=True),
        sa.Column("type", _TEXT, nullable=False),
        sa.Column("public_type", _TEXT, nullable=True),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("last_id", sa.BigInteger(), nullable=True),
        sa.Column("runs", _TEXT, nullable=True),
        sa.Column("moved", _TEXT, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("members", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("caller", _TEXT, nullable=False),
        sa.Column("request_id", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
        sa.CheckConstraint("(runs IS NULL) = (last_id IS NULL)", name=op.f("ck_change_runs")),
    )
    op.create_index("ix_change_epoch", "change", ["epoch", "id"], sqlite_where=sa.text("epoch IS NOT NULL"))
    for name, (column, condition) in _INDEXES.items():
        where = sa.text(condition)
        op.create_index(f"ix_change_{name}", "change", [column, "id"], sqlite_where=where, postgresql_where=where)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_EPOCH)


def downgrade() -> None:
    op.drop_table("change")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION change_epoch()")
