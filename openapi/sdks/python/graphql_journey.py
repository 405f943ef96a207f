"""A partner's day with the GraphQL client: make products, find and change one, order it and a variant once, cancel.

python graphql_journey.py http://127.0.0.1:8000 [API key]
"""

import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import httpx
from retries import Retrying
from tandem_graphql import Client
from tandem_graphql.enums import ErrorCode
from tandem_graphql.input_types import (
    CancelOrderInput,
    CreateProductInput,
    OrderItemInput,
    PlaceOrderInput,
    ProductBy,
    ProductFilter,
    ProductOptionInput,
    UpdateProductInput,
    VariantInput,
    VariantOptionInput,
)

T = TypeVar("T")


class UserError(Protocol):
    """What every mutation's user errors have."""

    @property
    def code(self) -> ErrorCode: ...


def got(thing: T | None) -> T:
    """What was asked for; ends the journey where there is none."""
    if thing is None:
        sys.exit("refused")
    return thing


def codes(errors: Sequence[UserError]) -> str:
    """The codes that a mutation was refused with, as REST spells them."""
    return " ".join(error.code.value.lower() for error in errors)


def key() -> dict[str, str]:
    """The header that makes a mutation safe to send again."""
    return {"Idempotency-Key": str(uuid4())}


def walk(client: Client) -> list[str]:
    """The ids of all products in stock, page by page."""
    ids: list[str] = []
    after: str | None = None
    while True:
        page = client.next_page(first=50, after=after, filter_=ProductFilter(inStock=True)).products
        ids += [edge.node.id for edge in page.edges]
        if not page.page_info.has_next_page:
            return ids
        after = page.page_info.end_cursor


def rename(client: Client, product: str, tag: str) -> tuple[str, str]:
    """Change a name only if nobody edited the product since `tag`; else read it again, and change what is there now."""
    refused = ""
    for name in ("Brass bookend", "Brass bookend, pair"):
        asked = UpdateProductInput(id=product, name=name, ifMatch=tag)
        answer = got(client.update_product(asked, headers=key()).update_product)
        if codes(answer.user_errors) != "precondition_failed":
            return got(client.product_detail(got(answer.product).id).product).name, refused
        refused = codes(answer.user_errors)
        tag = got(client.product_detail(product).product).etag
    sys.exit("somebody is always faster")


def tee(client: Client) -> tuple[str, dict[str, Decimal]]:
    """Make a product in two sizes; the sku of the larger one, and the prices of both by their skus."""
    small, medium = (f"TEE-{size}-{uuid4()}" for size in "SM")
    sizes = [[VariantOptionInput(name="Size", value=size)] for size in "SM"]
    body = CreateProductInput(
        name="Striped tee",
        price=Decimal(19),
        currency="EUR",
        options=[ProductOptionInput(name="Size", values=["S", "M"])],
        variants=[
            VariantInput(sku=small, stock=3, options=sizes[0]),
            VariantInput(sku=medium, stock=5, price=Decimal(21), options=sizes[1]),
        ],
    )
    got(got(client.create_with_variants(body, headers=key()).create_product).product)
    page = got(client.product_variants(ProductBy(sku=small)).product).variants
    return medium, {got(edge.node.sku): edge.node.price for edge in page.edges}


def main(url: str, api_key: str = "") -> None:
    """Travel, and tell in one line of JSON what came of it."""
    session: Any = httpx.Client(transport=Retrying(), headers={"Authorization": f"Bearer {api_key}"})
    client = Client(f"{url}/graphql", http_client=session)
    body = CreateProductInput(name="Walnut bookend", price=Decimal("24.50"), currency="EUR", stock=8)
    product = got(got(client.create_product(body, headers=key()).create_product).product)
    client.update_product(UpdateProductInput(id=product.id, price=Decimal(26)))  # somebody else's edit
    name, stale = rename(client, product.id, product.etag)

    sku, prices = tee(client)
    items = [OrderItemInput(productId=product.id, quantity=2), OrderItemInput(sku=sku, quantity=1)]
    wanted = PlaceOrderInput(items=items, reference="bookends")
    order_key = key()
    order, again = (got(got(client.place_order(wanted, headers=order_key).place_order).order) for _ in range(2))
    cancelled = got(client.cancel_order(CancelOrderInput(id=order.id), headers=key()).cancel_order)
    twice = got(client.cancel_order(CancelOrderInput(id=order.id), headers=key()).cancel_order)
    told = {
        "walked": walk(client),
        "product": product.id,
        "name": name,
        "stale": stale,
        "total": float(order.total),
        "prices": sorted(map(float, prices.values())),
        "options": {option.name: option.value for option in order.lines[1].options},
        "orders": [order.order_id, again.order_id],
        "status": got(cancelled.order).status.value.lower(),
        "twice": codes(twice.user_errors),
    }
    sys.stdout.write(f"{json.dumps(told)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
