"""What no client should send: each is a clear refusal with a code, never a fault of ours, and nothing is stored."""

import json
from typing import Any

import pytest

from app.domain.catalogue import categories, products
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.unit_of_work import Unit
from tests.behaviour.malformed import DEEP, DIGITS, INVALID, MALFORMED, MEMBERS, READ_ONLY, V2_MEMBERS
from tests.behaviour.surfaces import surfaces
from tests.service import Service

EVERYTHING = tuple(products.LISTING.columns)
BODIES: dict[str, tuple[bytes, tuple[int, str]]] = {
    "nothing": (b"", MALFORMED),
    "half an object": (b'{"name": "x"', MALFORMED),
    "no UTF-8": (b'{"name": "\xff\xfe", "price": 1}', MALFORMED),
    "an encoded surrogate": (b'{"name": "\xed\xa0\x80", "price": 1}', MALFORMED),
    "two values": (b"{} {}", MALFORMED),
    "a bare control character": (b'{"name": "a\x00", "price": 1}', MALFORMED),
    "a deep list": (DEEP.encode(), MALFORMED),
    "a number": (b"5", INVALID),
    "a list": (b"[]", INVALID),
    "null": (b"null", INVALID),
    "a text": (b'"{}"', INVALID),
    "a megabyte": (b" " * 1_000_001, (413, "payload_too_large")),
}
QUERIES: dict[str, tuple[str, tuple[int, str]]] = {
    "an unknown parameter": ("colour=red", (422, "unknown_parameter")),
    "an unknown parameter among others": ("limit=5&page=2", (422, "unknown_parameter")),
    "a page of none": ("limit=0", INVALID),
    "a page of too many": ("limit=101", INVALID),
    "a page of 30 digits": (f"limit={DIGITS}", INVALID),
    "a page in other digits": ("limit=%D9%A5", INVALID),
    "a repeated parameter": ("limit=5&limit=5", INVALID),
    "an unknown sort": ("sort=colour", INVALID),
    "unknown fields": ("fields=id,colour", INVALID),
    "an unknown count": ("count=many", INVALID),
    "both directions": ("cursor=x&before=y", INVALID),
    "NaN for a bound": ("minPrice=NaN", INVALID),
    "1e999 for a bound": ("maxPrice=1e999", INVALID),
    "a yes": ("inStock=yes", INVALID),
    "an unknown currency": ("currency=usd", INVALID),
    "a category of 30 digits": (f"category={DIGITS}", INVALID),
    "a category by name": ("category=tea", INVALID),
    "NUL in a search": ("q=%00", INVALID),
    "NUL in a sku": ("sku=%00", INVALID),
    "no UTF-8": ("q=%ff", MALFORMED),
    "an encoded surrogate": ("q=%ED%A0%80", MALFORMED),
    "a long search": (f"q={'x' * 201}", INVALID),
    "thousands of parameters": ("q&" * 3000, MALFORMED),
    "garbage for a cursor": ("cursor=%21%3F", (400, "invalid_cursor")),
    "a cursor in other letters": ("before=%C3%A9", (400, "invalid_cursor")),
    "a long cursor": (f"cursor={'QUFB' * 5000}", (400, "invalid_cursor")),
    "an offset for a cursor": ("cursor=YXJyYXljb25uZWN0aW9uOjA=", (400, "invalid_cursor")),
}
PATH_IDS = ["0", "-1", "+1", "01", "1.0", "1e0", "abc", DIGITS, "9007199254740992", "%00", "%D9%A1", "1%20"]


async def stored(service: Service) -> Any:
    """All there is in the database."""

    async def read(unit: Unit) -> Any:
        every = await paging.page(unit, products.LISTING, products.Filter(), Sort(), Window(1000), EVERYTHING)
        tree = await paging.page(
            unit, categories.LISTING, categories.Filter(), Sort(), Window(1000), ("name", "version", "parentId")
        )
        return [list(map(tuple, page.rows)) for page in (every, tree)]

    return await service.database.read(read)


