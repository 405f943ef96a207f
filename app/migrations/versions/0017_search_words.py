"""Stored products get the words of today's rules, and these are counted: 1,000 products at a time.

It may be cut off and run again: a product has its fields once its words are counted.
"""

from alembic import context, op

from app.migrations.refold import search_words

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for _ in search_words.fill(op.get_bind()):
        context.config.attributes["checkpoint"]()


def downgrade() -> None:
    """Older code does not know of them."""
