"""Merge patches over REST: objects are merged by a PATCH at an id and at a sku, and by an update in a batch."""

from typing import Any

import pytest

from tests.behaviour.surfaces import surfaces
from tests.behaviour.test_variants import SHIRT
from tests.service import Service

KETTLE: dict[str, Any] = {
    "sku": "K-1",
    "name": "Kettle",
    "price": 20,
    "attributes": {"Color": "red", "Volume": 1.7, "Uses": ["tea", "soup"]},
    "weight": {"value": 1.5, "unit": "kg"},
}


class Patch:
    """One way to send a merge patch of the kettle."""

    def __init__(self, service: Service, way: str, product_id: int) -> None:
        self.service, self.way, self.product_id = service, way, product_id

    async def __call__(self, members: dict[str, Any], **headers: str) -> tuple[int, dict[str, Any], list[str]]:
        """The status, the product, and the fields of a refusal below the product."""
        if self.way in ("id", "sku"):
            address = {"id": self.product_id, "sku": "sku:k-1"}[self.way]
            answer = await self.service.send("PATCH", f"/v2/products/{address}", members, **headers)
            body = answer.json()
            return answer.status_code, body, [one["field"] for one in body.get("details", [])]
        operation = {"op": "update", "id": self.product_id, "product": members}
        if "if_match" in headers:
            operation["ifMatch"] = headers.pop("if_match")
        batch = {"mode": self.way, "operations": [operation]}
        answer = await self.service.send("POST", "/v2/products/batch", batch, **headers)
        body = answer.json()
        if answer.status_code != 200:
            return answer.status_code, body, [_below(one["field"]) for one in body["details"]]
        (result,) = body["results"]
        fields = [_below(one["field"]) for one in result.get("problem", {}).get("details", [])]
        return result["status"], result.get("product") or result["problem"], fields


def _below(field: str) -> str:
    return field.removeprefix("operations.0.").removeprefix("product.")


@pytest.fixture(params=["id", "sku", "each", "all"])
async def patch(service: Service, request: pytest.FixtureRequest) -> Patch:
    """Each way to patch the kettle."""
    made = (await service.send("POST", "/v2/products", KETTLE)).json()
    return Patch(service, request.param, made["id"])


async def test_objects_are_merged(service: Service, patch: Patch) -> None:
    """Sent members are set, null removes one, the others stay; the log names what changed, once."""
    sent = {"attributes": {"color": "blue", "Uses": None, "Seats": 4}, "weight": {"value": 2}}
    status, product, _ = await patch(sent)
    assert (status, product["version"], product["weight"]) == (200, 2, {"value": 2, "unit": "kg"})
    assert list(product["attributes"].items()) == [("color", "blue"), ("Volume", 1.7), ("Seats", 4)]
    assert (await service.send("GET", f"/v2/products/{product['id']}")).json() == product
    found = await service.send("GET", "/v2/products?attributes.Color=blue&fields=id")
    assert found.json()["items"] == [{"id": product["id"]}]
    again = await patch(sent | {"attributes": {"color": "blue", "gone": None}})
    assert again == (200, product, [])
    changes = (await service.send("GET", "/v2/changes")).json()["items"]
    assert [one["members"] for one in changes[1:]] == [["attributes", "weight"]]


async def test_null_resets(patch: Patch) -> None:
    """Null for a whole object resets it; an empty one changes nothing."""
    unchanged = await patch({"attributes": {}, "weight": {}})
    assert (unchanged[1]["attributes"], unchanged[1]["version"]) == (KETTLE["attributes"], 1)
    _, product, _ = await patch({"attributes": None, "weight": None})
    assert (product["attributes"], product["weight"], product["version"]) == ({}, None, 2)


async def test_weights(patch: Patch) -> None:
    """A unit alone keeps the value; where there is no weight, both are needed."""
    assert (await patch({"weight": {"unit": "lb"}}))[1]["weight"] == {"value": 1.5, "unit": "lb"}
    await patch({"weight": None})
    for members, field in (({"unit": "kg"}, "value"), ({"value": 1}, "unit")):
        status, problem, fields = await patch({"weight": members})
        assert (status, problem["code"], fields) == (422, "validation_failed", [f"weight.{field}"])
        assert problem["details"][0]["message"] == f"`{field}` is required."


