"""Products with options and several variants, over v2 and GraphQL."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.models import MAX_OPTION_NAME, MAX_OPTION_VALUE, MAX_OPTIONS, MAX_VARIANTS
from tests.behaviour.surfaces import Refused, Surface, surfaces
from tests.images import drawn, encoded
from tests.service import Service

SIZES: dict[str, Any] = {"name": "Size", "values": ["S", "M", "L"]}
NOTHING = {"gtin": None, "compareAtPrice": None, "weight": None, "imageId": None}
COLOURS: dict[str, Any] = {"name": "Colour", "values": ["red", "blue"]}
SHIRT: dict[str, Any] = {
    "name": "Shirt",
    "price": 20,
    "options": [SIZES, COLOURS],
    "variants": [
        {"sku": "S-RED", "stock": 3, "options": {"Size": "S", "Colour": "red"}},
        {"sku": "M-RED", "price": Decimal("21.5"), "stock": 0, "options": {"Size": "M", "Colour": "red"}},
        {"options": {"Size": "L", "Colour": "blue"}},
    ],
}


@pytest.fixture(params=["v2", "graphql"])
def surface_name(request: pytest.FixtureRequest) -> str:
    """The surfaces that have variants."""
    name: str = request.param
    return name


async def shown(service: Service, product_id: int) -> dict[str, Any]:
    """A product, which v2 and GraphQL must show alike."""
    members = [(await surfaces(service)[name].get(product_id)).members for name in ("v2", "graphql")]
    assert members[0] == members[1]
    return members[0]


def without_ids(product: dict[str, Any]) -> list[dict[str, Any]]:
    """The variants of a product without their ids."""
    return [{name: value for name, value in one.items() if name != "id"} for one in product["variants"]]


async def test_create(service: Service, surface: Surface) -> None:
    """Options and variants are shown as they were given; the first variant's price, sku and stock are the product's."""
    made = await surface.create(**SHIRT)
    product = await shown(service, made.id)
    assert (product["price"], product["sku"], product["stock"]) == (20, "S-RED", 3)
    assert product["options"] == [SIZES, COLOURS]
    assert without_ids(product) == [
        {"sku": "S-RED", "price": 20, "stock": 3, "options": {"Size": "S", "Colour": "red"}} | NOTHING,
        {"sku": "M-RED", "price": Decimal("21.5"), "stock": 0, "options": {"Size": "M", "Colour": "red"}} | NOTHING,
        {"sku": None, "price": 20, "stock": None, "options": {"Size": "L", "Colour": "blue"}} | NOTHING,
    ]
    assert len({one["id"] for one in product["variants"]}) == len(product["variants"])


async def test_a_plain_product_has_one_variant(service: Service, surface: Surface) -> None:
    """A product without options has one variant, which has what the product has; writing it writes that."""
    made = await surface.create(name="Kettle", price=5, sku="K", stock=2)
    product = await shown(service, made.id)
    assert product["options"] == []
    assert without_ids(product) == [{"sku": "K", "price": 5, "stock": 2, "options": {}} | NOTHING]
    await surface.update(made.id, price=6, stock=9)
    changed = await shown(service, made.id)
    assert without_ids(changed) == [{"sku": "K", "price": 6, "stock": 9, "options": {}} | NOTHING]
    assert changed["variants"][0]["id"] == product["variants"][0]["id"]


async def test_the_whole_list(service: Service, surface: Surface) -> None:
    """Of a new list those with a known id or sku stay and keep what they leave out; others are made or deleted."""
    made = await surface.create(**SHIRT)
    first, second, third = (await shown(service, made.id))["variants"]
    listed = [
        {"id": third["id"], "price": 30},
        {"sku": "s-red"},
        {"sku": "NEW", "price": 7, "options": {"Size": "L", "Colour": "red"}},
    ]
    await surface.update(made.id, variants=listed)
    product = await shown(service, made.id)
    assert [one["id"] for one in product["variants"][:2]] == [third["id"], first["id"]]
    assert product["variants"][2]["id"] not in (first["id"], second["id"], third["id"])
    assert [one["price"] for one in product["variants"]] == [30, 20, 7]
    assert (product["price"], product["sku"], product["version"]) == (30, None, 2)
    assert product["variants"][1] == first | {"sku": "s-red"}
    same = await surface.update(made.id, variants=[{"id": one["id"]} for one in product["variants"]])
    assert same.members["version"] == 2
    assert (await surface.create(name="Other", price=1, sku="M-RED")).members["sku"] == "M-RED"


GTIN, OTHER_GTIN = "4006381333931", "96385074"


async def test_what_variants_are_sold_by(service: Service, surface: Surface) -> None:
    """Each variant has a gtin, an earlier price and a weight; those of the first are the product's."""
    sold = {"gtin": GTIN, "compareAtPrice": Decimal("29.9"), "weight": {"value": Decimal("0.25"), "unit": "kg"}}
    other = {"gtin": OTHER_GTIN, "compareAtPrice": 30, "weight": {"value": 8, "unit": "oz"}}
    first, second, third = SHIRT["variants"]
    made = await surface.create(**{**SHIRT, "variants": [first | sold, second | other, third]})
    product = await shown(service, made.id)
    assert {name: product[name] for name in sold} == sold
    assert [{name: one[name] for name in sold} for one in product["variants"]] == [sold, other, dict.fromkeys(sold)]
    for gtin, found in ((GTIN, [made.id]), (OTHER_GTIN, [made.id]), ("12345670", []), ("x", [])):
        assert (await surface.list(gtin=gtin)).ids == found
    assert (await surface.list(gtin=OTHER_GTIN, minPrice=21)).ids == [made.id]
    assert (await surface.list(gtin=OTHER_GTIN, inStock=True)).ids == []
    changed = (await surface.update(made.id, gtin=None, compareAtPrice=25, weight={"value": 1, "unit": "lb"})).members
    assert (changed["gtin"], changed["compareAtPrice"], changed["weight"]) == (None, 25, {"value": 1, "unit": "lb"})
    after = (await shown(service, made.id))["variants"]
    assert after[1:] == product["variants"][1:]
    listed = (await service.send("GET", "/v2/products?limit=1")).json()["items"][0]
    assert (listed["compareAtPrice"], listed["weight"]) == (25, {"value": 1, "unit": "lb"})


