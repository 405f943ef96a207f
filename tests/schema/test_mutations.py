"""Mutations: payloads, user errors with their paths, nullable roots, and idempotency keys."""

from typing import Any

import pytest

from app.domain import commands
from app.domain.errors import Unavailable
from tests.service import Service

CREATE = """mutation($input: CreateProductInput!) { createProduct(input: $input) {
    product { productId name price version } productEdge { cursor node { name } }
    userErrors { code message field } } }"""
TWO = """mutation($a: CreateProductInput!, $b: CreateProductInput!) {
    a: createProduct(input: $a) { product { productId } userErrors { code } }
    b: createProduct(input: $b) { product { productId } userErrors { code } } }"""
KETTLE = {"name": "Kettle", "price": "19.90"}


async def created(service: Service, members: dict[str, Any], **headers: str) -> dict[str, Any]:
    """The payload of a new product."""
    payload: dict[str, Any] = (await service.graphql(CREATE, {"input": members}, **headers))["data"]["createProduct"]
    return payload


async def total(service: Service) -> int:
    """How many products there are."""
    return int((await service.graphql("{ products { totalCount } }"))["data"]["products"]["totalCount"])


async def test_the_edge_goes_on(service: Service) -> None:
    """The edge of a new product has its cursor in the whole list by id."""
    cursor = (await created(service, KETTLE))["productEdge"]["cursor"]
    await created(service, {"name": "Urn", "price": 5})
    document = "query($c: String) { products(after: $c) { edges { node { name } } } }"
    found = (await service.graphql(document, {"c": cursor}))["data"]["products"]
    assert found["edges"] == [{"node": {"name": "Urn"}}]


async def test_every_fault_at_once(service: Service) -> None:
    """All faults of an input come at once, each with its path below `input`; nothing is made."""
    payload = await created(service, {"name": "", "price": -1, "stock": -5, "currency": "ZZZ", "categoryIds": [7, 8]})
    assert payload["product"] is payload["productEdge"] is None
    assert [error["field"] for error in payload["userErrors"]] == [["name"], ["price"], ["currency"], ["stock"]]
    assert {error["code"] for error in payload["userErrors"]} == {"VALIDATION_FAILED"}
    payload = await created(service, {**KETTLE, "categoryIds": ["7", "8"]})
    assert [error["field"] for error in payload["userErrors"]] == [["categoryIds", "0"], ["categoryIds", "1"]]
    assert await total(service) == 0


async def test_an_option_twice(service: Service) -> None:
    """A variant has one value of an option, which a list of pairs could give twice."""
    twice = [{"name": "Size", "value": value} for value in "SM"]
    variants = [{"sku": "A", "options": twice[:1]}, {"sku": "B", "options": twice}]
    document = "mutation($input: CreateProductInput!) { createProduct(input: $input) { userErrors { code field } } }"
    members = KETTLE | {"options": [{"name": "Size", "values": ["S", "M"]}], "variants": variants}
    refused = (await service.graphql(document, {"input": members}))["data"]["createProduct"]
    assert refused["userErrors"] == [{"code": "VALIDATION_FAILED", "field": ["variants", "1", "options"]}]


async def test_conflicts_name_the_field(service: Service) -> None:
    """A conflict names the member that is taken; a refusal of the whole has no field."""
    await created(service, {**KETTLE, "sku": "K1"})
    (error,) = (await created(service, {**KETTLE, "sku": "K1"}))["userErrors"]
    assert (error["code"], error["field"]) == ("CONFLICT", ["sku"])
    answer = await service.graphql(
        "mutation { deleteProduct(input: {id: 99}) { deletedId userErrors { code field } } }"
    )
    assert answer["data"]["deleteProduct"] == {"deletedId": None, "userErrors": [{"code": "NOT_FOUND", "field": None}]}


async def test_fields_run_in_turn(service: Service) -> None:
    """Mutation fields run one after another, each on what the one before it left; a refused one stops none."""
    made = (await created(service, KETTLE))["product"]["productId"]
    document = """mutation($id: ID!) {
        a: updateProduct(input: {id: $id, name: "Urn"}) { product { name version } }
        b: updateProduct(input: {id: $id, price: 0}) { product { name } userErrors { code field } }
        c: updateProduct(input: {id: $id, price: 5}) { product { name price version } userErrors { code } }
        d: deleteProduct(input: {id: $id}) { deletedId }
        e: deleteProduct(input: {id: $id}) { deletedId userErrors { code } } }"""
    found = (await service.graphql(document, {"id": made}))["data"]
    assert found["a"] == {"product": {"name": "Urn", "version": 2}}
    assert found["b"] == {"product": None, "userErrors": [{"code": "VALIDATION_FAILED", "field": ["price"]}]}
    assert found["c"] == {"product": {"name": "Urn", "price": "5.00", "version": 3}, "userErrors": []}
    assert found["d"]["deletedId"]
    assert found["e"] == {"deletedId": None, "userErrors": [{"code": "NOT_FOUND"}]}


