"""Files, the images of products, their variants, and the blobs that hold the bytes of all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "blob",
        sa.Column("sha256", _TEXT, nullable=False),
        sa.Column("idle_since", sa.BigInteger(), nullable=True),
        sa.Column("doomed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name="pk_blob"),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_blob_sha256_length")),
    )
    op.create_index("ix_blob_idle_since", "blob", ["idle_since"])
    op.create_table(
        "file",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("caller", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("content_type", _TEXT, nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_file"),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name="fk_file_sha256"),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_file_id_length")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 255", name=op.f("ck_file_name_length")),
        sa.CheckConstraint("length(content_type) BETWEEN 3 AND 100", name=op.f("ck_file_content_type_length")),
        sa.CheckConstraint("bytes >= 0", name=op.f("ck_file_bytes")),
    )
    op.create_index("ix_file_sha256", "file", ["sha256"])
    op.create_table(
        "variant",
        sa.Column("source", _TEXT, nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("content_type", _TEXT, nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source", "width", "content_type", name="pk_variant"),
        sa.ForeignKeyConstraint(["source"], ["blob.sha256"], name="fk_variant_source", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name="fk_variant_sha256"),
        sa.CheckConstraint("width >= 1", name=op.f("ck_variant_width")),
        sa.CheckConstraint("bytes >= 1", name=op.f("ck_variant_bytes")),
    )
    op.create_index("ix_variant_sha256", "variant", ["sha256"])
    _add_images()


def _add_images() -> None:
    """Say references and checks with their columns: so SQLite adds them to the table, instead of copying it."""
    kind = "TEXT" if op.get_bind().dialect.name == "sqlite" else 'TEXT COLLATE "C"'
    op.execute(
        f"ALTER TABLE product ADD COLUMN image_sha256 {kind}"
        " CONSTRAINT fk_product_image_sha256 REFERENCES blob (sha256)"
    )
    op.execute(
        f"ALTER TABLE product ADD COLUMN image {kind}"
        " CONSTRAINT ck_product_image CHECK ((image IS NULL) = (image_sha256 IS NULL))"
    )
    op.create_index("ix_product_image_sha256", "product", ["image_sha256"])


def downgrade() -> None:
    op.drop_index("ix_product_image_sha256")
    for name in ("image", "image_sha256"):
        op.execute(f"ALTER TABLE product DROP COLUMN {name}")
    for table in ("variant", "file", "blob"):
        op.drop_table(table)
