"""Hostile bodies: each is a clear refusal that names what is wrong, and nothing is stored."""

from tests.clients import Client

DEEP = "[" * 3000 + "]" * 3000
MALFORMED = [
    "",
    " ",
    "{",
    '{"name": "x", "price": NaN}',
    '{"name": "x", "price": Infinity}',
    '{"name": "x", "price": -Infinity}',
    '{"name": "x", "price": 1e999}',
    '{"name": "x", "price": 1e-999}',
    '{"name": "x", "price": 01}',
    '{"name": "x", "price": 1,}',
    "{'name': 'x', 'price': 1}",
    '{"name": "x", "price": ' + "9" * 5000 + "}",
    '{"name": "\x00", "price": 1}',
    DEEP,
    '{"name": ' + DEEP + ', "price": 1}',
]
INVALID = [
    ("[]", [""]),
    ("null", [""]),
    ('"x"', [""]),
    ("5", [""]),
    ("{}", ["name", "price"]),
    ('{"name": "\\u0000", "price": 1}', ["name"]),
    ('{"name": "\\ud800", "price": 1}', ["name"]),
    ('{"name": "x", "price": 1, "description": "\\udfff"}', ["description"]),
    ('{"name": "x", "price": 1, "\\ud800": 1}', ["?"]),
    ('{"name": "", "price": 1}', ["name"]),
    ('{"name": " \\t ", "price": 1}', ["name"]),
    ('{"name": 5, "price": "5"}', ["name", "price"]),
    ('{"name": ["x"], "price": {"x": 1}}', ["name", "price"]),
    ('{"name": null, "price": null}', ["name", "price"]),
    ('{"name": "x", "price": true}', ["price"]),
    ('{"name": "x", "price": 0}', ["price"]),
    ('{"name": "x", "price": -1}', ["price"]),
    ('{"name": "x", "price": 1000000000}', ["price"]),
    ('{"name": "x", "price": 1e300}', ["price"]),
    ('{"name": "x", "price": 1e-300}', ["price"]),
    ('{"name": "x", "price": 1.005}', ["price"]),
    ('{"name": "x", "price": 1.000000000000000000000000000001}', ["price"]),
    ('{"name": "x", "price": 1, "currency": "usd"}', ["currency"]),
    ('{"name": "x", "price": 1, "currency": "XXX"}', ["currency"]),
    ('{"name": "x", "price": 1.5, "currency": "JPY"}', ["price"]),
    ('{"name": "x", "price": 1, "sku": ""}', ["sku"]),
    ('{"name": "x", "price": 1, "sku": 5}', ["sku"]),
    ('{"name": "x", "price": 1, "stock": -1}', ["stock"]),
    ('{"name": "x", "price": 1, "stock": 2147483648}', ["stock"]),
    ('{"name": "x", "price": 1, "stock": 1.5}', ["stock"]),
    ('{"name": "x", "price": 1, "stock": ' + "9" * 30 + "}", ["stock"]),
    ('{"name": "x", "price": 1, "categoryIds": 1}', ["categoryIds"]),
    ('{"name": "x", "price": 1, "categoryIds": null}', ["categoryIds"]),
    ('{"name": "x", "price": 1, "categoryIds": ["1"]}', ["categoryIds.0"]),
    ('{"name": "x", "price": 1, "categoryIds": [7]}', ["categoryIds.0"]),
    ('{"name": "x", "price": 1, "categoryIds": [' + "9" * 30 + "]}", ["categoryIds.0"]),
    ('{"name": "x", "price": 1, "id": 5, "version": 1, "createdAt": 1}', ["id", "version", "createdAt"]),
    ('{"name": "x", "price": 1, "image": null, "categories": []}', ["image", "categories"]),
    ('{"name": "x", "price": 1, "colour": 1, "stock": "x"}', ["colour", "stock"]),
]


def _send(client: Client, method: str, path: str, body: str) -> tuple[int, str, list[str]]:
    content = body.encode(errors="surrogatepass")
    answer = client.request(method, path, content=content, headers={"Content-Type": "application/json"})
    problem = answer.json()
    return answer.status_code, problem["code"], [detail["field"] for detail in problem["details"]]


