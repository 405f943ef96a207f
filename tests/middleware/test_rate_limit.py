"""The rate limit as clients meet it: one budget for both protocols, told on every answer, exact to the second."""

import math
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import httpx2
import pytest
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.middleware.access import Access
from app.middleware.errors import ErrorHandler
from app.middleware.observe import Observe
from app.middleware.rate_limit import RateLimit
from app.middleware.request_id import identify
from app.rate_limiting.limits import Rates
from app.rate_limiting.token_bucket import SECOND, MemoryBuckets
from tests.clock import Clock
from tests.conftest import Run
from tests.middleware.conftest import ADDRESS, Served
from tests.middleware.spending import graphql, left, rest, spend

Serve = Callable[..., Served]
FIELDS = ("ratelimit", "ratelimit-policy")


def test_one_budget(served: Served, clock: Clock) -> None:
    """60 requests by REST and 40 by GraphQL exhaust 100; the next of either is 429, and after Retry-After it passes."""
    client = served.client()
    spend(client, 60)
    assert [graphql(client).status_code for _ in range(40)] == [200] * 40
    for ask in (rest, graphql):
        refused = ask(client)
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] == "rate_limited"
        assert refused.headers["ratelimit-policy"] == '"default";q=100;w=60'
        assert refused.headers["ratelimit"] == '"default";r=0;t=1'
        assert refused.headers["retry-after"] == "1"
    clock.now += 600_000 - 1
    assert rest(client).status_code == 429
    clock.now += 1
    assert graphql(client).status_code == 200
    assert rest(client).status_code == 429


def test_retry_after_is_exact(serve: Serve, clock: Clock) -> None:
    """For any limit the first request after Retry-After passes, and one a second earlier does not."""
    chance = random.Random(7)
    for number in range(25):
        points, seconds = chance.randint(1, 5), chance.randint(1, 3600)
        served = serve(rate_limit=f"{points} per {seconds} second")
        client = served.client(f"198.51.100.{number}")
        spend(client, points)
        clock.now += chance.randint(0, seconds * SECOND // points - 1)
        wait = int(rest(client).headers["retry-after"])
        clock.now += (wait - 1) * SECOND
        assert rest(client).status_code == 429
        clock.now += SECOND
        assert rest(client).status_code == 200


def test_a_thousand_trials(clock: Clock, run: Run[Any]) -> None:
    """Over random limits, gaps and protocols: no request passes a microsecond early, none is refused that is due."""

    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        await Response()(scope, receive, send)

    async def trial(chance: random.Random) -> None:
        points, seconds = chance.randint(1, 9), chance.randint(1, 3600)
        limited = RateLimit(nothing, Rates(f"{points} per {seconds} second", MemoryBuckets(clock)), Access(None))
        app = Observe(ErrorHandler(limited), lambda _: None, [identify])
        period, left, last = Fraction(seconds * SECOND, points), Fraction(points), clock.now
        for _ in range(points + 6):
            path = chance.choice(["/v1/products", "/v2/orders", "/graphql"])
            status, wait = await _status(app, path)
            left, last = min(Fraction(points), left + (clock.now - last) / period), clock.now
            assert status == (200 if left >= 1 else 429)
            left -= status == 200
            due = max(0, math.ceil((1 - left) * period))  # microseconds to the next point
            if status == 200:
                clock.now += chance.choice([0, 0, 1, chance.randrange(due + 1), due + chance.randrange(SECOND)])
                continue
            assert wait == math.ceil(due / SECOND)
            clock.now += chance.choice([due - 1, due, wait * SECOND])

    for seed in range(1000):
        run(trial(random.Random(seed)))


async def _status(app: ASGIApp, path: str) -> tuple[int, int]:
    """Status and Retry-After that a bare request gets."""
    told: list[Message] = []
    scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b"", "client": (ADDRESS, 1)}

    async def send(message: Message) -> None:
        told.append(message)

    await app(scope, _never, send)
    return told[0]["status"], int(dict(told[0]["headers"]).get(b"retry-after", 0))


async def _never() -> Message:
    raise AssertionError("nobody reads the body")


def test_addresses(served: Served) -> None:
    """Each address has a budget of its own, an IPv6 subscriber one for all of a /64."""
    spend(served.client(), 100)
    assert rest(served.client()).status_code == 429
    assert left(rest(served.client("192.0.2.2"))) == 99
    assert left(rest(served.client("2001:db8::1"))) == 99
    assert left(rest(served.client("2001:db8::2"))) == 98
    assert left(rest(served.client("2001:db8:0:1::1"))) == 99