async def test_images_of_variants(service: Service, surface: Surface) -> None:
    """A variant names an image of its product, and none once that is gone."""
    made = await surface.create(**SHIRT)
    other = await surface.create(name="Other", price=1)
    images = []
    for product_id in (made.id, made.id, other.id):
        answer = await service.attach(product_id, encoded(drawn(8 + len(images)), "PNG"))
        images.append(answer.json()["id"])
    ids = [one["id"] for one in (await shown(service, made.id))["variants"]]
    listed = [{"id": ids[0], "imageId": images[1]}, {"id": ids[1], "imageId": images[0]}, {"id": ids[2]}]
    await surface.update(made.id, variants=listed)
    assert [one["imageId"] for one in (await shown(service, made.id))["variants"]] == [images[1], images[0], None]
    for wrong in (images[2], 999):
        with pytest.raises(Refused, match="validation_failed"):
            await surface.update(made.id, variants=[{"id": ids[0], "imageId": wrong}, *listed[1:]])
    with pytest.raises(Refused, match="validation_failed"):
        await surface.create(**{**SHIRT, "variants": [{**SHIRT["variants"][0], "sku": "X", "imageId": images[0]}]})
    answer = await service.send("DELETE", f"/v2/products/{made.id}/images/{images[1]}")
    assert answer.status_code == 204
    assert [one["imageId"] for one in (await shown(service, made.id))["variants"]] == [None, images[0], None]


