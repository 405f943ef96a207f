"""The whole service with its files in a bucket: stored, sent in ranges, made smaller, and swept."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.domain import blobs
from app.main import create_app
from app.media.blob_storage import Storage
from app.settings import Settings
from app.stores.database import open_database
from app.stores.open_blobs import open_blobs
from tests.clients import Client
from tests.clock import Clock
from tests.conftest import Run
from tests.databases import Databases
from tests.images import drawn, encoded
from tests.s3_server import BUCKET, S3Server

LARGE = bytes(range(256)) * 50_000
URL = f"s3://{BUCKET}/shop"


@pytest.fixture
def s3_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """An S3 that the service is told of."""
    with S3Server() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


def test_service(s3_server: S3Server, databases: Databases, run: Run[Any]) -> None:
    """Files and images work as they do in a folder; what is gone leaves the bucket after its grace."""
    clock, url = Clock(), databases.create("sqlite")
    app = create_app(Settings(database_url=url, files_url=URL, auth="open", rate_limit="off"), clock)
    client = Client(app, run)
    file = client.upload("/v2/files", LARGE).json()
    assert client.get(file["url"]).content == LARGE
    assert client.get(file["url"], range="bytes=7000000-7000009").content == LARGE[7_000_000:7_000_010]
    product = client.post("/v2/products", {"name": "Lamp", "price": 1}).headers["location"]
    image = client.upload(f"{product}/image", encoded(drawn(400, 300), "PNG")).json()
    small = client.get(f"{image['url']}&width=160", accept="image/webp")
    assert (small.status_code, small.headers["content-type"]) == (200, "image/webp")
    assert len(s3_server.objects("shop")) == 3

    assert client.delete(file["url"]).status_code == 204
    assert client.delete(product).status_code == 204
    database = open_database(url, clock)
    storage = Storage(open_blobs(URL), database)
    for _ in range(2):  # first the image, then what was made of it
        clock.now += blobs.GRACE + 1
        assert not run(storage.sweep())
    run(database.close())
    assert s3_server.objects("shop") == []


def test_away(s3_server: S3Server, databases: Databases, run: Run[Any]) -> None:
    """While the bucket is away uploads and downloads are 503, and all else goes on."""
    settings = Settings(database_url=databases.create("sqlite"), files_url=URL, auth="open", rate_limit="off")
    client = Client(create_app(settings), run)
    file = client.upload("/v2/files", b"x").json()
    s3_server.stop()
    for answer in (client.upload("/v2/files", b"y"), client.get(file["url"])):
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert client.get("/v2/products").status_code == 200
