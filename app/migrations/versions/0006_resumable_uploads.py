"""Uploads that arrive in parts."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TEXT = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "upload",
        *(sa.Column(name, _TEXT, nullable=False) for name in ("id", "caller", "name", "content_type", "metadata")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("bytes", "received", "expires_at")),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_upload_id_length")),
        sa.CheckConstraint("received BETWEEN 0 AND bytes", name=op.f("ck_upload_received")),
    )
    op.create_index("ix_upload_expires_at", "upload", ["expires_at"])
    op.create_table(
        "upload_part",
        sa.Column("upload_id", _TEXT, nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("upload_id", "start", name="pk_upload_part"),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name="fk_upload_part_upload_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name="fk_upload_part_sha256"),
    )
    op.create_index("ix_upload_part_sha256", "upload_part", ["sha256"])


def downgrade() -> None:
    op.drop_table("upload_part")
    op.drop_table("upload")
