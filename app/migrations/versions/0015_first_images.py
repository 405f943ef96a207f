"""The image of each product becomes the first of its list, 1,000 products at a time.

It may be cut off and run again.
"""

from alembic import context, op
from sqlalchemy import text

from app.migrations.refold.rows import among, batches

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_FILLED = "SELECT product_id FROM product_image WHERE product_id IN :values"
_COLUMNS = ("product_id", "sha256", "content_type", "width", "height", "bytes")
_FILL = text(
    f"INSERT INTO product_image (position, alt, {', '.join(_COLUMNS)})"  # noqa: S608 - the names are ours
    f" VALUES (0, '', {', '.join(f':{name}' for name in _COLUMNS)})"
)


def upgrade() -> None:
    bind, checkpoint = op.get_bind(), context.config.attributes["checkpoint"]
    for rows in batches(bind, "id, image", "product"):
        images = {identity: image.split(" ") for identity, image in rows if image is not None}
        for (filled,) in among(bind, _FILLED, list(images)) if images else ():
            del images[filled]
        if images:
            bind.execute(_FILL, [_row(image) for image in images.values()])
        checkpoint()


def _row(image: list[str]) -> dict[str, str | int]:
    """The row of an image, whose column has its parts in this order."""
    numbers = frozenset({"product_id", "width", "height", "bytes"})
    return {name: int(part) if name in numbers else part for name, part in zip(_COLUMNS, image, strict=True)}


def downgrade() -> None:
    """The column of the first image stays."""
