"""Stored rows get the keys and words of today's rules: 1,000 at a time, each time committed where others read on.

Nothing is merged or deleted. Of rows that are the same by today's rules the oldest gets the key. Control characters in
names and skus become spaces. It may be cut off and run again.
"""

from alembic import context, op

from app.migrations.refold import categories, products

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    notes, checkpoint = context.config.attributes["notes"], context.config.attributes["checkpoint"]
    for noun in (categories, products):
        for noted in noun.refold(op.get_bind()):
            notes.extend(noted)
            checkpoint()


def downgrade() -> None:
    """Older code makes its own keys again when a row is edited; until then it finds what it can."""
