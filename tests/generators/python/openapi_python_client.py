"""A journey with the client that openapi-python-client makes."""

from io import BytesIO
from typing import Any

from journey import KEY, URL, travel
from tandem_client import AuthenticatedClient
from tandem_client.api.files import create_file
from tandem_client.api.orders import place_order
from tandem_client.api.products import create_product, delete_product, list_products, update_product
from tandem_client.models import OrderInput, OrderItem, ProductField, ProductInput, ProductList, ProductPatch, Upload
from tandem_client.types import File

client = AuthenticatedClient(URL, token=KEY)


def items(page: Any) -> list[dict[str, Any]]:
    """The products of a page, as they came."""
    assert isinstance(page, ProductList), page
    return [item.to_dict() for item in page.items]


travel(
    {
        "list": lambda: items(list_products.sync(client=client)),
        "filter": lambda fields, category: items(
            list_products.sync(client=client, fields=[*map(ProductField, fields)], category=category)
        ),
        "create": lambda name, price: create_product.sync(client=client, body=ProductInput(name=name, price=price)),
        "patch": lambda of, tag, name: update_product.sync(
            of, client=client, body=ProductPatch(name=name), if_match=tag
        ),
        "order": lambda key, of, quantity: place_order.sync(
            client=client, body=OrderInput(items=[OrderItem(product_id=of, quantity=quantity)]), idempotency_key=key
        ),
        "remove": lambda of, tag: delete_product.sync(of, client=client, if_match=tag),
        "upload": lambda name, content: create_file.sync(
            client=client, body=Upload(file=File(BytesIO(content), name, "text/plain"))
        ),
    }
)
