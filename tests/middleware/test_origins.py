"""Cross-site requests: a page of another site may make a browser send them, and they change nothing."""

from collections.abc import Callable

import pytest

from tests.clients import Client
from tests.middleware.conftest import Served

Serve = Callable[..., Served]
HOST = "shop.example:8000"
TRUSTED = "https://partner.example"


@pytest.fixture
def client(serve: Serve) -> Client:
    """A client of a server where everyone may do everything, with one order that may be cancelled."""
    made = serve(auth="open", cors_origins=TRUSTED).client()
    product = made.post("/v2/products", {"name": "Cup", "price": 3, "stock": 9}).json()["id"]
    placed = made.post("/v2/orders", {"items": [{"productId": product, "quantity": 1}]}, idempotency_key="one")
    assert placed.headers["location"] == "/v2/orders/1"
    return made


def cancel(client: Client, headers: dict[str, str]) -> int:
    """Send what a form of any page can send; the status of the answer."""
    form = {"host": HOST, "content-type": "application/x-www-form-urlencoded"}
    answer = client.request("POST", "/v2/orders/1/cancellation", headers=form | headers)
    if answer.status_code == 403:
        assert answer.json()["code"] == "forbidden"
    return answer.status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        {"sec-fetch-site": "same-site", "origin": "http://other.shop.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "", "origin": f"http://{HOST}"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://shop.example:8001"},
        {"origin": f"http://{HOST}.evil.example"},
        {"origin": TRUSTED.replace("https", "http")},
    ],
    ids=str,
)
def test_other_sites_change_nothing(client: Client, headers: dict[str, str]) -> None:
    """A form or script of another site is refused before anything is done, over both protocols; it may read."""
    assert cancel(client, headers) == 403
    assert client.get("/v2/orders/1").json()["status"] == "placed"
    query = {"query": 'mutation { cancelOrder(input: {id: "1"}) { userErrors { code } } }'}
    assert client.post("/graphql", query, host=HOST, **headers).status_code == 403
    assert client.get("/v2/orders/1", host=HOST, **headers).status_code == 200
    assert cancel(client, {}) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin", "origin": f"http://{HOST}"},
        {"sec-fetch-site": "same-origin", "origin": "https://in-front-of-a-proxy.example"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": TRUSTED},
        {"origin": TRUSTED},
        {"origin": f"http://{HOST}"},
        {"origin": f"https://{HOST}"},
        {},
    ],
    ids=str,
)
def test_others_do(client: Client, headers: dict[str, str]) -> None:
    """Our own pages, those of an origin that is named, and whatever is no browser."""
    assert cancel(client, headers) == 200


def test_any_origin(serve: Serve) -> None:
    """Where every origin is named, every page may."""
    client = serve(auth="open", cors_origins="*").client()
    assert client.post("/v2/products", {"name": "Cup", "price": 3}, origin="https://any.example").status_code == 201


def test_a_key_is_no_cookie(serve: Serve) -> None:
    """Where keys are asked for, a browser has none to send by itself, and who bears one is asked nothing more."""
    served = serve()
    client, foreign = served.client(), {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    product = {"name": "Cup", "price": 3}
    assert client.post("/v2/products", product, **foreign).status_code == 401
    assert client.post("/v2/products", product, **foreign, **served.key("alice")).status_code == 201
