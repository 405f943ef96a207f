"""The tables of webhooks and of their deliveries."""

from sqlalchemy import CheckConstraint, Column, Identity, Index
from sqlalchemy import text as sql_text
from sqlmodel import Field, SQLModel

from app.domain.columns import ID, integer, reference, text

MAX_URL = 2_000
PENDING, DELIVERED, FAILED = STATUSES = ("pending", "delivered", "failed")
PAUSED, GONE, FAILING, EXPIRED = REASONS = ("paused", "gone", "failing", "expired")
"""Why a webhook is not active: its owner paused it, its endpoint answered 410 or failed for days, or it was held back
until the changes that it had not seen were no longer kept."""
_IS_PENDING = sql_text(f"status = '{PENDING}'")


class Webhook(SQLModel, table=True):
    """An endpoint that receives changes, and its place in the log; `types` is empty for all of them.

    `secret` signs, so it is stored unhashed; `old_secret` also signs until it expires. The lease holder delivers.
    """

    __tablename__ = "webhook"
    __table_args__ = (
        CheckConstraint(f"length(url) BETWEEN 1 AND {MAX_URL}", name="url_length"),
        CheckConstraint("(active = 1) = (reason IS NULL)", name="active"),
        CheckConstraint(f"reason IN {REASONS}", name="reason"),
        CheckConstraint("(old_secret IS NULL) = (old_secret_until IS NULL)", name="old_secret"),
        Index("ix_webhook_caller", "caller", "id"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=Column("id", ID, Identity(), primary_key=True))
    caller: str = Field(sa_column=text("caller"))
    url: str = Field(sa_column=text("url"))
    types: str = Field(sa_column=text("types"))
    active: int = Field(sa_column=integer("active"))
    reason: str | None = Field(default=None, sa_column=text("reason", nullable=True))
    secret: str = Field(sa_column=text("secret"))
    secret_number: int = Field(sa_column=integer("secret_number"))
    old_secret: str | None = Field(default=None, sa_column=text("old_secret", nullable=True))
    old_secret_until: int | None = Field(default=None, sa_column=integer("old_secret_until", nullable=True))
    place_epoch: int = Field(sa_column=integer("place_epoch"))
    place_id: int = Field(sa_column=integer("place_id"))
    place_seen: int = Field(sa_column=integer("place_seen"))
    place_at: int = Field(sa_column=integer("place_at"))
    last_number: int = Field(sa_column=integer("last_number"))
    failing_since: int | None = Field(default=None, sa_column=integer("failing_since", nullable=True))
    next_at: int = Field(sa_column=integer("next_at"))
    lease: str | None = Field(default=None, sa_column=text("lease", nullable=True))
    leased_until: int = Field(sa_column=integer("leased_until"))
    created_at: int = Field(sa_column=integer("created_at"))


class WebhookDelivery(SQLModel, table=True):
    """A message to an endpoint, by its number there. `data` is JSON; `scope` is the scope that its owner needs."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        Index(
            "ix_webhook_delivery_pending",
            "webhook_id",
            "number",
            sqlite_where=_IS_PENDING,
            postgresql_where=_IS_PENDING,
        ),
        Index("ix_webhook_delivery_created_at", "created_at"),
    )
    webhook_id: int = Field(sa_column=reference("webhook_id", "webhook.id", cascade=True, primary_key=True))
    number: int = Field(sa_column=integer("number", primary_key=True))
    message_id: str = Field(sa_column=text("message_id"))
    type: str = Field(sa_column=text("type"))
    data: str = Field(sa_column=text("data"))
    scope: str | None = Field(default=None, sa_column=text("scope", nullable=True))
    status: str = Field(sa_column=text("status"))
    attempts: int = Field(sa_column=integer("attempts"))
    response_status: int | None = Field(default=None, sa_column=integer("response_status", nullable=True))
    error: str | None = Field(default=None, sa_column=text("error", nullable=True))
    at: int = Field(sa_column=integer("at"))
    created_at: int = Field(sa_column=integer("created_at"))
    attempted_at: int | None = Field(default=None, sa_column=integer("attempted_at", nullable=True))