async def test_stock_that_a_client_has_not_seen(service: Service, surface: Surface) -> None:
    """A tag tells the stock of each variant: whoever sets one of them must have seen what sales have left."""
    made = await surface.create(**SHIRT)
    ids = [one["id"] for one in (await shown(service, made.id))["variants"]]
    before = await surface.get(made.id)
    await surface.adjust_stock(made.id, 5, variantId=ids[1])
    after = await surface.get(made.id)
    assert after.etag != before.etag
    listed = [{"id": ids[0]}, {"id": ids[1], "stock": 1}, {"id": ids[2]}]
    for stock in ({"stock": 7}, {"variants": listed}):
        with pytest.raises(Refused, match="precondition_failed"):
            await surface.update(made.id, if_match=before.etag, **stock)
    await surface.update(made.id, if_match=before.etag, name="Blouse")
    latest = await surface.get(made.id)
    await surface.update(made.id, if_match=latest.etag, variants=listed)
    assert [one["stock"] for one in (await shown(service, made.id))["variants"]] == [3, 1, None]


async def test_stock_in_a_batch(surface: Surface) -> None:
    """The same holds for an operation of a batch."""
    made = await surface.create(**SHIRT)
    before = await surface.get(made.id)
    await surface.adjust_stock(made.id, 5, variantId=made.members["variants"][1]["id"])
    operation = {"op": "update", "id": made.id, "ifMatch": before.etag, "product": {"stock": 4}}
    assert (await surface.batch([operation])).results[0].code == "precondition_failed"


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


async def test_skus_change_hands(service: Service, surface: Surface) -> None:
    """Two variants may take each other's skus in one edit."""
    made = await surface.create(**SHIRT)
    first, second, _ = (await shown(service, made.id))["variants"]
    await surface.update(made.id, variants=[{"id": first["id"], "sku": "M-RED"}, {"id": second["id"], "sku": "S-RED"}])
    assert [one["sku"] for one in (await shown(service, made.id))["variants"]] == ["M-RED", "S-RED"]


async def test_clearing(service: Service, surface: Surface) -> None:
    """Without options and variants only the first variant stays, with its id."""
    made = await surface.create(**SHIRT)
    first = (await shown(service, made.id))["variants"][0]
    await surface.update(made.id, options=[], variants=[])
    product = await shown(service, made.id)
    assert product["options"] == []
    assert product["variants"] == [first | {"options": {}}]


async def test_put_keeps_them(service: Service, surface: Surface) -> None:
    """A PUT that says nothing of options and variants keeps them; one that lists variants needs no sku beside them."""
    made = await surface.create(**SHIRT)
    before = await shown(service, made.id)
    answer = await service.send("PUT", f"/v2/products/{made.id}", {"name": "Shirt", "price": 20, "sku": "S-RED"})
    assert answer.json()["variants"][1:] == [{**one, "price": float(one["price"])} for one in before["variants"][1:]]
    put = await surface.put("S-RED", name="Shirt", price=20, variants=[{"stock": 8}, SHIRT["variants"][1]])
    assert not put.created
    after = (await shown(service, made.id))["variants"]
    assert after == [before["variants"][0] | {"stock": 8}, before["variants"][1]]


WRONG: list[dict[str, Any]] = [
    {"gtin": "4006381333932"},
    {"gtin": "1234567"},
    {"compareAtPrice": 0},
    {"compareAtPrice": Decimal("1.234")},
    {"weight": {"value": -1, "unit": "kg"}},
    {"weight": {"value": 1_000_001, "unit": "kg"}},
    {"weight": {"value": Decimal("0.0000001"), "unit": "kg"}},
]


