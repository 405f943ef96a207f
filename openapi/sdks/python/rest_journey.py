"""A partner's day with the REST client: make products, find and change one, order it and a variant once, cancel.

python rest_journey.py http://127.0.0.1:8000 [API key]
"""

import json
import sys
from typing import TypeVar
from uuid import uuid4

from retries import Retrying
from tandem_rest import AuthenticatedClient
from tandem_rest.api.orders import cancel_order, place_order
from tandem_rest.api.products import (
    create_product,
    get_product,
    list_product_variants,
    list_products,
    update_product,
)
from tandem_rest.models import (
    Order,
    OrderInput,
    OrderItem,
    Problem,
    Product,
    ProductInput,
    ProductList,
    ProductPatch,
    ProductSort,
    VariantList,
)
from tandem_rest.types import UNSET, Response

T = TypeVar("T")


def got(answer: Response[T | Problem], kind: type[T]) -> T:
    """What was asked for; ends the journey where that was refused."""
    if not isinstance(answer.parsed, kind):
        sys.exit(f"{answer.status_code}: {answer.parsed}")
    return answer.parsed


def refusal(answer: Response[T | Problem]) -> str:
    """The code that a request was refused with."""
    return answer.parsed.code if isinstance(answer.parsed, Problem) else ""


def walk(client: AuthenticatedClient) -> list[int]:
    """The ids of all products in stock, page by page, dearest first."""
    ids: list[int] = []
    cursor: str | None = None
    while True:
        answer = list_products.sync_detailed(
            client=client, limit=50, cursor=cursor or UNSET, in_stock=True, sort=ProductSort.PRICE_DESCENDING
        )
        page = got(answer, ProductList)
        ids += [item.id for item in page.items if isinstance(item.id, int)]
        if (cursor := page.next_cursor) is None:
            return ids


def rename(client: AuthenticatedClient, product: Product, tag: str) -> tuple[Product, str]:
    """Change a name only if nobody edited the product since `tag`; else read it again, and change what is there now."""
    refused = ""
    for name in ("Brass bookend", "Brass bookend, pair"):
        answer = update_product.sync_detailed(
            product.id, client=client, body=ProductPatch(name=name), if_match=tag, idempotency_key=str(uuid4())
        )
        if refusal(answer) != "precondition_failed":
            return got(answer, Product), refused
        refused = refusal(answer)
        tag = get_product.sync_detailed(product.id, client=client).headers["etag"]
    sys.exit("somebody is always faster")


def tee(client: AuthenticatedClient) -> tuple[str, dict[str, float]]:
    """Make a product in two sizes; the sku of the larger one, and the prices of both by their skus."""
    small, medium = (f"TEE-{size}-{uuid4()}" for size in "SM")
    body = ProductInput.from_dict(
        {
            "name": "Striped tee",
            "price": 19,
            "currency": "EUR",
            "options": [{"name": "Size", "values": ["S", "M"]}],
            "variants": [
                {"sku": small, "stock": 3, "options": {"Size": "S"}},
                {"sku": medium, "stock": 5, "price": 21, "options": {"Size": "M"}},
            ],
        }
    )
    product = got(create_product.sync_detailed(client=client, body=body, idempotency_key=str(uuid4())), Product)
    page = got(list_product_variants.sync_detailed(product.id, client=client), VariantList)
    return medium, {str(one.sku): float(one.price or 0) for one in page.items}


def main(url: str, key: str = "") -> None:
    """Travel, and tell in one line of JSON what came of it."""
    client = AuthenticatedClient(f"{url}/v2", token=key, httpx_args={"transport": Retrying()})
    body = ProductInput(name="Walnut bookend", price=24.5, currency="EUR", stock=8)
    made = create_product.sync_detailed(client=client, body=body, idempotency_key=str(uuid4()))
    product, tag = got(made, Product), made.headers["etag"]
    update_product.sync(product.id, client=client, body=ProductPatch(price=26))  # somebody else's edit
    renamed, stale = rename(client, product, tag)

    sku, prices = tee(client)
    items = [OrderItem(product_id=product.id, quantity=2), OrderItem(sku=sku, quantity=1)]
    wanted = OrderInput(items=items, reference="bookends")
    order_key = str(uuid4())
    order, again = (
        got(place_order.sync_detailed(client=client, body=wanted, idempotency_key=order_key), Order) for _ in range(2)
    )
    cancelled = got(cancel_order.sync_detailed(order.id, client=client), Order)
    twice = cancel_order.sync_detailed(order.id, client=client)
    told = {
        "walked": walk(client),
        "product": product.id,
        "name": renamed.name,
        "stale": stale,
        "total": order.total,
        "prices": sorted(prices.values()),
        "options": order.lines[1].options.to_dict(),
        "orders": [order.id, again.id],
        "status": cancelled.status,
        "twice": refusal(twice),
    }
    sys.stdout.write(f"{json.dumps(told)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
