"""Products have a slug, which the next revision fills, a brand, tags and attributes."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_COLUMNS = {
    "slug": "CONSTRAINT ck_product_slug_length CHECK (length(slug) BETWEEN 1 AND 200)",
    "brand": "CONSTRAINT ck_product_brand_length CHECK (length(brand) BETWEEN 1 AND 200)",
    "tags": "NOT NULL DEFAULT '[]'",
    "attributes": "NOT NULL DEFAULT '{}'",
}


def upgrade() -> None:
    """Say checks and defaults with their columns: so no engine copies the table."""
    kind = "TEXT" if op.get_bind().dialect.name == "sqlite" else 'TEXT COLLATE "C"'
    for name, rules in _COLUMNS.items():
        op.execute(f"ALTER TABLE product ADD COLUMN {name} {kind} {rules}")


def downgrade() -> None:
    for name in _COLUMNS:
        op.execute(f"ALTER TABLE product DROP COLUMN {name}")
