"""The idempotency keys of orders: missing, malformed, reused, and shared by the fields of a document."""

import random
import string
from collections.abc import Sequence
from typing import Any

import pytest

from tests.behaviour.surfaces import surfaces
from tests.behaviour.tills import (
    Till,
    orders_of,
    stock,
    stocked,
    tills,
)
from tests.service import Service


async def test_another_payload(service: Service, till: Till) -> None:
    """A key with another payload is refused on whichever surface; the first payload is still replayed."""
    (tea,) = await stocked(service, 10)
    first = await till.place((tea, 1), key="K")
    for other in tills(service):
        for refused in (await other.place((tea, 2), key="K"), await other.place((tea, 1), key="K", reference="r")):
            assert (refused.code, refused.replayed) == ("idempotency_key_reused", False)
            assert refused.response.status_code == (200 if other.surface == "graphql" else 422)
    assert (await till.place((tea, 1), key="K")).id == first.id
    assert await stock(service, tea) == 9


BAD_KEYS = {
    "empty": "",
    "spaces": "a b",
    "too long": "k" * 256,
    "half a quote": '"',
    "empty quotes": '""',
    "latin": "\xe9",
}


@pytest.mark.parametrize("which", BAD_KEYS)
async def test_malformed_keys(service: Service, till: Till, which: str) -> None:
    """A key that is none is refused before anything is looked at, also over GraphQL by its status."""
    response = await till.service.http.request(
        "POST",
        "/graphql" if till.surface == "graphql" else f"/{till.surface}/orders",
        headers=[("content-type", "application/json"), ("idempotency-key", BAD_KEYS[which].encode("latin-1"))],
        content=b'{"query": "{ __typename }"}',
    )
    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_invalid")
    assert response.headers["content-type"] == "application/problem+json"


async def test_missing_key(service: Service, till: Till) -> None:
    """An order without a key is refused: 400 over REST, a user error over GraphQL."""
    (tea,) = await stocked(service, 10)
    refused = await till.place((tea, 1))
    assert refused.code == "idempotency_key_required"
    assert refused.response.status_code == (200 if till.surface == "graphql" else 400)
    assert await stock(service, tea) == 10


async def test_invalid_orders_leave_the_key_free(service: Service, till: Till) -> None:
    """What was refused for its shape, an unknown product or mixed currencies can be mended under the same key."""
    (tea,) = await stocked(service, 10)
    sake = (await surfaces(service)["v2"].create(name="Sake", price=1980, currency="JPY")).id
    attempts: list[tuple[Sequence[tuple[int, int]], str]] = [
        ([(tea, 0)], "validation_failed"),
        ([(999_999, 1)], "validation_failed"),
        ([(tea, 1), (sake, 1)], "mixed_currencies"),
    ]
    for items, code in attempts:
        refused = await till.place(*items, key="K")
        assert (refused.code, refused.replayed) == (code, False)
    placed = await till.place((tea, 1), key="K")
    assert not placed.replayed
    assert await orders_of(till) == [placed.id]


LONG = "".join(random.Random(1).choices(string.ascii_letters, k=4_000))


@pytest.mark.parametrize("before", ["", LONG], ids=["short", "long"])
async def test_two_fields_under_one_header(service: Service, before: str) -> None:
    """Two orders of one document are two orders; the document sent again replays each as its own, in any order.

    So it is with aliases of any length, though no index of PostgreSQL would hold them.
    """
    (tea,) = await stocked(service, 10)
    fields = {
        name: f"{before}{name}: placeOrder(input: $input) {{ order {{ orderId }} userErrors {{ code }} }}"
        for name in "ab"
    }
    variables = {"input": {"items": [{"productId": str(tea), "quantity": 2}]}}

    async def send(names: str) -> dict[str, Any]:
        document = f"mutation($input: PlaceOrderInput!) {{ {' '.join(fields[name] for name in names)} }}"
        answer = await service.graphql(document, variables, idempotency_key="K")
        return {name: answer["data"][before + name]["order"]["orderId"] for name in names} | {
            "replayed": answer["extensions"].get("idempotency", {}).get("replayed", False)
        }

    first = await send("ab")
    assert first["a"] != first["b"]
    assert not first["replayed"]
    assert await send("ab") == await send("ba") == {**first, "replayed": True}
    assert await stock(service, tea) == 6
    alone = await send("a")  # the one field of a document has the bare key
    assert alone["a"] not in {first["a"], first["b"]}
    assert (await Till(service, "v2").place((tea, 2), key="K")).id == alone["a"]