@pytest.fixture(scope="module")
async def shop(shared_service: Service) -> int:
    """The id of a product in a category; no test of this module changes anything."""
    v2 = surfaces(shared_service)["v2"]
    tea = await v2.create_category(name="Tea")
    return (await v2.create(name="Kettle", price=20, stock=5, categoryIds=[tea.id])).id


async def refusal(service: Service, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
    """The status and code of a problem document, which is well-formed."""
    response = await service.send(method, path, body)
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem.keys() == {"type", "title", "status", "detail", "code", "message", "details", "requestId"}
    assert problem["detail"] == problem["message"]
    assert problem["status"] == response.status_code
    assert problem["message"]
    return response.status_code, problem["code"]


async def graphql_code(service: Service, body: bytes) -> str:
    """The code that a GraphQL request is refused with, in whichever of its three places."""
    response = await service.send("POST", "/graphql", body)
    answer = response.json()
    if response.headers["content-type"] == "application/problem+json":
        return str(answer["code"]).upper()
    if "errors" in answer:
        return str(answer["errors"][0]["extensions"]["code"])
    payload = next(iter(answer["data"].values()))
    assert payload["product"] is None
    return str(payload["userErrors"][0]["code"])


def whole(member: str) -> bytes:
    """The body of a new product that has this member."""
    rest = {"name": "x", "price": 1}
    wrong = member.split('"')[1]
    return "".join(["{", *(f'"{n}": {json.dumps(v)}, ' for n, v in rest.items() if n != wrong), member, "}"]).encode()


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("case", [*MEMBERS, *V2_MEMBERS])
async def test_members(shared_service: Service, shop: int, version: str, case: str) -> None:
    """A wrong member is refused by POST, PUT and PATCH with one code, and nothing is stored."""
    member, expected = (MEMBERS | V2_MEMBERS)[case]
    if version == "v1" and case in V2_MEMBERS:
        expected = READ_ONLY
    before = await stored(shared_service)
    requests = {
        ("POST", f"/{version}/products"): whole(member),
        ("PUT", f"/{version}/products/{shop}"): whole(member),
        ("PATCH", f"/{version}/products/{shop}"): b"{" + member.encode() + b"}",
    }
    answers = {request: await refusal(shared_service, *request, body) for request, body in requests.items()}
    assert answers == dict.fromkeys(requests, expected)
    assert await stored(shared_service) == before


@pytest.mark.parametrize("case", [*MEMBERS, *V2_MEMBERS])
async def test_graphql_members(shared_service: Service, shop: int, case: str) -> None:
    """GraphQL refuses the same members in variables, with a code, and stores nothing."""
    member, (_, code) = (MEMBERS | V2_MEMBERS)[case]
    before = await stored(shared_service)
    create = b"mutation($i: CreateProductInput!) { createProduct(input: $i) { product { id } userErrors { code } } }"
    update = create.replace(b"reateProduct", b"pdateProduct").replace(b"Cp", b"Up").replace(b"cp", b"up")
    address = f'{{"id": "{shop}", '.encode()
    changes = [(create, whole(member))]
    if case not in {"an id", "null for a name", "null for a price"}:
        changes.append((update, address + member.encode() + b"}"))
    for document, given in changes:
        body = b'{"query": "' + document + b'", "variables": {"i": ' + given + b"}}"
        assert await graphql_code(shared_service, body) == {"read_only": "VALIDATION_FAILED"}.get(code, code.upper())
    assert await stored(shared_service) == before


@pytest.mark.parametrize("case", BODIES)
async def test_bodies(shared_service: Service, shop: int, case: str) -> None:
    """A body that is no object of members is refused everywhere alike."""
    body, expected = BODIES[case]
    before = await stored(shared_service)
    for path in ("/v1/products", "/v2/products", "/v2/categories", f"/v2/products/{shop}/stock-adjustments"):
        assert await refusal(shared_service, "POST", path, body) == expected
    code = expected[1] if expected[1] == "payload_too_large" else "malformed_request"
    assert await graphql_code(shared_service, body) == code.upper()
    assert await stored(shared_service) == before


@pytest.mark.parametrize("case", QUERIES)
async def test_query_parameters(shared_service: Service, case: str) -> None:
    """A list refuses parameters that it does not know or cannot read."""
    query, expected = QUERIES[case]
    for version in ("v1", "v2"):
        assert await refusal(shared_service, "GET", f"/{version}/products?{query}") == expected


@pytest.mark.parametrize("given", PATH_IDS)
async def test_path_ids(shared_service: Service, given: str) -> None:
    """What cannot be an id names nothing."""
    before = await stored(shared_service)
    for path in (f"/v1/products/{given}", f"/v2/products/{given}", f"/v2/categories/{given}"):
        assert await refusal(shared_service, "GET", path) == (404, "not_found")
        assert await refusal(shared_service, "DELETE", path) == (404, "not_found")
    assert await stored(shared_service) == before


@pytest.mark.parametrize(
    "given", ["0", "-1", "abc", "", DIGITS, "UHJvZHVjdDow", "UHJvZHVjdDo=", "Q2F0ZWdvcnk6MQ==", "é", "\0"]
)
async def test_graphql_ids(shared_service: Service, shop: int, given: str) -> None:
    """Garbage for an id, or another type's, gives null, matches nothing in filters, and is not found in changes."""
    before = await stored(shared_service)
    query = "query($id: ID!) { product(id: $id) { id } products(filter: {categories: [$id]}) { totalCount } }"
    product_only = "query($id: ID!) { product(id: $id) { id } }"
    if given != "Q2F0ZWdvcnk6MQ==":  # this one is the category's own
        assert (await shared_service.graphql(query, {"id": given}))["data"] == {
            "product": None,
            "products": {"totalCount": 0},
        }
    assert (await shared_service.graphql(product_only, {"id": given}))["data"] == {"product": None}
    change = (
        "mutation($i: DeleteProductInput!) { it: deleteProduct(input: $i) { deletedId userErrors { code field } } }"
    )
    answer = (await shared_service.graphql(change, {"i": {"id": given}}))["data"]["it"]
    assert answer == {"deletedId": None, "userErrors": [{"code": "NOT_FOUND", "field": None}]}
    assert await stored(shared_service) == before


ARGUMENTS = {
    "a negative page": ("first: -1", "VALIDATION_FAILED"),
    "a page of too many": ("last: 101", "VALIDATION_FAILED"),
    "a page of 30 digits": (f"first: {DIGITS}", "VALIDATION_FAILED"),
    "both ends": ("first: 1, last: 1", "VALIDATION_FAILED"),
    "an unknown argument": ("page: 2", "VALIDATION_FAILED"),
    "an unknown filter": ("filter: {colour: 1}", "VALIDATION_FAILED"),
    "an unknown sort": ("sort: {by: COLOUR}", "VALIDATION_FAILED"),
    "NaN for a bound": ('filter: {minPrice: "NaN"}', "VALIDATION_FAILED"),
    "Infinity for a bound": ('filter: {minPrice: "Infinity"}', "VALIDATION_FAILED"),
    "1e999 for a bound": ("filter: {maxPrice: 1e999}", None),
    "true for a bound": ("filter: {maxPrice: true}", "VALIDATION_FAILED"),
    "NUL in a search": (r'filter: {q: "\u0000"}', "VALIDATION_FAILED"),
    "a surrogate in a search": (r'filter: {q: "\ud800"}', "MALFORMED_REQUEST"),
    "NUL in a sku": (r'filter: {sku: "\u0000"}', "VALIDATION_FAILED"),
    "an unknown currency": ('filter: {currency: "usd"}', "VALIDATION_FAILED"),
    "an empty cursor": ('after: ""', "INVALID_CURSOR"),
    "garbage for a cursor": ('before: "!?"', "INVALID_CURSOR"),
    "NUL for a cursor": (r'after: "\u0000"', "INVALID_CURSOR"),
    "other letters for a cursor": ('after: "é"', "INVALID_CURSOR"),
    "a surrogate for a cursor": (r'after: "\ud800"', "MALFORMED_REQUEST"),
}  # fmt: skip


@pytest.mark.parametrize("case", ARGUMENTS)
async def test_graphql_arguments(shared_service: Service, case: str) -> None:
    """A connection refuses arguments that it does not know or cannot read; below a thing as at the root."""
    given, code = ARGUMENTS[case]
    answer = await shared_service.graphql(f"{{ products({given}) {{ edges {{ node {{ id }} }} }} }}")
    if code is None:
        assert answer["errors"][0]["extensions"]["code"] in {"VALIDATION_FAILED", "MALFORMED_REQUEST"}
        return
    assert {error["extensions"]["code"] for error in answer["errors"]} == {code}


LITERALS = {
    "NaN": 'name: "x", price: "NaN"',
    "Infinity": 'name: "x", price: "Infinity"',
    "1e999": 'name: "x", price: 1e999',
    "1e999 as text": 'name: "x", price: "1e999"',
    "30 digits": f'name: "x", price: {DIGITS}',
    "a lone surrogate": r'name: "\ud800", price: 1',
    "NUL": r'name: "\u0000", price: 1',
    "NUL in braces": r'name: "\u{0}", price: 1',
    "a number for a name": "name: 5, price: 1",
    "an unknown member": 'name: "x", price: 1, colour: "red"',
    "a read-only member": 'name: "x", price: 1, version: 2',
    "deep nesting": f'name: "x", price: {DEEP}',
    "less deep nesting": f'name: "x", price: {"[" * 150}{"]" * 150}',
    "an id of 30 digits": f'name: "x", price: 1, categoryIds: [{DIGITS}]',
    "a fraction of stock": 'name: "x", price: 1, stock: 1.5',
    "no price": 'name: "x"',
}  # fmt: skip


@pytest.mark.parametrize("case", LITERALS)
async def test_graphql_literals(shared_service: Service, shop: int, case: str) -> None:
    """The same mistakes inside the document's own text are refused with a code, too, and nothing is stored."""
    before = await stored(shared_service)
    document = f"mutation {{ createProduct(input: {{{LITERALS[case]}}}) {{ product {{ id }} userErrors {{ code }} }} }}"
    body = json.dumps({"query": document}).encode()
    assert await graphql_code(shared_service, body) in {"VALIDATION_FAILED", "MALFORMED_REQUEST", "QUERY_TOO_COMPLEX"}
    assert await stored(shared_service) == before


REQUESTS: dict[str, Any] = {
    "no query": {},
    "a number for a query": {"query": 5},
    "null for a query": {"query": None},
    "a surrogate in a query": {"query": "{ a }\ud800"},
    "a number for a name": {"query": "{ __typename }", "operationName": 5},
    "text for variables": {"query": "{ __typename }", "variables": "x"},
    "a list of variables": {"query": "{ __typename }", "variables": []},
    "a number for extensions": {"query": "{ __typename }", "extensions": 0},
    "text for extensions": {"query": "{ __typename }", "extensions": "x"},
    "a list of extensions": {"query": "{ __typename }", "extensions": []},
    "a batch": [{"query": "{ __typename }"}],
    "an empty document": {"query": ""},
    "half a document": {"query": "{"},
    "deep selections": {"query": "{ a " * 3000 + "}" * 3000},
    "deep lists": {"query": f"{{ nodes(ids: {DEEP}) {{ id }} }}"},
}


@pytest.mark.parametrize("case", REQUESTS)
async def test_graphql_requests(shared_service: Service, case: str) -> None:
    """What is no well-formed request, or no document, is refused with a code."""
    code = await graphql_code(shared_service, json.dumps(REQUESTS[case]).encode())
    assert code in {"MALFORMED_REQUEST", "QUERY_TOO_COMPLEX"}
