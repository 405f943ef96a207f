"""Secrets, planted wherever a client may put one: no log, answer, trace of a fault or database file ever has them."""

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from secrets import token_hex

import pytest

from app.domain.callers import Scope
from app.stores import keys
from app.stores.database import open_database
from tests.databases import Databases
from tests.servers import Answer, Server, until, wire

_JSON = "Content-Type: application/json\r\n"
_PASSWORD = "hunter2-swordfish"
_FAILING = """
from app.domain import commands

def fail(members, *_):
    raise ValueError(f"cannot use {members}")

commands.create_category = fail
"""
_CREATE = "mutation ($i: CreateProductInput!) { createProduct(input: $i) { userErrors { message } } }"


@pytest.fixture(scope="module", params=["json", "console"])
def server(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Server]:
    """A server that asks for keys, and fails whenever it is to make a category."""
    folder = tmp_path_factory.mktemp("secrets")
    shutil.copyfile(databases.create("sqlite").removeprefix("sqlite:///"), folder / "tandem.db")
    url = f"sqlite:///{folder}/tandem.db"
    with Server(url, folder / "log", code=_FAILING, TANDEM_AUTH="keys", TANDEM_LOG_FORMAT=request.param) as made:
        yield made


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    """A good API key."""

    async def create() -> str:
        database = open_database(f"sqlite:///{server.log.parent}/tandem.db")
        try:
            return await keys.create(database, "alice", list(Scope))
        finally:
            await database.close()

    return asyncio.run(create())


def _ask(server: Server, path: str, body: object = None, headers: str = "") -> Answer:
    async def ask() -> Answer:
        async with wire(server) as client:
            if body is None:
                return await client.ask(path, "GET", b"", headers)
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
            return await client.ask(path, "POST", sent, f"{_JSON}{headers}")

    return asyncio.run(ask())


def _sent_wrongly(secret: str, good: str) -> Iterator[tuple[str, object, str]]:
    """Requests with a secret where it does not belong: path, body if it is a POST, headers. `good` lets them in."""
    product = {"name": "Cup", "price": 3, "password": secret}
    yield "/v2/products", None, f"Authorization: Bearer {secret}x\r\n"
    yield "/v2/products", None, f"Authorization: Basic {secret}\r\n"
    yield "/v2/products", None, f"Cookie: session={secret}\r\nX-Api-Key: {secret}\r\nReferer: http://x/{secret}\r\n"
    yield "/v2/products", None, f"X-Request-ID: {{{secret}}}\r\nTraceparent: {secret}\r\n"
    for parameter in ("cursor", "limit", "sort", "fields", "minPrice", "currency", "key", "q"):
        yield f"/v2/products?{parameter}={secret}", None, ""
    yield "/v2/products", product, good
    yield "/v2/products", {**product, "price": secret}, good
    yield "/v2/products", {"name": "Cup", "price": 3, "categoryIds": [secret]}, good
    yield "/v2/products", b'{"name": "' + secret.encode(), good
    yield "/v2/products", b'{"name": "\xff' + secret.encode() + b'"}', good
    yield "/v2/categories", {"name": secret, "parentId": None}, good
    yield "/v2/orders", {"items": [{"productId": secret, "quantity": secret}]}, f"{good}Idempotency-Key: 1\r\n"
    yield "/graphql", {"query": _CREATE, "variables": {"i": product}}, good
    yield "/graphql", {"query": _CREATE, "variables": {"i": secret}}, good
    yield (
        "/graphql",
        {"query": f'mutation {{ createCategory(input: {{name: "{secret}"}}) {{ category {{ id }} }} }}'},
        good,
    )
    yield "/graphql", {"query": f'{{ product(id: "{secret}") {{ id price(a: "{secret}") }} }}'}, ""
    yield "/graphql", {"query": f'"{secret}" {secret}'}, ""
    yield "/graphql", {"query": "{ __typename }", "operationName": secret}, ""
    yield "/graphql", {"query": "{ __typename }", "variables": secret}, ""
    yield f'/graphql?query={{products(first:"{secret}"){{totalCount}}}}', None, ""


def _told(server: Server, answers: list[Answer]) -> Iterator[bytes]:
    """All that a server has told and kept, once the last request is logged."""
    last = token_hex(8)
    _ask(server, "/livez", headers=f"X-Request-ID: {last}\r\n")
    until(lambda: last in server.log.read_text())
    refused = (answer for answer in answers if answer.status != 200 or b'"errors"' in answer.body)
    yield from (repr(answer).encode() for answer in refused)  # the links of a good answer repeat what was asked
    yield server.get("/metrics")[1].encode()
    files = {path.name: path.read_bytes() for path in server.log.parent.iterdir()}
    assert files.keys() >= {"log", "tandem.db", "tandem.db-wal"}
    yield from files.values()


def test_a_password_is_told_nowhere(server: Server, key: str) -> None:
    """In headers, queries, bodies, documents, variables, and in what a fault of ours raises with its whole stack."""
    asked = [*_sent_wrongly(_PASSWORD, f"Authorization: Bearer {key}\r\n")]
    answers = [_ask(server, *request) for request in asked]
    assert {200, 400, 401, 422, 500} <= {answer.status for answer in answers}
    texts = [*_told(server, answers)]
    log = server.log.read_text()
    assert log.count("ValueError: cannot use") == 2
    assert log.count("in fail") == 2
    for text in texts:
        assert _PASSWORD.encode() not in text
        assert _PASSWORD.replace("-", "").encode() not in text


def test_a_key_is_told_nowhere(server: Server, key: str) -> None:
    """A good key, where it belongs and where it does not, in a path or as a request's id; its hash alone is stored."""
    secret = key.split("_", 2)[2]
    good = f"Authorization: Bearer {key}\r\n"
    asked = [
        *_sent_wrongly(key, good),
        ("/v2/products", None, good),
        (f"/v2/products/{key}", None, ""),
        (f"/{key}", None, ""),
        (f"/v2/products/{key.replace('_', '%5F')}/image", None, ""),
        (f"/errors/{key}", None, ""),
        ("/v2/products", {"name": "Cup", "price": 3}, f"{good}X-Request-ID: {key}\r\nX-Correlation-ID: a:{key}\r\n"),
    ]
    answers = [_ask(server, *request) for request in asked]
    assert [answer.status for answer in answers[-6:]] == [200, 404, 404, 404, 404, 201]
    assert re.fullmatch("[0-9a-f]{32}", answers[-1].headers["x-request-id"])
    for text in _told(server, answers):
        assert secret.encode() not in text
    assert f"/v2/products/{key.removesuffix(secret)}…" in server.log.read_text()
