"""GraphQL over HTTP: media types, methods, statuses, and what is refused before there is a request."""

import json
import threading
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from graphql import validate

from schema.execution import graphql_core
from schema.root import sdl
from tests.databases import sqlite_alone
from tests.schema.conftest import Shop
from tests.service import Service

RESPONSE, JSON, PROBLEM = "application/graphql-response+json", "application/json", "application/problem+json"
ASK = "{ __typename }"
COSTLY = "{ products(first: 100) { edges { node { categories(first: 100) { totalCount } } } } }"


engine = sqlite_alone()  # what HTTP says does not depend on the engine


async def post(shop: Shop, value: Any, **headers: str) -> httpx2.Response:
    """POST a request."""
    return await shop.service.send("POST", "/graphql", value, **headers)


async def get(shop: Shop, accept: str = "*/*", **parameters: str) -> httpx2.Response:
    """GET a request."""
    return await shop.service.send("GET", f"/graphql?{urlencode(parameters)}", accept=accept)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", JSON), ("application/*", JSON), (JSON, JSON), ("text/html, */*;q=0.1", JSON),
        (f"{JSON}, {RESPONSE};q=0.5", JSON), (RESPONSE, RESPONSE), (f"{RESPONSE}, {JSON};q=0.9", RESPONSE),
        (f"text/html, {RESPONSE}", RESPONSE), (f"{RESPONSE}; charset=utf-8", RESPONSE),
        (f"{JSON};q=0, {RESPONSE}", RESPONSE), (f"{JSON};q=0, */*", RESPONSE), (f"{JSON};q=0.5, */*", RESPONSE),
        (f"application/*;q=0, {JSON}", JSON),
    ],
)  # fmt: skip
async def test_media_types(shop: Shop, accept: str, expected: str) -> None:
    """The answer is in the media type that Accept likes best; anything will do as application/json."""
    for answer in (await post(shop, {"query": ASK}, accept=accept), await get(shop, accept, query=ASK)):
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == expected
        assert answer.json()["data"] == {"__typename": "Query"}
        assert "accept" in answer.headers["vary"].lower()


async def test_no_accept(shop: Shop) -> None:
    """Without Accept the answer is application/json."""
    request = shop.service.http.build_request("POST", "/graphql", json={"query": ASK})
    del request.headers["accept"]
    answer = await shop.service.http.send(request)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, JSON)


@pytest.mark.parametrize("accept", ["text/plain", "image/png", f"{JSON};q=0", "nonsense"])
async def test_not_acceptable(shop: Shop, accept: str) -> None:
    """Accept that rules both media types out is 406, in a problem document."""
    answer = await post(shop, {"query": ASK}, accept=accept)
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


