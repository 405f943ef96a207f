"""Products with options and several variants, over v2 and GraphQL."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.models import MAX_OPTION_NAME, MAX_OPTION_VALUE, MAX_OPTIONS, MAX_VARIANTS
from tests.behaviour.surfaces import Refused, Surface, each_surface, surfaces
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


surface_name = each_surface("v2", "graphql")


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
