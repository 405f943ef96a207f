"""Products over REST: what is shown, set, kept and reset, in both versions and on both engines."""

from typing import Any

from app.domain.fields import product_fields
from tests.clients import Client

PLAIN = {"name": "Kettle", "price": 24.5}
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
FULL: dict[str, Any] = {
    "name": "Lamp",
    "price": 39.9,
    "currency": "EUR",
    "description": "Warm.",
    "sku": "L-1",
    "stock": 4,
}


def _category(client: Client, name: str = "Home") -> int:
    return int(client.post("/v2/categories", {"name": name}).json()["id"])


def _with(product: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A product without options after changes, those of price, sku and stock in its one variant too."""
    [only] = product["variants"]
    return product | changed | {"variants": [only | {name: changed[name] for name in only.keys() & changed}]}


def test_created_with_defaults(client: Client) -> None:
    """A product of a name and a price alone has every other member at its default, and says where it is."""
    made = client.post("/v2/products", PLAIN)
    assert made.status_code == 201
    shown = made.json()
    assert made.headers["location"] == f"/v2/products/{shown['id']}"
    assert list(shown) == list(product_fields.SHOWN)
    defaults: dict[str, Any] = {
        "currency": "USD",
        "description": "",
        "sku": None,
        "stock": None,
        "categories": [],
        "image": None,
    }
    assert shown | defaults | PLAIN | {"version": 1} == shown
    assert client.get(made.headers["location"]).json() == shown


def test_created_whole(client: Client) -> None:
    """A product is stored as it was given, its name trimmed, its categories by id and once each."""
    first, second = _category(client), _category(client, "Light")
    made = client.post("/v2/products", FULL | {"name": "  Lamp ", "categoryIds": [second, first, second]}).json()
    assert made | FULL == made
    assert made["categories"] == [{"id": first, "name": "Home"}, {"id": second, "name": "Light"}]


def test_v1_shows_three_members(client: Client) -> None:
    """A v1 product is exactly id, name and price, whatever else it has."""
    made = client.post("/v2/products", FULL).json()
    assert client.get(f"/v1/products/{made['id']}").json() == {"id": made["id"], "name": "Lamp", "price": 39.9}
    created = client.post("/v1/products", PLAIN | {"categoryIds": [_category(client)]})
    assert list(created.json()) == ["id", "name", "price"]
    assert created.headers["location"] == f"/v1/products/{created.json()['id']}"
    assert client.get(f"/v2/products/{created.json()['id']}").json()["categories"][0]["name"] == "Home"


def test_prices_are_printed_exactly(client: Client) -> None:
    """A price is the JSON number that was sent, in every currency."""
    for price, currency in ((0.01, "USD"), (1980, "JPY"), (0.001, "BHD"), (1.2345, "CLF"), (999999999.99, "USD")):
        made = client.post("/v2/products", {"name": "x", "price": price, "currency": currency})
        assert f'"price":{price},' in made.text, made.text
    assert '"price":5,' in client.post("/v2/products", {"name": "x", "price": 5.0}).text


def test_v2_put_resets(client: Client) -> None:
    """A PUT to v2 puts back to its default all that it leaves out."""
    made = client.post("/v2/products", FULL | {"categoryIds": [_category(client)]}).json()
    put = client.put(f"/v2/products/{made['id']}", PLAIN)
    assert put.status_code == 200
    defaults: dict[str, Any] = {
        "currency": "USD",
        "description": "",
        "sku": None,
        "stock": None,
        "categories": [],
        "version": 2,
    }
    assert put.json() | defaults | PLAIN == put.json()
    assert put.json()["createdAt"] == made["createdAt"]


def test_v1_put_keeps_what_it_cannot_show(client: Client) -> None:
    """A PUT to v1 leaves what v1 cannot show, and the categories unless it names some."""
    home = _category(client)
    made = client.post("/v2/products", FULL | {"categoryIds": [home]}).json()
    assert client.put(f"/v1/products/{made['id']}", PLAIN).json() == PLAIN | {"id": made["id"]}
    kept = {name: made[name] for name in ("currency", "description", "sku", "stock", "categories")}
    now = client.get(f"/v2/products/{made['id']}").json()
    assert now | kept | PLAIN == now
    client.put(f"/v1/products/{made['id']}", PLAIN | {"categoryIds": []})
    assert client.get(f"/v2/products/{made['id']}").json()["categories"] == []


def test_v1_put_is_priced_in_the_kept_currency(client: Client) -> None:
    """The currency that v1 cannot show still decides how many decimals its price may have."""
    made = client.post("/v2/products", {"name": "Tea", "price": 300, "currency": "JPY"}).json()
    refused = client.put(f"/v1/products/{made['id']}", {"name": "Tea", "price": 3.5})
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (422, "price")
    fine = client.post("/v2/products", {"name": "Oud", "price": 9.125, "currency": "KWD"}).json()
    assert client.put(f"/v1/products/{fine['id']}", {"name": "Oud", "price": 9.375}).json()["price"] == 9.375


def test_patch_changes_what_it_has(client: Client) -> None:
    """A merge patch changes the members that it has, and null puts one back to its default."""
    made = client.post("/v2/products", FULL | {"categoryIds": [_category(client)]}).json()
    path = f"/v2/products/{made['id']}"
    body = b'{"name": "Lantern", "sku": null, "stock": null, "description": null, "categoryIds": null}'
    patched = client.request("PATCH", path, content=body, headers=MERGE_PATCH).json()
    changed: dict[str, Any] = {
        "name": "Lantern",
        "sku": None,
        "stock": None,
        "description": "",
        "categories": [],
        "version": 2,
    }
    assert patched == _with(made, **changed, updatedAt=patched["updatedAt"])
    assert client.patch(path, {"currency": None}).json()["currency"] == "USD"


def test_patch_is_validated_on_its_result(client: Client) -> None:
    """A patch that is sound by itself is refused where the product that results is not."""
    made = client.post("/v2/products", FULL).json()
    path = f"/v2/products/{made['id']}"
    refused = client.patch(path, {"currency": "JPY"})
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (422, "price")
    assert client.patch(path, {"currency": "JPY", "price": 40}).json()["price"] == 40
    assert client.patch(path, {"name": None}).status_code == 422
    assert client.patch(path, {"price": None}).status_code == 422
    assert client.get(path).json()["version"] == 2


def test_deleted(client: Client, prefix: str) -> None:
    """A deleted product is gone in every version, a second delete finds nothing, and its id never comes back."""
    made = client.post("/v2/products", PLAIN).json()
    path = f"{prefix}/products/{made['id']}"
    assert client.delete(path).status_code == 204
    assert [client.get(path).status_code, client.delete(path).status_code] == [404, 404]
    assert client.put(path, PLAIN).status_code == client.patch(path, {"name": "x"}).status_code == 404
    assert client.post("/v2/products", PLAIN).json()["id"] > made["id"]


def test_sku_is_unique(client: Client) -> None:
    """A sku that another product has is a conflict that names the member; it is free once that product is gone."""
    made = client.post("/v2/products", FULL).json()
    taken = client.post("/v2/products", FULL)
    assert (taken.status_code, taken.json()["details"][0]["field"]) == (409, "sku")
    other = client.post("/v2/products", PLAIN).json()
    assert client.patch(f"/v2/products/{other['id']}", {"sku": "L-1"}).status_code == 409
    client.delete(f"/v2/products/{made['id']}")
    assert client.patch(f"/v2/products/{other['id']}", {"sku": "L-1"}).json()["sku"] == "L-1"


def test_stock_is_adjusted(client: Client, prefix: str) -> None:
    """An adjustment adds or takes, is no edit, and never goes below 0 or where stock is not counted."""
    made = client.post("/v2/products", FULL).json()
    path = f"{prefix}/products/{made['id']}/stock-adjustments"
    assert client.post(path, {"delta": 3}).status_code == 200
    assert client.post(path, {"delta": -5}).headers["etag"]
    assert client.get(f"/v2/products/{made['id']}").json() == _with(made, stock=2)
    refused = client.post(path, {"delta": -3})
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_stock")
    assert client.post(path, {"delta": 2**31 - 1}).json()["code"] == "conflict"
    client.patch(f"/v2/products/{made['id']}", {"stock": None})
    assert client.post(path, {"delta": 1}).json()["code"] == "conflict"
    assert client.post(f"{prefix}/products/999/stock-adjustments", {"delta": 1}).status_code == 404


def test_adjustments_are_integers(client: Client) -> None:
    """An adjustment is an integer other than 0 that fits a stock."""
    made = client.post("/v2/products", FULL).json()
    path = f"/v2/products/{made['id']}/stock-adjustments"
    for delta in (0, 0.5, "1", None, True, 2**31, -(2**31), 10**30):
        refused = client.post(path, {"delta": delta})
        assert (refused.status_code, refused.json()["details"][0]["field"]) == (422, "delta")
    assert client.post(path, {}).status_code == client.post(path, {"delta": 1, "by": 1}).status_code == 422
    assert client.post(f"/v2/products/{made['id']}/stock-adjustments", {"delta": 1.0}).json()["stock"] == 5


def test_fields(client: Client) -> None:
    """`fields` picks members, in the contract's order; v1 knows its own three."""
    path = f"products/{client.post('/v2/products', FULL).json()['id']}"
    assert client.get(f"/v2/{path}?fields=image,stock,name,stock").text == '{"name":"Lamp","stock":4,"image":null}'
    assert client.get(f"/v1/{path}?fields=price").text == '{"price":39.9}'
    for query in ("fields=", "fields=colour", "fields=id,,name"):
        assert client.get(f"/v2/{path}?{query}").json()["details"][0]["field"] == "fields"
    assert client.get(f"/v1/{path}?fields=stock").status_code == 422


def test_members_without_a_column(client: Client) -> None:
    """`fields=image` alone is answered: it was a loop without an end, in memory without a bound."""
    created = client.post("/v2/products", {"name": "Plain", "price": 1}).json()
    assert client.get(f"/v2/products/{created['id']}?fields=image").json() == {"image": None}
    assert client.get("/v2/products?fields=image").json()["items"] == [{"image": None}]


def test_unknown_categories_are_named_where_they_stand(client: Client) -> None:
    """Each category that does not exist is blamed at its own place in the list, whatever its order and repeats."""
    known = client.post("/v2/categories", {"name": "Known"}).json()["id"]
    answer = client.post("/v2/products", {"name": "x", "price": 1, "categoryIds": [999, known, -5, 2**60]})
    assert [fault["field"] for fault in answer.json()["details"]] == ["categoryIds.0", "categoryIds.2", "categoryIds.3"]