def test_not_modified_is_free(served: Served) -> None:
    """A 304 gives its point back."""
    client = served.client()
    tag = rest(client).headers["etag"]
    again = rest(client, if_none_match=tag)
    assert (again.status_code, left(again)) == (304, 99)


def test_replays_are_free(serve: Serve) -> None:
    """A replay gives its points back, over REST as over GraphQL."""
    client = serve(auth="open").client()
    product = client.post("/v2/products", {"name": "Cup", "price": 3}).json()["id"]
    order = {"items": [{"productId": product, "quantity": 1}]}
    answers = [client.post("/v2/orders", order, idempotency_key="one") for _ in range(2)]
    assert [left(answer) for answer in answers] == [98, 98]
    assert answers[1].headers["idempotent-replayed"] == "true"
    placing = {"query": "mutation ($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } } }"}
    replayed = client.post("/graphql", placing | {"variables": {"i": order}}, idempotency_key="one")
    assert replayed.headers["idempotent-replayed"] == "true"
    assert left(replayed) == 98


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_asking_for_it(served: Served, version: str) -> None:
    """GET /rate-limit tells the level and is free, but an empty bucket refuses it like all else."""
    client = served.client()
    spend(client, 3)
    for _ in range(2):
        answer = client.get(f"/{version}/rate-limit")
        assert answer.json() == {"limit": 100, "cost": 0, "remaining": 97, "resetSeconds": 1}
        assert answer.headers["ratelimit"] == '"default";r=97;t=1'
        assert answer.headers["cache-control"] == "private, no-cache"
    spend(client, 97)
    assert client.get(f"/{version}/rate-limit").status_code == 429


def test_what_is_outside(served: Served) -> None:
    """Pages, contracts, health, images and OPTIONS cost nothing, tell nothing, and pass on an empty bucket."""
    client = served.client()
    spend(client, 100)
    for path in ("/v1/openapi.yaml", "/v2/openapi.json", "/livez", "/readyz", "/errors/conflict"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert not answer.headers.keys() & set(FIELDS)
    assert client.request("OPTIONS", "/v2/products").status_code == 204
    for path, headers in (
        ("/v2/products/1/image", {}),
        ("/v2/products/sku:a%2Fb/image", {}),
        ("/graphql", {"accept": "text/html"}),
    ):
        answer = client.get(path, **headers)
        assert answer.status_code != 429
        assert not answer.headers.keys() & set(FIELDS)
    assert client.get("/graphql?query=%7Bx%7D", accept="text/html").status_code == 429


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/v2/products/9", {}, 404),
        ("GET", "/v2/nothing", {}, 404),
        ("DELETE", "/v2/products", {}, 405),
        ("GET", "/v2/products", {"authorization": "Bearer x"}, 401),
        ("GET", "/v2/products", {"accept": "text/csv"}, 406),
        ("POST", "/graphql", {"content-type": "text/plain"}, 415),
    ],
)
def test_errors_tell_the_level(served: Served, method: str, path: str, headers: dict[str, str], status: int) -> None:
    """Every metered answer bears the fields, errors included; they cost a point."""
    client = served.client()
    answer = client.http.build_request(method, path, headers=headers)
    response: httpx2.Response = client.run(client.http.send(answer))
    assert response.status_code == status
    assert response.headers["ratelimit"] == '"default";r=99;t=1'


def test_off(serve: Serve) -> None:
    """Switched off, nothing is limited and no field says otherwise."""
    client = serve(rate_limit="off").client()
    for _ in range(150):
        answer = rest(client)
        assert answer.status_code == 200
        assert not answer.headers.keys() & set(FIELDS)
    level = {"limit": None, "cost": 0, "remaining": None, "resetSeconds": 0}
    assert client.get("/v2/rate-limit").json() == level


def test_forged_addresses(served: Served, serve: Serve) -> None:
    """X-Forwarded-For changes nothing, unless a trusted proxy sent it; then its rightmost stranger is the client."""
    client = served.client()
    spend(client, 100, x_forwarded_for="198.51.100.1")
    assert rest(client, x_forwarded_for="198.51.100.2").status_code == 429
    behind = serve(trusted_proxies="192.0.2.0/24,2001:db8::/32")
    proxy = behind.client(ADDRESS)
    assert left(rest(proxy, x_forwarded_for="198.51.100.1")) == 99
    assert left(rest(proxy, x_forwarded_for="203.0.113.9, 198.51.100.1, 192.0.2.77")) == 98
    assert left(rest(proxy, x_forwarded_for="203.0.113.9, 198.51.100.1:4711, 2001:db8::7")) == 97
    assert left(rest(proxy, x_forwarded_for="203.0.113.9")) == 99
    assert left(rest(behind.client("198.51.100.200"), x_forwarded_for="203.0.113.9")) == 99
