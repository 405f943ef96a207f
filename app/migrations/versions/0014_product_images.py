"""Products have several images, each with an alternative text; the next revision fills the list."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "product_image",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("product_id", _ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        *(sa.Column(name, _TEXT, nullable=False) for name in ("sha256", "alt", "content_type")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("width", "height", "bytes")),
        sa.PrimaryKeyConstraint("id", name="pk_product_image"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_product_image_product_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name="fk_product_image_sha256"),
        sa.CheckConstraint("position BETWEEN 0 AND 19", name=op.f("ck_product_image_position")),
        sa.CheckConstraint("length(alt) <= 512", name=op.f("ck_product_image_alt_length")),
        sa.CheckConstraint("width >= 1 AND height >= 1", name=op.f("ck_product_image_size")),
        sa.CheckConstraint("bytes >= 1", name=op.f("ck_product_image_bytes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_product_image_position", "product_image", ["product_id", "position"])
    op.create_index("ix_product_image_blob", "product_image", ["sha256"])


def downgrade() -> None:
    op.drop_table("product_image")
