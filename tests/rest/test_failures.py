"""Failures of the database and of ours: problems in safe words, signed like any other answer."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.routing import Mount, Router
from starlette.types import ASGIApp
from structlog.testing import capture_logs

from app.domain.changes.change_log import ChangeLog
from app.domain.errors import Unavailable
from app.domain.idempotency import IdempotentRunner
from app.media.blob_storage import Storage
from app.media.image_pool import ImagePool
from app.media.product_images import ProductImages
from app.media.resumable_uploads import ResumableUploads
from app.middleware import caching
from app.middleware.access import Access
from app.middleware.errors import ErrorHandler
from app.middleware.identity import Identity
from app.middleware.observe import Observe
from app.middleware.origins import Origins
from app.middleware.rate_limit import RateLimit
from app.middleware.request_id import identify
from app.settings import Settings
from app.stores.local_blobs import DiskBlobs
from app.stores.snapshot_cache import SnapshotCache
from rest.facade import facade
from rest.versions import VERSIONS, Signals, Version
from tests.clients import Client
from tests.conftest import Run
from tests.images import drawn, encoded


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


def _facade(version: Version, failure: Callable[[], Exception]) -> ASGIApp:
    database: Any = Broken(failure)
    storage = Storage(DiskBlobs(Path(tempfile.gettempdir())), database)
    images, uploads = ProductImages(storage, ImagePool()), ResumableUploads(storage, 1000)
    runner, changes = IdempotentRunner(database, ttl=1), ChangeLog(database, ttl=1)
    return facade(version, runner, changes, images, uploads, 1000, SnapshotCache(database, most_bytes=0))


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [(Unavailable, 503, "unavailable"), (lambda: RuntimeError("secret"), 500, "internal_error")],
)
def test_failures(run: Run[Any], failure: Callable[[], Exception], status: int, code: str) -> None:
    """Every operation says so when the database is away or something is wrong, and nothing of the reason leaks."""
    mounts = [Mount(version.prefix, _facade(version, failure)) for version in VERSIONS]
    inner = ErrorHandler(RateLimit(Identity(Router(mounts), Origins()), None, Access(None)))
    client = Client(Observe(inner, lambda _: None, [identify, Signals(Settings())], [caching.complete]), run)
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
    yield client.upload(f"{prefix}/files", b"x")
    yield client.get(f"{prefix}/files/{'0' * 32}")
    yield client.delete(f"{prefix}/files/{'0' * 32}")
    yield client.upload(f"{prefix}/products/1/image", encoded(drawn(), "PNG"))
    yield client.get(f"{prefix}/products/1/image")
    yield client.delete(f"{prefix}/products/1/image")


def test_an_id_is_made_where_no_middleware_did(run: Run[Any]) -> None:
    """A facade by itself, without a request id, still answers whole problems."""
    bare = Router([Mount("/v9", _facade(VERSIONS[-1], Unavailable))])
    problem = Client(bare, run).get("/v9/nothing").json()
    assert (problem["code"], len(problem["requestId"])) == ("not_found", 32)
