"""What one request may take over REST: bytes of its answer, faults that it is told, and points for whole catalogues."""

import json
import threading
from types import ModuleType
from typing import Any

import pytest

from app.http import bodies
from app.rate_limiting import costs
from rest import lists
from tests.clock import Clock
from tests.service import Service


def _watched(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> list[bool]:
    """For each call of a function of a module from now on, whether it ran on the thread of the event loop."""
    on_loop: list[bool] = []
    original = getattr(module, name)

    def noted(value: Any) -> Any:
        on_loop.append(threading.current_thread() is threading.main_thread())
        return original(value)

    monkeypatch.setattr(module, name, noted)
    return on_loop


async def _fill(service: Service, count: int, **members: Any) -> None:
    for number in range(count):
        product = {"name": f"P{number}", "price": 1, "sku": f"S{number}"} | members
        made = await service.send("POST", "/v2/products", product)
        assert made.status_code == 201, made.text


async def test_no_answer_is_longer(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of more bytes than an answer may have is refused, whether its texts or the rest of it are too long."""
    await _fill(service, 5, description="d" * 1_000)
    monkeypatch.setattr(costs, "MAX_BYTES", 4_000)
    for limit, fields, status in ((5, "description", 422), (3, "id,description", 200), (3, "id,name,description", 200)):
        answer = await service.send("GET", f"/v2/products?limit={limit}&fields={fields}")
        assert answer.status_code == status, answer.text
    monkeypatch.setattr(costs, "MAX_BYTES", 200)
    refused = await service.send("GET", "/v2/products?limit=5&fields=id,name")
    assert (refused.status_code, refused.json()["code"]) == (422, "query_too_complex")


async def test_long_pages_leave_the_loop(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of long texts is rendered on a thread, a short one on the loop."""
    await _fill(service, 12, description="d" * 10_000)
    on_loop = _watched(monkeypatch, lists, "encode")
    long = await service.send("GET", "/v2/products?limit=12")
    short = await service.send("GET", "/v2/products?limit=1")
    assert (len(long.json()["items"]), len(short.json()["items"])) == (12, 1)
    assert on_loop == [False, True]


async def test_faults_are_bounded(service: Service) -> None:
    """A body of tens of thousands of unknown members is told a thousand of them."""
    body = json.dumps({f"u{number}": 1 for number in range(50_000)}).encode()
    answer = await service.send("POST", "/v2/products", body)
    assert (answer.status_code, len(answer.json()["details"])) == (422, 1_000)


async def test_long_bodies_leave_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long body is parsed on a thread, a short one on the loop."""
    on_loop = _watched(monkeypatch, bodies, "parse")
    assert [len(await bodies.parsed(b"[" + b"1," * count + b"1]")) for count in (1, bodies.LONG)] == [
        2,
        bodies.LONG + 1,
    ]
    assert on_loop == [True, False]


@pytest.mark.parametrize(
    ("path", "bytes_of_point", "entry"), [("/v2/products/export", 20, 1), ("/v2/feeds/google.tsv", 5, costs.FEED)]
)
async def test_catalogues_cost_their_bytes(
    database_url: str, path: str, bytes_of_point: int, entry: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An export and a feed cost points for what they send past their entry."""
    async with Service(database_url, Clock(), rate_limit="100/minute") as service:
        await _fill(service, 3)
        monkeypatch.setattr(costs, "BYTES_OF_POINT", bytes_of_point)
        before = await _left(service)
        size = len((await service.send("GET", path)).content)
        assert size > entry * bytes_of_point
        assert before - await _left(service) == size // bytes_of_point


async def _left(service: Service) -> int:
    left: int = (await service.send("GET", "/v2/rate-limit")).json()["remaining"]
    return left