FAILURES: dict[str, tuple[dict[str, Any], str]] = {
    "syntax": ({"query": "{"}, "MALFORMED_REQUEST"),
    "an unknown field": ({"query": "{ colour }"}, "VALIDATION_FAILED"),
    "a variable that is missing": ({"query": "query($i: ID!) { product(id: $i) { id } }"}, "VALIDATION_FAILED"),
    "a variable of another type": (
        {"query": "query($i: Int) { products(first: $i) { totalCount } }", "variables": {"i": "x"}},
        "VALIDATION_FAILED",
    ),
    "an unknown operation": ({"query": "query A { __typename }", "operationName": "B"}, "VALIDATION_FAILED"),
    "no choice of operation": ({"query": "query A { __typename } query B { __typename }"}, "VALIDATION_FAILED"),
    "only fragments": ({"query": "fragment f on Query { __typename }"}, "VALIDATION_FAILED"),
    "cost": ({"query": COSTLY}, "QUERY_TOO_COMPLEX"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAILURES)
async def test_request_errors(shop: Shop, case: str) -> None:
    """What fails before execution is 422 as graphql-response+json, a document that cannot be parsed 400, and all of it
    is 200 as application/json; there is a code, and no data."""
    asked, code = FAILURES[case]
    for accept, status in ((RESPONSE, 400 if case == "syntax" else 422), (JSON, 200), ("*/*", 200)):
        answer = await post(shop, asked, accept=accept)
        assert answer.status_code == status
        assert "data" not in answer.json()
        assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {code}


async def test_parameters_that_are_no_json(shop: Shop) -> None:
    """A GET whose `variables` or `extensions` are no JSON is 400, and says which."""
    for name in ("variables", "extensions"):
        answer = await get(shop, query=ASK, **{name: "{"})
        assert (answer.status_code, answer.json()["message"]) == (400, f"`{name}` is not well-formed JSON.")


async def test_long_documents_leave_the_loop(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long document is validated on another thread, once; a short one on the event loop."""
    threads: list[int] = []

    def validating(*args: Any, **options: Any) -> Any:
        threads.append(threading.get_ident())
        return validate(*args, **options)

    monkeypatch.setattr("schema.execution.documents.validate", validating)
    for size in (1, 100):
        document = f"{{ {' '.join(f'long{n}: __typename' for n in range(size))} }}"
        for _ in range(2):
            assert len((await post(shop, {"query": document})).json()["data"]) == size
    assert [one == threading.get_ident() for one in threads] == [True, False]


async def test_large_completions_leave_the_loop(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """graphql-core completes many values beside an error on another thread; few on the event loop."""
    threads: list[int] = []
    complete = graphql_core.complete

    def completing(*args: Any) -> Any:
        threads.append(threading.get_ident())
        return complete(*args)

    monkeypatch.setattr(graphql_core, "complete", completing)
    for count in (1, 30):
        names = " ".join(f"f{n}: name" for n in range(count))
        listed = f"products(first: 40) {{ edges {{ node {{ {names} }} }} }}"
        answer = (await post(shop, {"query": f'{{ {listed} suggestions(q: "a", first: 0) {{ text }} }}'})).json()
        assert len(answer["errors"]) == 1
    assert [one == threading.get_ident() for one in threads] == [True, False]


async def test_refused_costs(shop: Shop) -> None:
    """A document that costs too much says what it costs."""
    answer = (await post(shop, {"query": COSTLY})).json()
    assert answer["extensions"]["cost"] > 50


async def test_field_errors(shop: Shop) -> None:
    """What fails in a field is 294 as graphql-response+json, else 200: partial data, the field's path, a code."""
    document = '{ good: product(id: 1) { id } products(after: "x") { totalCount } }'
    for accept, status in ((RESPONSE, 294), (JSON, 200)):
        answer = await post(shop, {"query": document}, accept=accept)
        assert (answer.status_code, answer.json()["data"]) == (status, None)
        (error,) = answer.json()["errors"]
        assert (error["path"], error["extensions"]["code"]) == (["products"], "INVALID_CURSOR")


async def test_operation_name(shop: Shop) -> None:
    """operationName picks the operation; an empty one, or null, is none."""
    both = "query A { a: __typename } query B { b: __typename }"
    assert list((await post(shop, {"query": both, "operationName": "B"})).json()["data"]) == ["b"]
    assert list((await get(shop, query=both, operationName="A")).json()["data"]) == ["a"]
    for name in ("", None):
        assert "data" in (await post(shop, {"query": ASK, "operationName": name})).json()


async def test_get(shop: Shop) -> None:
    """GET takes the same parameters, variables as JSON, and needs no other header."""
    answer = await get(
        shop, query="query($i: ID!) { product(id: $i) { name } }", variables=json.dumps({"i": shop.products[0]})
    )
    assert answer.json()["data"] == {"product": {"name": "P000"}}
    for none in ({"variables": "", "extensions": ""}, {"variables": "null", "extensions": "{}"}):
        assert (await get(shop, query=ASK, **none)).json()["data"] == {"__typename": "Query"}
    for wrong, status in (
        ({}, 422),
        ({"query": ""}, 400),
        ({"query": ASK, "extensions": "5"}, 422),
        ({"query": ASK, "variables": "{"}, 400),
        ({"query": ASK, "variables": "5"}, 422),
    ):
        refused = await get(shop, RESPONSE, **wrong)
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (status, "MALFORMED_REQUEST")


async def test_no_mutation_by_get(shop: Shop) -> None:
    """GET never changes anything: a mutation is 405, with the methods that may; a query beside it may run."""
    mutation, query = "mutation M { deleteProduct(input: {id: 1}) { deletedId } }", "query Q { __typename }"
    for document, name in ((mutation, ""), (f"{mutation} {query}", "M")):
        answer = await get(shop, query=document, operationName=name)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert "POST" in answer.headers["allow"]
    assert (await get(shop, query=f"{mutation} {query}", operationName="Q")).status_code == 200
    assert (await shop.service.graphql("{ product(id: 1) { id } }"))["data"]["product"]


async def test_head_and_options(shop: Shop) -> None:
    """HEAD answers as GET does, without the body; OPTIONS names the methods; the others are 405."""
    answer = await shop.service.send("HEAD", f"/graphql?{urlencode({'query': ASK})}")
    assert (answer.status_code, answer.content) == (200, b"")
    options = await shop.service.send("OPTIONS", "/graphql")
    assert options.status_code == 204
    for method in ("PUT", "PATCH", "DELETE"):
        refused = await shop.service.send(method, "/graphql", {"query": ASK})
        assert (refused.status_code, refused.headers["content-type"]) == (405, PROBLEM)
        assert refused.headers["allow"] == options.headers["allow"] == "GET, HEAD, POST, OPTIONS"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql",
        "", "application/json; charset=utf-16", "text/plain; application/json",
    ],
)  # fmt: skip
async def test_simple_posts(shop: Shop, content_type: str) -> None:
    """A POST that a page of another site could send without asking first is 415, as is any other type."""
    answer = await post(shop, {"query": ASK}, content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type", [JSON, f"{JSON}; charset=utf-8", f'{JSON};charset="UTF-8"', "Application/JSON"]
)
async def test_json_posts(shop: Shop, content_type: str) -> None:
    """JSON in UTF-8 is taken however its type is written."""
    assert (await post(shop, {"query": ASK}, content_type=content_type)).status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"5", b"null", b"[]", b'[{"query": "{ __typename }"}]', b'"{ __typename }"']
)
async def test_no_request(shop: Shop, body: bytes) -> None:
    """A body that is no JSON object is 400 in a problem document; batches are not taken."""
    for accept in (RESPONSE, JSON):
        answer = await post(shop, body, accept=accept)
        media_type = RESPONSE if accept == RESPONSE else PROBLEM
        assert (answer.status_code, answer.headers["content-type"]) == (400, media_type)
        assert answer.json()["code"] == "malformed_request"
        assert answer.json()["errors"][0]["extensions"] == {"code": "MALFORMED_REQUEST"}


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, '""', '"a b"'])
async def test_malformed_keys(shop: Shop, key: str) -> None:
    """A malformed Idempotency-Key is 400 in a problem document, whatever was asked."""
    answer = await post(shop, {"query": ASK}, idempotency_key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")


async def test_request_ids(shop: Shop) -> None:
    """A sane request id comes back, and stands in problem documents."""
    answer = await post(shop, b"{", x_request_id="abc-1")
    assert (answer.headers["x-request-id"], answer.json()["requestId"]) == ("abc-1", "abc-1")


async def test_faults_of_ours(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours is told in safe words, with a code and no detail of it."""
    monkeypatch.setattr(service.database, "read", None)
    response = await service.http.post("/graphql", json={"query": "{ products { totalCount } }"})
    assert response.status_code == 500
    assert response.json()["code"] == "internal_error"
    assert "NoneType" not in response.text


async def test_served_schema(service: Service) -> None:
    """The schema is served as it is published."""
    answer = await service.send("GET", "/graphql/schema.graphql")
    assert answer.text == sdl()
