"""Every product gets its first variant: 1,000 at a time, each time committed where others read on.

The variant bears the product's id, so the lines of older orders know theirs; later variants get higher ids than any
product had. It may be cut off and run again.
"""

from alembic import context, op
from sqlalchemy import text

from app.migrations.refold.rows import batches

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_COPIED = "id, sku, sku_key, sku_twin, price, currency, stock"
_FILL = text(
    f"INSERT INTO product_variant (product_id, position, {_COPIED})"  # noqa: S608 - ours
    f" SELECT id, 0, {_COPIED} FROM product WHERE id BETWEEN :first AND :last AND variant_id = 0"
)
_REFER = text("UPDATE product SET variant_id = id WHERE id BETWEEN :first AND :last AND variant_id = 0")
_LAST = "pg_sequence_last_value(CAST(pg_get_serial_sequence('product', 'id') AS regclass))"
_SET = "INSERT INTO sqlite_sequence SELECT 'product_variant', coalesce(max(seq), 0)"
_RESERVE = {
    "sqlite": (
        "DELETE FROM sqlite_sequence WHERE name = 'product_variant'",
        f"{_SET} FROM sqlite_sequence WHERE name = 'product'",
    ),
    "postgresql": (f"SELECT setval(pg_get_serial_sequence('product_variant', 'id'), {_LAST}) WHERE {_LAST} > 0",),
}
_RETIRED = ("uq_product_sku", "uq_product_sku_key", "ix_product_sku_twin")


def upgrade() -> None:
    bind = op.get_bind()
    for rows in batches(bind, "id", "product"):
        span = {"first": rows[0][0], "last": rows[-1][0]}
        bind.execute(_FILL, span)
        bind.execute(_REFER, span)
        context.config.attributes["checkpoint"]()
    for statement in _RESERVE[bind.dialect.name]:
        op.execute(statement)
    for name in _RETIRED:
        op.drop_index(name, "product")


def downgrade() -> None:
    """Give products back what their first variants have; other variants are lost."""
    op.execute(
        "UPDATE product SET sku = v.sku, sku_key = v.sku_key, sku_twin = v.sku_twin, stock = v.stock"
        " FROM product_variant AS v WHERE v.id = product.variant_id"
    )
    for name in ("sku", "sku_key"):
        op.create_index(f"uq_product_{name}", "product", [name], unique=True)
    where = text("sku_twin IS NOT NULL")
    op.create_index("ix_product_sku_twin", "product", ["sku_twin"], sqlite_where=where, postgresql_where=where)