@pytest.mark.parametrize(
    "members",
    [
        {"options": []},
        {"options": [SIZES]},
        {"options": [SIZES, {"name": " size ", "values": ["S"]}]},
        {"options": [SIZES, {"name": "Colour", "values": []}]},
        {"options": [SIZES, {"name": "Colour", "values": ["red", "blue", "RED"]}]},
        {"options": [SIZES, {"name": "x" * (MAX_OPTION_NAME + 1), "values": ["red"]}]},
        {"options": [SIZES, {"name": "Colour", "values": ["x" * (MAX_OPTION_VALUE + 1)]}]},
        {"options": [{"name": f"o{n}", "values": ["a"]} for n in range(MAX_OPTIONS + 1)]},
        {"variants": [{"options": {"Size": "S"}}]},
        {"variants": [{"options": {"Size": "XXL", "Colour": "red"}}]},
        {"variants": [{"options": {"Size": "S", "Colour": "red", "Cut": "slim"}}]},
        {"variants": [{"options": {"Size": "S", "Colour": "red"}}, {"options": {"size": "s", "Colour": "RED"}}]},
        {"variants": [{"id": 999, "options": {"Size": "S", "Colour": "red"}}]},
        {"variants": [{"price": 0, "options": {"Size": "S", "Colour": "red"}}]},
        {"variants": [{"price": Decimal("1.234"), "options": {"Size": "S", "Colour": "red"}}]},
        {"variants": [{"stock": -1, "options": {"Size": "S", "Colour": "red"}}]},
        *({"variants": [{**wrong, "options": {"Size": "S", "Colour": "red"}}]} for wrong in WRONG),
        *WRONG,
        {"variants": [{"price": 21, "options": {"Size": "S", "Colour": "red"}}]},
        {"variants": [{"options": {"Size": "S", "Colour": "red"}}] * (MAX_VARIANTS + 1)},
        {
            "variants": [
                {"sku": "X", "options": {"Size": "S", "Colour": "red"}},
                {"sku": "x", "options": {"Size": "M", "Colour": "red"}},
            ]
        },
    ],
)
async def test_bounds(surface: Surface, members: dict[str, Any]) -> None:
    """What does not fit is refused."""
    with pytest.raises(Refused, match="validation_failed"):
        await surface.create(**{**SHIRT, **members})


async def test_a_sku_is_one_variants(service: Service, surface: Surface) -> None:
    """A sku that any variant of another product has is a conflict."""
    await surface.create(**SHIRT)
    with pytest.raises(Refused, match="conflict"):
        await surface.create(name="Other", price=1, sku="m-red")


async def test_errors_name_their_place(service: Service) -> None:
    """Faults name the item and its member."""
    variants = [{"options": {"Size": "S", "Colour": "pink"}}, {"price": -1, "options": {"Size": "M"}, "colour": 1}, 7]
    answer = await service.send("POST", "/v2/products", {**SHIRT, "variants": variants})
    assert {fault["field"] for fault in answer.json()["details"]} == {
        "variants.1.price",
        "variants.1.colour",
        "variants.2",
    }
    answer = await service.send("POST", "/v2/products", {**SHIRT, "variants": variants[:1]})
    assert {fault["field"] for fault in answer.json()["details"]} == {"variants.0.options"}


async def test_stock_of_a_variant(service: Service, surface: Surface) -> None:
    """Stock is adjusted by variant, never below zero; without a variant it is the first one's."""
    made = await surface.create(**SHIRT)
    first, second, third = (one["id"] for one in (await shown(service, made.id))["variants"])
    await surface.adjust_stock(made.id, 5, variantId=second)
    await surface.adjust_stock(made.id, -3)
    for variant_id, delta, code in (
        (second, -6, "out_of_stock"),
        (third, 1, "conflict"),
        (999, 1, "validation_failed"),
    ):
        with pytest.raises(Refused, match=code):
            await surface.adjust_stock(made.id, delta, variantId=variant_id)
    product = await shown(service, made.id)
    assert [(one["id"], one["stock"]) for one in product["variants"]] == [(first, 0), (second, 5), (third, None)]
    assert product["version"] == 1


async def test_batches(surface: Surface) -> None:
    """A batch makes products with variants; a later operation sees the skus of an earlier one."""
    operations = [
        {"op": "create", "product": {"name": "Mug", "price": 5}},
        {"op": "create", "product": {"name": "Other", "price": 5, "sku": "M-RED"}},
    ]
    if surface.name == "v2":
        operations[0]["product"] = SHIRT
    for dry_run in (True, False):
        ran = await surface.batch(operations, dryRun=dry_run)
        assert [result.status for result in ran.results] == ([201, 409] if surface.name == "v2" else [201, 201])


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