def test_malformed(client: Client, prefix: str) -> None:
    """What is no JSON, or has numbers that are none, is a 400."""
    client.post("/v2/products", {"name": "x", "price": 1})
    before = client.get("/v2/products").content
    for body in MALFORMED:
        for method, path in (
            ("POST", "products"),
            ("PUT", "products/1"),
            ("PATCH", "products/1"),
            ("POST", "categories"),
        ):
            assert _send(client, method, f"{prefix}/{path}", body) == (400, "malformed_request", []), body[:80]
    for raw in (
        b"\xff",
        b'{"name": "\xff", "price": 1}',
        '{"name": "é"}'.encode("latin-1"),
        '{"a": 1}'.encode("utf-16"),
    ):
        answer = client.request("POST", f"{prefix}/products", content=raw, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert client.get("/v2/products").content == before
    assert client.get("/v2/categories").json()["items"] == []


def test_invalid(client: Client) -> None:
    """What is JSON and no product is a 422 that names every member at fault; nothing of it is stored."""
    client.post("/v2/products", {"name": "x", "price": 1})
    before = client.get("/v2/products").content
    for body, fields in INVALID:
        for method, path in (("POST", "/v2/products"), ("PUT", "/v2/products/1")):
            status, _, found = _send(client, method, path, body)
            assert (status, sorted(found)) == (422, sorted(fields)), body[:80]
        if body != "{}" and fields != ["name", "price"] and "null" not in body:
            assert _send(client, "PATCH", "/v2/products/1", body)[0] == 422, body[:80]
    assert client.get("/v2/products").content == before


def test_v1_refuses_what_it_cannot_show(client: Client) -> None:
    """Members of v2 are read-only in v1; members of neither are unknown."""
    for member in ("currency", "description", "sku", "stock", "id", "version"):
        body = {"name": "x", "price": 1, member: None}
        for refused in (client.post("/v1/products", body), client.patch("/v1/products/1", {member: 1})):
            assert (refused.status_code, refused.json()["code"]) == (422, "read_only")
    assert client.post("/v1/products", {"name": "x", "price": 1, "colour": 1}).json()["code"] == "validation_failed"
    assert client.get("/v1/products").json()["items"] == []


def test_codes_of_members(client: Client) -> None:
    """A read-only member and an unknown one have codes of their own; together the problem is that validation failed."""
    refused = client.post("/v2/products", {"name": "x", "price": 1, "id": 5, "colour": 1}).json()
    assert refused["code"] == "validation_failed"
    assert [detail["code"] for detail in refused["details"]] == ["read_only", "validation_failed"]


def test_bounds(client: Client) -> None:
    """What is exactly as long or as large as it may be is stored, characters being code points."""
    body = {"name": "𝄞" * 200, "price": 999999999.99, "description": "é" * 10_000, "sku": "s" * 64, "stock": 2**31 - 1}
    made = client.post("/v2/products", body)
    assert made.status_code == 201
    assert made.json() | body == made.json()
    for longer in ({"name": "𝄞" * 201}, {"description": "é" * 10_001}, {"sku": "s" * 65}, {"price": 1000000000}):
        assert client.patch("/v2/products/1", longer).status_code == 422
    ids = [client.post("/v2/categories", {"name": str(n)}).json()["id"] for n in range(51)]
    assert client.patch("/v2/products/1", {"categoryIds": ids}).status_code == 422
    assert len(client.patch("/v2/products/1", {"categoryIds": ids[1:]}).json()["categories"]) == 50


def test_too_large(client: Client, prefix: str) -> None:
    """A body over a million bytes is refused, whether or not its length was declared."""
    body = b'{"name": "' + b"x" * 1_000_000 + b'"}'
    headers = {"Content-Type": "application/json"}

    async def chunks() -> object:
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    for content in (body, chunks()):
        refused = client.request("POST", f"{prefix}/products", content=content, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (413, "payload_too_large")


def test_faults_without_end(client: Client) -> None:
    """A body of thousands of faults is answered by a problem that is not larger than what was sent, in a few words."""
    body = {f"member{number}": 1 for number in range(5_000)}
    problem = client.post("/v2/products", body).json()
    assert problem["code"] == "validation_failed"
    assert len(problem["message"]) < 2_000
    assert problem["message"].endswith(" And more.")
    assert len(problem["details"]) == 1_000
