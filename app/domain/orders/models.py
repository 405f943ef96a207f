"""The tables of orders, as `app.domain.models` has those of the catalogue."""

from sqlalchemy import CheckConstraint, Column, Identity, Index
from sqlalchemy import text as sql_text
from sqlmodel import Field, SQLModel

from app.domain import money
from app.domain.columns import ID, integer, reference, text

MAX_QUANTITY = 10_000
MAX_LINES = 100
MAX_REFERENCE = 64


def _index_on_some(condition: str, name: str, *columns: str) -> Index:
    """A partial index."""
    where = sql_text(condition)
    return Index(f"ix_purchase_{name}", *columns, sqlite_where=where, postgresql_where=where)


class Order(SQLModel, table=True):
    """An order of a caller; its lines keep the state when it was placed.

    Releases that keep no time of a cancellation leave `cancelled_at` NULL.
    """

    __tablename__ = "purchase"
    __table_args__ = (
        CheckConstraint("status IN ('placed', 'cancelled')", name="status"),
        CheckConstraint(f"length(reference) <= {MAX_REFERENCE}", name="reference_length"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint(f"total BETWEEN 1 AND {money.MAX_TOTAL}", name="total_range"),
        Index("ix_purchase_caller_created_at", "caller", "created_at", "id"),
        _index_on_some("reference IS NOT NULL", "caller_reference", "caller", "reference", "id"),
        _index_on_some(
            "reference IS NOT NULL", "caller_reference_created_at", "caller", "reference", "created_at", "id"
        ),
        _index_on_some("status = 'cancelled'", "cancelled", "caller", "id"),
        _index_on_some("status = 'cancelled'", "cancelled_created_at", "caller", "created_at", "id"),
        _index_on_some("cancelled_at IS NOT NULL", "cancelled_at", "caller", "cancelled_at", "id"),
        Index("ix_purchase_caller", "caller", "id"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, sa_column=Column("id", ID, Identity(), primary_key=True))
    caller: str = Field(sa_column=text("caller"))
    status: str = Field(sa_column=text("status"))
    reference: str | None = Field(default=None, sa_column=text("reference", nullable=True))
    currency: str = Field(sa_column=text("currency"))
    total: int = Field(sa_column=integer("total"))
    created_at: int = Field(sa_column=integer("created_at"))
    cancelled_at: int | None = Field(default=None, sa_column=integer("cancelled_at", nullable=True))


class OrderLine(SQLModel, table=True):
    """A line of an order: the sold variant at that moment, and whether its stock was taken.

    `product_id` and `variant_id` are no foreign keys: the line outlives what it sold. A line without `variant_id` is
    from before variants; the variant that its product had then has the product's id.
    """

    __tablename__ = "purchase_line"
    __table_args__ = (
        CheckConstraint(f"quantity BETWEEN 1 AND {MAX_QUANTITY}", name="quantity_range"),
        CheckConstraint("unit_price >= 1", name="unit_price"),
        CheckConstraint("taken IN (0, quantity)", name="taken"),
    )
    order_id: int = Field(sa_column=reference("order_id", "purchase.id", cascade=True, primary_key=True))
    position: int = Field(sa_column=integer("position", primary_key=True))
    product_id: int = Field(sa_column=Column("product_id", ID, nullable=False))
    name: str = Field(sa_column=text("name"))
    quantity: int = Field(sa_column=integer("quantity"))
    unit_price: int = Field(sa_column=integer("unit_price"))
    taken: int = Field(sa_column=integer("taken"))
    variant_id: int | None = Field(default=None, sa_column=integer("variant_id", nullable=True))
    sku: str | None = Field(default=None, sa_column=text("sku", nullable=True))
    options: str | None = Field(default=None, sa_column=text("options", nullable=True))
