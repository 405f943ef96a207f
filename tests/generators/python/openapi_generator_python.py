"""A journey with the client that OpenAPI Generator makes for Python."""

from journey import KEY, URL, travel
from tandem_client import (
    ApiClient,
    Configuration,
    FilesApi,
    OrderInput,
    OrderItem,
    OrdersApi,
    ProductField,
    ProductInput,
    ProductPatch,
    ProductsApi,
)

client = ApiClient(Configuration(host=URL, access_token=KEY))
products = ProductsApi(client)

travel(
    {
        "list": lambda: products.list_products().items,
        "filter": lambda fields, category: [
            item.to_dict()
            for item in products.list_products(fields=[*map(ProductField, fields)], category=category).items
        ],
        "create": lambda name, price: products.create_product(ProductInput(name=name, price=price)),
        "patch": lambda of, tag, name: products.update_product(of, ProductPatch(name=name), if_match=tag),
        "order": lambda key, of, quantity: OrdersApi(client).place_order(
            key, OrderInput(items=[OrderItem(product_id=of, quantity=quantity)])
        ),
        "remove": lambda of, tag: products.delete_product(of, if_match=tag),
        "upload": lambda name, content: FilesApi(client).create_file((name, content)),
    }
)
