"""An order as tutorials have it: FastAPI, a SQLModel session in the thread pool, SQLite as it comes, no idempotency."""

import os
import sys
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlmodel import Field, Session, SQLModel, create_engine


class Product(SQLModel, table=True):
    """A product; its price in cents."""

    id: int | None = Field(default=None, primary_key=True)
    name: str
    price: int
    stock: int


class Order(SQLModel, table=True):
    """An order."""

    id: int | None = Field(default=None, primary_key=True)
    reference: str
    total: int = 0


class OrderLine(SQLModel, table=True):
    """A line of an order."""

    id: int | None = Field(default=None, primary_key=True)
    order_id: int | None = Field(default=None, foreign_key="order.id")
    product_id: int = Field(foreign_key="product.id")
    quantity: int
    unit_price: int


class ItemInput(SQLModel):
    """What is ordered of a product."""

    productId: int  # noqa: N815 - the same body as ours
    quantity: int = Field(gt=0)


class OrderInput(SQLModel):
    """What is ordered."""

    reference: str
    items: list[ItemInput]


engine = create_engine(os.environ.get("TUTORIAL_DATABASE_URL", "sqlite://"))
app = FastAPI()


def session() -> Iterator[Session]:
    """A session for each request."""
    with Session(engine) as made:
        yield made


@app.post("/v2/orders", status_code=201)
def place(wanted: OrderInput, session: Annotated[Session, Depends(session)]) -> Order:
    """Place an order."""
    order = Order(reference=wanted.reference)
    session.add(order)
    session.flush()
    for item in wanted.items:
        product = session.get(Product, item.productId)
        if product is None:
            raise HTTPException(422, "Unknown product")
        if product.stock < item.quantity:
            raise HTTPException(409, "Out of stock")
        product.stock -= item.quantity
        order.total += product.price * item.quantity
        line = OrderLine(order_id=order.id, product_id=item.productId, quantity=item.quantity, unit_price=product.price)
        session.add(line)
    session.commit()
    session.refresh(order)
    return order


def stock_up(products: int) -> None:
    """Make the tables, and so many products."""
    SQLModel.metadata.create_all(engine)
    with Session(engine) as made:
        made.add_all(Product(name=f"Tea {n}", price=1234, stock=1_000_000_000) for n in range(products))
        made.commit()


if __name__ == "__main__":
    stock_up(int(sys.argv[1]))
