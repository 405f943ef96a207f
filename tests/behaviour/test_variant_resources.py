"""Variants by their own addresses: listed, added, changed, replaced and removed; each is an edit of the product."""

from typing import Any

import pytest

from app.domain.models import MAX_VARIANTS
from schema.types import nodes
from tests.behaviour.test_variants import COLOURS, GTIN, SHIRT, SIZES
from tests.service import Service

ADDED: dict[str, Any] = {"sku": "L-RED", "price": 9, "options": {"Size": "L", "Colour": "red"}}


@pytest.fixture
async def shirt(service: Service) -> dict[str, Any]:
    """A product with three variants."""
    made: dict[str, Any] = (await service.send("POST", "/v2/products", SHIRT)).json()
    return made


async def product_of(service: Service, product_id: int) -> dict[str, Any]:
    """A product as v2 shows it."""
    shown: dict[str, Any] = (await service.send("GET", f"/v2/products/{product_id}")).json()
    return shown


def fields_of(answer: Any) -> list[str]:
    """The fields of a refusal."""
    return [one["field"] for one in answer.json()["details"]]


async def test_list(service: Service, shirt: dict[str, Any]) -> None:
    """The list shows the product's variants in their order, page by page, with the cursors of GraphQL."""
    first = (await service.send("GET", f"/v2/products/{shirt['id']}/variants?limit=2&count=exact")).json()
    beside = {"productId": shirt["id"], "currency": "USD"}
    assert first["items"] == [one | beside for one in shirt["variants"][:2]]
    assert first["totalCount"] == len(shirt["variants"])
    rest = (await service.send("GET", first["links"]["next"])).json()
    assert rest["items"] == [one | beside for one in shirt["variants"][2:]]
    document = "query($id: ID!, $after: String) { product(id: $id) { variants(first: 2, after: $after) {"
    document += " edges { node { variantId } } pageInfo { endCursor } } } }"
    page = (await service.graphql(document, {"id": shirt["id"]}))["data"]["product"]["variants"]
    assert page["pageInfo"]["endCursor"] == first["nextCursor"]
    by_sku = await service.send("GET", "/v2/products/sku:s-red/variants?sort=-id&fields=id")
    assert by_sku.json()["items"] == [{"id": one["id"]} for one in reversed(shirt["variants"])]
    assert (await service.send("GET", "/v2/products/999/variants")).status_code == 404
    assert (await service.send("GET", "/v2/products/sku:M-RED/variants")).status_code == 404


async def test_one(service: Service, shirt: dict[str, Any]) -> None:
    """A variant is read by its id and by its sku, first or not; its tag is that of the answer."""
    first, second, _ = shirt["variants"]
    for path, expected in (
        (f"/v2/variants/{second['id']}", second),
        ("/v2/variants/sku:m-red", second),
        ("/v2/variants/sku:S-RED", first),
    ):
        answer = await service.send("GET", path)
        assert answer.json() == expected | {"productId": shirt["id"], "currency": "USD"}
        known = await service.send("GET", path, if_none_match=answer.headers["etag"])
        assert known.status_code == 304
    assert (await service.send("GET", f"/v2/variants/{first['id']}?fields=id")).json() == {"id": first["id"]}
    for missing in ("999", "sku:none", "slug:shirt", "x"):
        assert (await service.send("GET", f"/v2/variants/{missing}")).status_code == 404
    assert (await service.send("PUT", "/v2/products/sku:m-red", {"name": "Other", "price": 1})).status_code == 409


async def test_graphql_nodes(service: Service, shirt: dict[str, Any]) -> None:
    """`variant` takes plain and global ids, `node` a global one."""
    second = shirt["variants"][1]
    document = "query($id: ID!, $global: ID!) { a: variant(id: $id) { sku } b: variant(id: $global) { sku }"
    document += " node(id: $global) { id ... on Variant { sku price } } none: variant(id: 999) { sku } }"
    known = {"id": second["id"], "global": nodes.encode("Variant", second["id"])}
    data = (await service.graphql(document, known))["data"]
    assert data["a"] == data["b"] == {"sku": "M-RED"}
    assert data["node"] == {"id": known["global"], "sku": "M-RED", "price": "21.50"}
    assert data["none"] is None


