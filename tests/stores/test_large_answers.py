"""Places of large answers: over both protocols they wait for one, small ones do not, and each place comes back."""

import asyncio
import json
from contextvars import Context

import pytest

from app.rate_limiting import costs
from app.stores import large_answers
from app.stores.lanes import Bounds
from app.stores.large_answers import LANE
from tests.service import Service

_LIST = "/v2/products?fields=description"
_DOCUMENT = json.dumps({"query": "{ products(first: 100) { edges { node { description } } } }"}).encode()
_SMALL = json.dumps({"query": "{ products(first: 3) { edges { node { name } } } }"}).encode()
Asked = tuple[tuple[str, str, bytes], tuple[str, str, bytes]]
_REQUESTS = {
    "rest": (("GET", f"{_LIST}&limit=3", b""), ("GET", f"{_LIST}&limit=1", b"")),
    "graphql": (("POST", "/graphql", _DOCUMENT), ("POST", "/graphql", _SMALL)),
}


@pytest.fixture(params=_REQUESTS)
async def asked(request: pytest.FixtureRequest, service: Service, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """A large and a small request of a protocol, where there is one place, and three products."""
    for number in range(3):
        product = {"name": f"P{number}", "price": 1, "description": "d" * 1_000}
        assert (await service.send("POST", "/v2/products", product)).status_code == 201
    monkeypatch.setattr("rest.lists.LARGE_CHARACTERS", 2_000)
    monkeypatch.setattr(LANE, "bounds", Bounds(1, 1, 9, 9, 60.0))
    return _REQUESTS[request.param]


async def test_waits(
    service: Service,
    asked: Asked,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A large answer waits for its place, and is whole then; a small one comes at once."""
    queued, enqueue = asyncio.Event(), LANE._enqueue  # noqa: SLF001

    def noted(name: str) -> "asyncio.Future[None]":
        queued.set()
        return enqueue(name)

    monkeypatch.setattr(LANE, "_enqueue", noted)
    large, small = asked
    whole = await service.send(*large)
    assert whole.content.count(b"d" * 1_000) == 3
    assert LANE.try_acquire("somebody")
    waiting = asyncio.create_task(service.send(*large))
    await queued.wait()
    assert (await service.send(*small)).status_code == 200
    assert not waiting.done()
    LANE.release("somebody")
    assert (await waiting).content == whole.content
    assert (LANE.used, LANE.queued) == (0, 0)


async def test_is_refused(
    service: Service,
    asked: Asked,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where nobody gives a place back, a large answer is 503 and says when to ask again."""
    large, small = asked
    monkeypatch.setattr(LANE, "bounds", Bounds(1, 1, 9, 9, 0.01))
    assert LANE.try_acquire("somebody")
    refused = await service.send(*large)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert (await service.send(*small)).status_code == 200
    LANE.release("somebody")
    assert (await service.send(*large)).status_code == 200
    assert (LANE.used, LANE.queued) == (0, 0)


@pytest.mark.parametrize("asked", ["rest"], indirect=True)
@pytest.mark.usefixtures("asked")
async def test_known_lists(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long list that need not be made, as of one in the cache, a 304 and a HEAD are small answers."""
    whole = await service.send("GET", _LIST)
    monkeypatch.setattr("rest.lists._characters", lambda *_: 0)
    monkeypatch.setattr(LANE, "bounds", Bounds(0, 0, 9, 9, 0.01))
    assert (await service.send("GET", _LIST, if_none_match=whole.headers["etag"])).status_code == 304
    assert (await service.send("HEAD", _LIST)).headers["content-length"] == whole.headers["content-length"]
    assert (await service.send("GET", _LIST)).status_code == 503


async def test_comes_back_after_an_error(
    service: Service,
    asked: Asked,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The place of an answer that turns out too long is free for the next one."""
    monkeypatch.setattr(costs, "MAX_BYTES", 3_010)
    refused = (await service.send(*asked[0])).text
    assert "query_too_complex" in refused.lower()
    assert LANE.used == 0


async def test_long_keys(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer about the schema is large where its keys are long."""
    monkeypatch.setattr(LANE, "bounds", Bounds(0, 0, 9, 9, 0.01))
    for length, status in ((9, 200), (10_000, 503)):
        document = f"{{ __schema {{ types {{ fields {{ {'k' * length}: name }} }} }} }}"
        assert (await service.send("POST", "/graphql", {"query": document})).status_code == status


async def test_outside_of_requests() -> None:
    """The service's own work sends no answer, and takes no place."""
    await asyncio.create_task(large_answers.hold(), context=Context())
    assert LANE.used == 0