async def test_refusals_change_nothing(patch: Patch) -> None:
    """The bounds are those of the result; a refusal names the member of the patch."""
    many = {f"a{n}": n for n in range(98)}
    for members, field in (
        ({"attributes": many}, "attributes"),
        ({"attributes": {f"t{n}": "x" * 999 for n in range(20)}}, "attributes"),
        ({"attributes": {"Color": {"a": 1}}}, "attributes.Color"),
        ({"weight": {"value": None}}, "weight.value"),
        ({"weight": {"mass": 1}}, "weight.mass"),
    ):
        status, problem, fields = await patch(members)
        assert (status, problem["code"], fields) == (422, "validation_failed", [field])
    status, product, _ = await patch({"attributes": many | {"Color": None}})
    assert (status, product["version"], len(product["attributes"])) == (200, 2, 100)


async def test_conditions_and_keys(service: Service, patch: Patch) -> None:
    """A stale tag refuses the patch; a retry with its key gets its outcome, though the stored object has changed."""
    tag = (await service.send("GET", f"/v2/products/{patch.product_id}")).headers["etag"]
    first = await patch({"attributes": {"Color": None}}, if_match=tag, idempotency_key="k")
    assert (first[0], "Color" in first[1]["attributes"]) == (200, False)
    assert (await patch({"attributes": {"Color": "green"}}, if_match=tag))[0] == 412
    await patch({"attributes": {"Color": "green"}})
    assert await patch({"attributes": {"Color": None}}, if_match=tag, idempotency_key="k") == first
    answer = await patch({"attributes": {"Color": ""}}, idempotency_key="k")
    assert answer[0] == 422


async def test_dry_run(service: Service, patch: Patch) -> None:
    """A dry run shows the merged object, and stores nothing."""
    operations = [{"op": "update", "sku": "K-1", "product": {"attributes": {"Color": None}}}] * 2
    body = {"mode": "each", "dryRun": True, "operations": operations}
    results = (await service.send("POST", "/v2/products/batch", body)).json()["results"]
    assert [(one["product"]["version"], list(one["product"]["attributes"])) for one in results] == [
        (2, ["Volume", "Uses"])
    ] * 2
    assert (await patch({}))[1]["attributes"] == KETTLE["attributes"]


async def test_operations_follow_each_other(service: Service) -> None:
    """An update merges into what earlier operations of the batch left; an upsert replaces."""
    operations = [
        {"op": "upsert", "sku": "K-1", "product": KETTLE},
        {"op": "update", "sku": "K-1", "product": {"attributes": {"Color": None}, "weight": {"unit": "g"}}},
        {"op": "update", "sku": "K-1", "product": {"attributes": {"Seats": 4}}},
        {"op": "upsert", "sku": "K-1", "product": {**KETTLE, "attributes": {"Only": "this"}}},
    ]
    answer = await service.send("POST", "/v2/products/batch", {"mode": "all", "operations": operations})
    shown = [one["product"] for one in answer.json()["results"]]
    assert [list(one["attributes"]) for one in shown] == [
        ["Color", "Volume", "Uses"],
        ["Volume", "Uses"],
        ["Volume", "Uses", "Seats"],
        ["Only"],
    ]
    assert [one["weight"]["unit"] for one in shown] == ["kg", "g", "g", "kg"]


async def test_put_and_graphql_replace(service: Service) -> None:
    """A PUT and a list of GraphQL replace all attributes."""
    made = (await service.send("POST", "/v2/products", KETTLE)).json()
    graphql = surfaces(service)["graphql"]
    assert (await graphql.update(made["id"], attributes={"a": "b"})).members["attributes"] == {"a": "b"}
    ran = await graphql.batch([{"op": "update", "id": made["id"], "product": {"attributes": {"c": "d"}}}])
    assert ran.results[0].product is not None
    assert ran.results[0].product["attributes"] == {"c": "d"}
    put = await service.send("PUT", f"/v2/products/{made['id']}", {**KETTLE, "attributes": {"e": "f"}})
    assert put.json()["attributes"] == {"e": "f"}


async def test_variants(service: Service) -> None:
    """The weight and the options of a variant are merged, by the names that the catalogue takes for the same."""
    shirt = (await service.send("POST", "/v2/products", SHIRT)).json()
    first = f"/v2/variants/{shirt['variants'][0]['id']}"
    refused = await service.send("PATCH", first, {"weight": {"value": 2}})
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (422, "weight.unit")
    await service.send("PATCH", first, {"weight": {"value": 2, "unit": "oz"}})
    weighed = await service.send("PATCH", first, {"weight": {"unit": "lb"}, "options": {"SIZE": "s"}})
    assert (weighed.json()["weight"], weighed.json()["options"]) == (
        {"value": 2, "unit": "lb"},
        {"Size": "S", "Colour": "red"},
    )
    product = (await service.send("PATCH", f"/v2/products/{shirt['id']}", {"weight": {"value": 3}})).json()
    assert product["weight"] == product["variants"][0]["weight"] == {"value": 3, "unit": "lb"}
    assert product["version"] == 4
