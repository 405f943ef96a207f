"""Failures of the database and of ours: problems in safe words, signed like any other answer."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from starlette.routing import Mount, Router
from structlog.testing import capture_logs

from app.domain.errors import Unavailable
from app.domain.idempotency import Once
from app.middleware.errors import Errors
from app.middleware.identity import Identity
from app.middleware.observe import Observe
from app.middleware.origins import Origins
from app.middleware.rate_limit import RateLimit
from app.middleware.request_id import identify
from app.settings import Settings
from rest.facade import facade
from rest.versions import VERSIONS, Signals
from tests.clients import Client
from tests.conftest import Run


class Broken:
    """A database whose every use raises."""

    def __init__(self, failure: Callable[[], Exception]) -> None:
        self.failure = failure

    async def read(self, *_: object, **__: object) -> Any:
        """Fail to read."""
        raise self.failure()

    async def write(self, *_: object, **__: object) -> Any:
        """Fail to write."""
        raise self.failure()


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [(Unavailable, 503, "unavailable"), (lambda: RuntimeError("secret"), 500, "internal_error")],
)
def test_failures(run: Run[Any], failure: Callable[[], Exception], status: int, code: str) -> None:
    """Every operation says so when the database is away or something is wrong, and nothing of the reason leaks."""
    mounts = [Mount(version.prefix, facade(version, Once(Broken(failure), ttl=1))) for version in VERSIONS]
    inner = Errors(RateLimit(Identity(Router(mounts), None, Origins()), None, None))
    client = Client(Observe(inner, lambda _: None, [identify, Signals(Settings())]), run)
    with capture_logs() as logs:
        answers = [answer for version in VERSIONS for answer in _every(client, version.prefix)]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert ("retry-after" in answer.headers) == (status == 503)
        assert "secret" not in answer.text
    assert len(logs) == (len(answers) if status == 500 else 0)


def _every(client: Client, prefix: str) -> Iterator[httpx2.Response]:
    for noun, body in (("products", {"name": "Lamp", "price": 40}), ("categories", {"name": "Light"})):
        yield client.get(f"{prefix}/{noun}")
        yield client.get(f"{prefix}/{noun}/1")
        yield client.post(f"{prefix}/{noun}", body)
        yield client.put(f"{prefix}/{noun}/1", body)
        yield client.patch(f"{prefix}/{noun}/1", {"name": "x"})
        yield client.delete(f"{prefix}/{noun}/1")
    yield client.post(f"{prefix}/products/1/stock-adjustments", {"delta": 1})
    yield client.get(f"{prefix}/categories/1/products")


def test_an_id_is_made_where_no_middleware_did(run: Run[Any]) -> None:
    """A facade by itself, without a request id, still answers whole problems."""
    bare = Router([Mount("/v9", facade(VERSIONS[-1], Once(Broken(Unavailable), ttl=1)))])
    problem = Client(bare, run).get("/v9/nothing").json()
    assert (problem["code"], len(problem["requestId"])) == ("not_found", 32)