async def test_a_fault_of_ours_blanks_one_field(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours in one field leaves the others: mutation roots are nullable. Its words are safe."""
    monkeypatch.setattr(commands, "create_category", None)
    answer = await service.graphql(
        'mutation { a: createCategory(input: {name: "x"}) { category { name } }'
        ' b: createProduct(input: {name: "Urn", price: 1}) { product { name } } }'
    )
    assert answer["data"] == {"a": None, "b": {"product": {"name": "Urn"}}}
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["a"], "INTERNAL_ERROR")
    assert "NoneType" not in error["message"]


async def test_every_mutation_root_is_nullable(service: Service) -> None:
    """No failure of a mutation can blank another's result."""
    document = "{ __schema { mutationType { fields { name type { kind } args { name type { kind } } } } } }"
    fields = (await service.graphql(document))["data"]["__schema"]["mutationType"]["fields"]
    assert {field["type"]["kind"] for field in fields} == {"OBJECT"}
    assert [[arg["name"] for arg in field["args"]] for field in fields] == [["input"]] * len(fields)


async def test_replay(service: Service) -> None:
    """A second request with the same key makes nothing, and says what the first came to, under its own selection."""
    first = await created(service, KETTLE, idempotency_key="k1")
    product_id = first["product"]["productId"]
    await service.graphql(
        f'mutation {{ updateProduct(input: {{id: {product_id}, name: "Urn"}}) {{ product {{ id }} }} }}'
    )
    document = "mutation($input: CreateProductInput!) { again: createProduct(input: $input) { product { name etag } } }"
    response = await service.send(
        "POST", "/graphql", {"query": document, "variables": {"input": KETTLE}}, idempotency_key='"k1"'
    )
    assert response.headers["idempotent-replayed"] == "true"
    answer = response.json()
    assert answer["extensions"]["idempotency"] == {"replayed": True}
    assert answer["data"]["again"]["product"] == {"name": "Kettle", "etag": '"1.-"'}
    assert await total(service) == 1


async def test_first_answers_say_nothing_of_replays(service: Service) -> None:
    """The first answer to a key bears no mark of a replay."""
    response = await service.send(
        "POST", "/graphql", {"query": CREATE, "variables": {"input": KETTLE}}, idempotency_key="k1"
    )
    assert "idempotent-replayed" not in response.headers
    assert "idempotency" not in response.json().get("extensions", {})


async def test_two_fields_under_one_key(service: Service) -> None:
    """Two fields of a document share a key without sharing an outcome: each replays as its own."""
    variables = {"a": KETTLE, "b": {"name": "Urn", "price": 5}}
    first = await service.graphql(TWO, variables, idempotency_key="k1")
    second = await service.graphql(TWO, variables, idempotency_key="k1")
    assert second["data"] == first["data"]
    assert first["data"]["a"] != first["data"]["b"]
    assert second["extensions"]["idempotency"] == {"replayed": True}
    assert await total(service) == 2


async def test_reused_keys(service: Service) -> None:
    """A key that comes with another payload is a user error; the same payload written otherwise is no other."""
    await created(service, KETTLE, idempotency_key="k1")
    (error,) = (await created(service, {**KETTLE, "name": "Urn"}, idempotency_key="k1"))["userErrors"]
    assert (error["code"], error["field"]) == ("IDEMPOTENCY_KEY_REUSED", None)
    same = await created(service, {"price": 19.9, "name": " Kettle ", "sku": None}, idempotency_key="k1")
    assert same["userErrors"] == []
    assert await total(service) == 1


async def test_refusals_and_keys(service: Service) -> None:
    """A refusal decided on what is stored is replayed; one of the input leaves the key free."""
    await created(service, {**KETTLE, "sku": "K1"})
    await created(service, {**KETTLE, "sku": "K1"}, idempotency_key="k1")
    await service.graphql('mutation { updateProduct(input: {id: 1, sku: "K2"}) { product { id } } }')
    response = await service.send(
        "POST", "/graphql", {"query": CREATE, "variables": {"input": {**KETTLE, "sku": "K1"}}}, idempotency_key="k1"
    )
    assert response.headers["idempotent-replayed"] == "true"
    assert response.json()["data"]["createProduct"]["userErrors"][0]["field"] == ["sku"]
    assert (await created(service, {**KETTLE, "price": 0}, idempotency_key="k2"))["product"] is None
    assert (await created(service, KETTLE, idempotency_key="k2"))["product"]


async def test_keys_across_operations(service: Service) -> None:
    """A key belongs to an operation: another operation under it is another command."""
    await created(service, KETTLE, idempotency_key="k1")
    document = 'mutation { createCategory(input: {name: "Kettle"}) { category { name } userErrors { code } } }'
    answer = await service.graphql(document, idempotency_key="k1")
    assert answer["data"]["createCategory"] == {"category": {"name": "Kettle"}, "userErrors": []}


async def test_keys_across_protocols(service: Service) -> None:
    """A key that was used over REST replays over GraphQL, and the other way round."""
    made = await service.send("POST", "/v2/products", {"name": "Kettle", "price": 19.9}, idempotency_key="k1")
    assert (await created(service, KETTLE, idempotency_key="k1"))["product"]["productId"] == made.json()["id"]
    over_graphql = await created(service, {"name": "Urn", "price": 5}, idempotency_key="k2")
    replayed = await service.send("POST", "/v2/products", {"name": "Urn", "price": 5}, idempotency_key="k2")
    assert replayed.json()["id"] == over_graphql["product"]["productId"]
    assert replayed.headers["idempotent-replayed"] == "true"
    assert await total(service) == 2


async def test_away_for_a_moment(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutation that found the database away is null with UNAVAILABLE, and `Retry-After` says when to come again."""

    async def away(*_: object, **__: object) -> None:
        raise Unavailable(retry_after=3)

    monkeypatch.setattr(service.database, "write", away)
    asked = {"query": CREATE, "variables": {"input": KETTLE}}
    answer = await service.send("POST", "/graphql", asked, idempotency_key="k1")
    (error,) = answer.json()["errors"]
    assert answer.json()["data"] == {"createProduct": None}
    assert (error["extensions"]["code"], error["extensions"]["retryAfter"]) == ("UNAVAILABLE", 3)
    assert answer.headers["retry-after"] == "3"
