"""Sales of variants: orders and stock, over v2 and GraphQL."""

from typing import Any

import pytest

from tests.behaviour.surfaces import Refused, Surface
from tests.behaviour.test_variants import SHIRT, shown
from tests.service import Service


async def test_stock_of_a_variant(service: Service, keyed: Surface) -> None:
    """Stock is adjusted by variant, never below zero; without a variant it is the first one's."""
    made = await keyed.create(**SHIRT)
    first, second, third = (one["id"] for one in (await shown(service, made.id))["variants"])
    await keyed.adjust_stock(made.id, 5, variantId=second)
    await keyed.adjust_stock(made.id, -3)
    for variant_id, delta, code in (
        (second, -6, "out_of_stock"),
        (third, 1, "conflict"),
        (999, 1, "validation_failed"),
    ):
        with pytest.raises(Refused, match=code):
            await keyed.adjust_stock(made.id, delta, variantId=variant_id)
    product = await shown(service, made.id)
    assert [(one["id"], one["stock"]) for one in product["variants"]] == [(first, 0), (second, 5), (third, None)]
    assert product["version"] == 1


async def test_stock_that_a_client_has_not_seen(service: Service, keyed: Surface) -> None:
    """A tag tells the stock of each variant: whoever sets one of them must have seen what sales have left."""
    made = await keyed.create(**SHIRT)
    ids = [one["id"] for one in (await shown(service, made.id))["variants"]]
    before = await keyed.get(made.id)
    await keyed.adjust_stock(made.id, 5, variantId=ids[1])
    after = await keyed.get(made.id)
    assert after.etag != before.etag
    listed = [{"id": ids[0]}, {"id": ids[1], "stock": 1}, {"id": ids[2]}]
    for stock in ({"stock": 7}, {"variants": listed}):
        with pytest.raises(Refused, match="precondition_failed"):
            await keyed.update(made.id, if_match=before.etag, **stock)
    await keyed.update(made.id, if_match=before.etag, name="Blouse")
    latest = await keyed.get(made.id)
    await keyed.update(made.id, if_match=latest.etag, variants=listed)
    assert [one["stock"] for one in (await shown(service, made.id))["variants"]] == [3, 1, None]


async def test_stock_in_a_batch(keyed: Surface) -> None:
    """The same holds for an operation of a batch."""
    made = await keyed.create(**SHIRT)
    before = await keyed.get(made.id)
    await keyed.adjust_stock(made.id, 5, variantId=made.members["variants"][1]["id"])
    operation = {"op": "update", "id": made.id, "ifMatch": before.etag, "product": {"stock": 4}}
    assert (await keyed.batch([operation])).results[0].code == "precondition_failed"


async def test_v1_knows_no_variants(service: Service) -> None:
    """v1 takes orders and adjustments as it did before there were variants."""
    made = (await service.send("POST", "/v2/products", SHIRT)).json()
    variant = made["variants"][0]["id"]
    for path, body, field in (
        ("/v1/orders", {"items": [{"variantId": variant, "quantity": 1}]}, "items.0.variantId"),
        ("/v1/orders", {"items": [{"sku": "S-RED", "quantity": 1}]}, "items.0.sku"),
        (f"/v1/products/{made['id']}/stock-adjustments", {"delta": 1, "variantId": variant}, "variantId"),
    ):
        refused = await service.send("POST", path, body, idempotency_key=field)
        assert refused.status_code == 422
        assert field in [one["field"] for one in refused.json()["details"]]


async def order(service: Service, items: list[dict[str, Any]], key: str) -> Any:
    """The answer to an order over v2."""
    return await service.send("POST", "/v2/orders", {"items": items}, idempotency_key=key)


async def test_orders(service: Service) -> None:
    """An order names a variant by its id or sku; a product that has several is refused, and nothing is oversold."""
    made = (await service.send("POST", "/v2/products", SHIRT)).json()
    first, second, third = (one["id"] for one in made["variants"])
    refused = (await order(service, [{"productId": made["id"], "quantity": 1}], "a")).json()
    assert (refused["code"], refused["status"], refused["details"][0]["field"]) == (
        *("variant_required", 422),
        "items.0.productId",
    )
    items = [{"variantId": first, "quantity": 2}, {"sku": "s-red", "quantity": 1}, {"variantId": third, "quantity": 4}]
    placed = (await order(service, items, "b")).json()
    assert placed["total"] == 140
    assert [(one["variantId"], one["sku"], one["options"]) for one in placed["lines"]] == [
        (first, "S-RED", {"Size": "S", "Colour": "red"}),
        (first, "S-RED", {"Size": "S", "Colour": "red"}),
        (third, None, {"Size": "L", "Colour": "blue"}),
    ]
    assert (await order(service, items, "c")).json()["code"] == "out_of_stock"
    assert (await order(service, [{"variantId": second, "quantity": 1}], "d")).json()["code"] == "out_of_stock"
    await service.send("POST", f"/v2/orders/{placed['id']}/cancellation", {})
    left = (await service.send("GET", f"/v2/products/{made['id']}")).json()
    assert [one["stock"] for one in left["variants"]] == [3, 0, None]
    for wrong in ({"quantity": 1}, {"variantId": first, "sku": "S-RED", "quantity": 1}, {"sku": "none", "quantity": 1}):
        assert (await order(service, [wrong], "e")).json()["code"] == "validation_failed"


async def test_orders_over_graphql(service: Service) -> None:
    """The same over GraphQL."""
    made = (await service.send("POST", "/v2/products", SHIRT)).json()
    document = """mutation($items: [OrderItemInput!]!) { placeOrder(input: {items: $items}) {
        order { lines { variantId sku options { name value } } } userErrors { code field } } }"""

    async def place(item: dict[str, Any], key: str) -> Any:
        answer = await service.graphql(document, {"items": [{**item, "quantity": 1}]}, idempotency_key=key)
        return answer["data"]["placeOrder"]

    refused = await place({"productId": made["id"]}, "a")
    assert refused["userErrors"] == [{"code": "VARIANT_REQUIRED", "field": ["items", "0", "productId"]}]
    placed = await place({"variantId": made["variants"][0]["id"]}, "b")
    options = [{"name": "Size", "value": "S"}, {"name": "Colour", "value": "red"}]
    assert placed["order"]["lines"] == [{"variantId": made["variants"][0]["id"], "sku": "S-RED", "options": options}]
    assert (await place({"sku": "none"}, "c"))["userErrors"][0]["field"] == ["items", "0", "sku"]
