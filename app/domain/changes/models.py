"""The table of the change log."""

from sqlalchemy import CheckConstraint, Column, Identity, Index
from sqlalchemy import text as sql_text
from sqlmodel import Field, SQLModel

from app.domain.columns import ID, integer, text

ONE_PRODUCT = sql_text("type LIKE 'product.%' AND runs IS NULL")
MANY_PRODUCTS = sql_text("runs IS NOT NULL")


class ChangeRecord(SQLModel, table=True):
    """The effect of one command, or the changes of one kind that a batch made.

    `epoch` (NULL on SQLite) and `id` are its place in the log. `public_type` is its type for those who see the public
    catalogue alone: NULL where that is `type`, empty where they see nothing of it. `runs` are the products of a batch,
    from `subject_id` to `last_id`; `moved` are those whose stock an order moved, with commas between them;
    those that were not public have a minus in front.
    """

    __tablename__ = "change"
    __table_args__ = (
        CheckConstraint("(runs IS NULL) = (last_id IS NULL)", name="runs"),
        Index("ix_change_epoch", "epoch", "id", sqlite_where=sql_text("epoch IS NOT NULL")),
        Index("ix_change_product", "subject_id", "id", sqlite_where=ONE_PRODUCT, postgresql_where=ONE_PRODUCT),
        Index("ix_change_products", "last_id", "id", sqlite_where=MANY_PRODUCTS, postgresql_where=MANY_PRODUCTS),
    )
    id: int | None = Field(default=None, sa_column=Column("id", ID, Identity(), primary_key=True))
    epoch: int | None = Field(default=None, sa_column=integer("epoch", nullable=True))
    type: str = Field(sa_column=text("type"))
    public_type: str | None = Field(default=None, sa_column=text("public_type", nullable=True))
    subject_id: int | None = Field(default=None, sa_column=integer("subject_id", nullable=True))
    last_id: int | None = Field(default=None, sa_column=integer("last_id", nullable=True))
    runs: str | None = Field(default=None, sa_column=text("runs", nullable=True))
    moved: str | None = Field(default=None, sa_column=text("moved", nullable=True))
    version: int | None = Field(default=None, sa_column=integer("version", nullable=True))
    members: str = Field(sa_column=text("members"))
    at: int = Field(sa_column=integer("at"))
    caller: str = Field(sa_column=text("caller"))
    request_id: str | None = Field(default=None, sa_column=text("request_id", nullable=True))