async def test_add(service: Service, shirt: dict[str, Any]) -> None:
    """A variant is added behind the others, once for a key, under an address of its own."""
    path = f"/v2/products/{shirt['id']}/variants"
    made = await service.send("POST", path, ADDED, idempotency_key="a")
    again = await service.send("POST", path, ADDED, idempotency_key="a")
    assert (made.status_code, made.content, made.headers["etag"]) == (201, again.content, again.headers["etag"])
    assert again.headers["idempotent-replayed"] == "true"
    shown = await service.send("GET", made.headers["location"])
    assert (shown.content, shown.headers["etag"]) == (made.content, made.headers["etag"])
    product = await product_of(service, shirt["id"])
    assert product["version"] == 2
    assert [one["sku"] for one in product["variants"]] == ["S-RED", "M-RED", None, "L-RED"]
    change = (await service.send("GET", "/v2/changes")).json()["items"][-1]
    assert (change["type"], change["subject"]["id"], change["version"]) == ("product.updated", shirt["id"], 2)
    assert change["members"] == ["variants"]


@pytest.mark.parametrize(
    ("members", "status", "field"),
    [
        ({"options": {"Size": "L"}}, 422, "options"),
        ({"options": {"Size": "S", "Colour": "red"}}, 422, "options"),
        ({"options": {"Size": "L", "Colour": "red"}, "price": 0}, 422, "price"),
        ({"options": {"Size": "L", "Colour": "red"}, "price": 1.001}, 422, "price"),
        ({"options": {"Size": "L", "Colour": "red"}, "imageId": 7}, 422, "imageId"),
        ({"options": {"Size": "L", "Colour": "red"}, "id": 7}, 422, "id"),
        ({"options": {"Size": "L", "Colour": "red"}, "sku": "s-red"}, 409, "sku"),
    ],
)
async def test_refused(service: Service, shirt: dict[str, Any], members: Any, status: int, field: str) -> None:
    """A fault names the member of the body, and nothing is stored."""
    answer = await service.send("POST", f"/v2/products/{shirt['id']}/variants", members)
    assert (answer.status_code, fields_of(answer)) == (status, [field])
    assert (await product_of(service, shirt["id"]))["version"] == 1


async def test_a_plain_product_takes_no_second(service: Service) -> None:
    """A product without options has one variant; a full one takes no more."""
    made = (await service.send("POST", "/v2/products", {"name": "Kettle", "price": 5})).json()
    refused = await service.send("POST", f"/v2/products/{made['id']}/variants", {"price": 5})
    assert (refused.status_code, fields_of(refused)) == (422, ["options"])
    values = [str(n) for n in range(MAX_VARIANTS)]
    full = {
        "name": "Full",
        "price": 1,
        "options": [{"name": "N", "values": values}],
        "variants": [{"options": {"N": value}} for value in values],
    }
    made = (await service.send("POST", "/v2/products", full)).json()
    refused = await service.send("POST", f"/v2/products/{made['id']}/variants", {"options": {"N": "1"}})
    assert refused.status_code == 409


async def test_patch(service: Service, shirt: dict[str, Any]) -> None:
    """A merge patch changes what it has; options are merged, null resets."""
    first, second, _ = shirt["variants"]
    answer = await service.send("PATCH", f"/v2/variants/{second['id']}", {"gtin": GTIN, "options": {"Colour": "blue"}})
    expected = second | {"gtin": GTIN, "options": {"Size": "M", "Colour": "blue"}}
    assert answer.json() == expected | {"productId": shirt["id"], "currency": "USD"}
    cleared = await service.send("PATCH", "/v2/variants/sku:m-red", {"gtin": None, "stock": None, "sku": "NEW"})
    assert cleared.json()["sku"] == "NEW"
    assert (cleared.json()["gtin"], cleared.json()["stock"]) == (None, None)
    assert (await service.send("PATCH", f"/v2/variants/{first['id']}", {"price": None})).status_code == 422
    priced = await service.send("PATCH", f"/v2/variants/{first['id']}", {"price": 30})
    product = await product_of(service, shirt["id"])
    assert (product["price"], product["version"], priced.json()["price"]) == (30, 4, 30)
    same = await service.send("PATCH", f"/v2/variants/{first['id']}", {"price": 30})
    assert same.headers["etag"] == priced.headers["etag"]
    changes = (await service.send("GET", "/v2/changes")).json()["items"]
    assert [change["members"] for change in changes[1:]] == [["variants"], ["variants"], ["price"]]


