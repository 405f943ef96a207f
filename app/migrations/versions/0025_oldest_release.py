"""The database tells which servers it is too new for: those that do not know this revision or a newer one."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = op.create_table("oldest_release", sa.Column("revision", sa.Text(), nullable=False))
    op.bulk_insert(table, [{"revision": revision}])


def downgrade() -> None:
    op.drop_table("oldest_release")
