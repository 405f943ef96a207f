"""Webhooks and their deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _TEXT, nullable=nullable)


def _integer(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        *map(_text, ("caller", "url", "types")),
        _integer("active"),
        _text("reason", nullable=True),
        _text("secret"),
        _integer("secret_number"),
        _text("old_secret", nullable=True),
        _integer("old_secret_until", nullable=True),
        *map(_integer, ("place_epoch", "place_id", "place_seen", "place_at", "last_number")),
        _integer("failing_since", nullable=True),
        _integer("next_at"),
        _text("lease", nullable=True),
        *map(_integer, ("leased_until", "created_at")),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
        sa.CheckConstraint("length(url) BETWEEN 1 AND 2000", name=op.f("ck_webhook_url_length")),
        sa.CheckConstraint("(active = 1) = (reason IS NULL)", name=op.f("ck_webhook_active")),
        sa.CheckConstraint("reason IN ('paused', 'gone', 'failing', 'expired')", name=op.f("ck_webhook_reason")),
        sa.CheckConstraint("(old_secret IS NULL) = (old_secret_until IS NULL)", name=op.f("ck_webhook_old_secret")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_webhook_caller", "webhook", ["caller", "id"])
    op.create_table(
        "webhook_delivery",
        sa.Column("webhook_id", _ID, nullable=False),
        _integer("number"),
        *map(_text, ("message_id", "type", "data")),
        _text("scope", nullable=True),
        _text("status"),
        _integer("attempts"),
        _integer("response_status", nullable=True),
        _text("error", nullable=True),
        *map(_integer, ("at", "created_at")),
        _integer("attempted_at", nullable=True),
        sa.PrimaryKeyConstraint("webhook_id", "number", name="pk_webhook_delivery"),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name="fk_webhook_delivery_webhook_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("status IN ('pending', 'delivered', 'failed')", name=op.f("ck_webhook_delivery_status")),
    )
    pending = sa.text("status = 'pending'")
    op.create_index(
        "ix_webhook_delivery_pending",
        "webhook_delivery",
        ["webhook_id", "number"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
    op.create_index("ix_webhook_delivery_created_at", "webhook_delivery", ["created_at"])


def downgrade() -> None:
    op.drop_table("webhook_delivery")
    op.drop_table("webhook")