async def test_put(service: Service, shirt: dict[str, Any]) -> None:
    """A PUT resets what it leaves out, but for the sku that the address names."""
    second = shirt["variants"][1]
    body = {"price": 5, "options": {"Size": "M", "Colour": "red"}}
    by_sku = await service.send("PUT", "/v2/variants/sku:m-red", body)
    assert (by_sku.json()["sku"], by_sku.json()["stock"], by_sku.json()["price"]) == ("M-RED", None, 5)
    other = await service.send("PUT", "/v2/variants/sku:m-red", {**body, "sku": "OTHER"})
    assert (other.status_code, fields_of(other)) == (422, ["sku"])
    by_id = await service.send("PUT", f"/v2/variants/{second['id']}", body)
    assert by_id.json()["sku"] is None
    bare = await service.send("PUT", f"/v2/variants/{second['id']}", {"price": 5})
    assert (bare.status_code, set(fields_of(bare))) == (422, {"options"})
    assert (await service.send("PUT", "/v2/variants/sku:none", body)).status_code == 404


async def test_delete(service: Service, shirt: dict[str, Any]) -> None:
    """Without its first variant, a product begins with the next one; the last one stays."""
    first, second, third = (one["id"] for one in shirt["variants"])
    for gone in (first, third):
        assert (await service.send("DELETE", f"/v2/variants/{gone}")).status_code == 204
        assert (await service.send("GET", f"/v2/variants/{gone}")).status_code == 404
    product = await product_of(service, shirt["id"])
    assert (product["sku"], product["price"], product["version"]) == ("M-RED", 21.5, 3)
    assert [one["id"] for one in product["variants"]] == [second]
    assert (await service.send("DELETE", f"/v2/variants/{second}")).status_code == 409
    changes = (await service.send("GET", "/v2/changes")).json()["items"]
    assert changes[1]["members"] == ["price", "sku", "stock", "variants"]


async def test_conditions(service: Service, shirt: dict[str, Any]) -> None:
    """A tag holds until the product is edited; whoever sets the stock must have seen the variant's own."""
    second, third = shirt["variants"][1:]
    path = f"/v2/variants/{second['id']}"
    tag = (await service.send("GET", path)).headers["etag"]
    adjust = f"/v2/products/{shirt['id']}/stock-adjustments"
    await service.send("POST", adjust, {"delta": 4, "variantId": second["id"]})
    assert (await service.send("PATCH", path, {"stock": 1}, if_match=tag)).status_code == 412
    renamed = await service.send("PATCH", path, {"sku": "M"}, if_match=tag)
    assert renamed.status_code == 200
    for method, body in (("PATCH", {"sku": "N"}), ("PUT", {"price": 1}), ("DELETE", None)):
        answer = await service.send(method, f"/v2/variants/{third['id']}", body, if_match=tag)
        assert answer.status_code == 412
    added = await service.send("POST", f"/v2/products/{shirt['id']}/variants", ADDED, if_match=tag)
    assert added.status_code == 412
    now = (await service.send("GET", f"/v2/products/{shirt['id']}")).headers["etag"]
    assert (await service.send("POST", f"/v2/products/{shirt['id']}/variants", ADDED, if_match=now)).status_code == 201


async def test_drafts(service: Service, shirt: dict[str, Any]) -> None:
    """The variants of a draft are for those who may see drafts, and their answers for nobody else's cache."""
    await service.send("PATCH", f"/v2/products/{shirt['id']}", {"status": "draft"})
    paths = [
        f"/v2/products/{shirt['id']}/variants",
        f"/v2/variants/{shirt['variants'][0]['id']}",
        "/v2/variants/sku:m-red",
    ]
    for path in paths:
        assert (await service.send("GET", path)).headers["cache-control"] == "private, no-cache"


async def test_options_stay_those_of_the_product(service: Service, shirt: dict[str, Any]) -> None:
    """Options of a variant are spelled as the product spells them."""
    answer = await service.send(
        "POST", f"/v2/products/{shirt['id']}/variants", {"options": {"size": "l", "COLOUR": "Red"}}
    )
    assert answer.json()["options"] == {"Size": "L", "Colour": "red"}
    assert (await product_of(service, shirt["id"]))["options"] == [SIZES, COLOURS]
