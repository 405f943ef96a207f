"""Stored products get the values that they are filtered and counted by: 1,000 products at a time.

It may be cut off and run again: a batch replaces what an earlier run stored.
"""

from alembic import context, op

from app.migrations.refold import values

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for _ in values.fill(op.get_bind()):
        context.config.attributes["checkpoint"]()


def downgrade() -> None:
    """The table goes with its own revision."""
