"""Resumable uploads that are retried, cut off, deleted, or lack parts; and what they cost."""

import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from app.domain.files import resumable
from app.domain.unit_of_work import Database
from app.main import create_app
from app.media.blob_storage import Storage
from app.media.resumable_uploads import ResumableUploads
from app.rate_limiting import costs
from app.settings import Settings
from app.stores.local_blobs import DiskBlobs
from tests.clients import Client
from tests.conftest import Run
from tests.rest.tus import CONTENT, TUS, UPLOADS, begin, send


def test_idempotency(client: Client) -> None:
    """The same key begins the same upload, and adds the same part, once."""
    first, again = (begin(client, **{"idempotency-key": "k"}) for _ in range(2))
    assert first.headers["location"] == again.headers["location"]
    assert (first.content, again.headers["idempotent-replayed"]) == (again.content, "true")
    assert begin(client, 7, **{"idempotency-key": "k"}).json()["code"] == "idempotency_key_reused"
    url = first.headers["location"]
    part, replay = (send(client, url, 0, CONTENT[:1000], **{"idempotency-key": "p"}) for _ in range(2))
    assert (part.status_code, replay.status_code, replay.headers["idempotent-replayed"]) == (204, 204, "true")
    assert (part.headers["upload-offset"], replay.headers["upload-offset"]) == ("1000", "1000")
    assert send(client, url, 0, CONTENT[:999], **{"idempotency-key": "p"}).json()["code"] == "idempotency_key_reused"


def test_one_key_for_all_requests(client: Client) -> None:
    """Clients send the same headers with every request of an upload: the key counts for each offset anew."""
    key = {"idempotency-key": "k"}
    url = begin(client, **key).headers["location"]
    for start, stop in ((0, 1000), (1000, 2000), (1000, 2000), (2000, len(CONTENT))):
        part = send(client, url, start, CONTENT[start:stop], **key)
        assert (part.status_code, part.headers["upload-offset"]) == (204, str(stop))
    assert client.get(part.headers["content-location"]).content == CONTENT
    other = begin(client, **{"idempotency-key": "l"}).headers["location"]
    assert client.request("DELETE", other, headers=TUS | {"idempotency-key": "l"}).status_code == 204


def test_reused_key_keeps_nothing(client: Client) -> None:
    """A key that was used at an offset, of another upload or with other bytes, adds nothing there."""
    urls = [begin(client).headers["location"] for _ in range(2)]
    assert send(client, urls[0], 0, CONTENT[:1000], **{"idempotency-key": "p"}).status_code == 204
    for url, content, offset in ((urls[1], CONTENT[:1000], "0"), (urls[0], CONTENT[1:1001], "1000")):
        refused = send(client, url, 0, content, **{"idempotency-key": "p"})
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
        assert client.request("HEAD", url, headers=TUS).headers["upload-offset"] == offset


def test_deleted_meanwhile(client: Client) -> None:
    """An upload that is deleted while a part arrives is gone: the part is 404, and nothing of it stays."""
    url = begin(client).headers["location"]

    async def deleting() -> AsyncIterator[bytes]:
        yield CONTENT[:1000]
        assert (await client.http.delete(url, headers=TUS)).status_code == 204
        yield CONTENT[1000:2000]

    refused = send(client, url, 0, deleting())
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert client.get(url).status_code == 404


def test_rate_limit(database_url: str, stored: Path, run: Run[Any]) -> None:
    """The creation pays for its upload by size: no part is refused then, though the bucket is empty."""
    settings = Settings(database_url=database_url, files_url=stored.as_uri(), auth="open", rate_limit="10/minute")
    client = Client(create_app(settings, steady=lambda: 0), run)
    left = begin(client, 3 * 512 * 1024).headers["ratelimit"]
    assert left.startswith('"default";r=6;')  # of 10: 1 for the entry, 3 for three times 512 KiB
    url = begin(client, 2 * 512 * 1024).headers["location"]
    while client.get("/v2/products?limit=1").status_code == 200:
        pass
    for place in range(25):
        assert send(client, url, place, b"x").status_code == 204
    assert client.request("HEAD", url).status_code == 200
    assert begin(client).status_code == 429
    assert send(client, f"{UPLOADS}/{'0' * 32}", 0, b"").status_code == 429
    assert client.get(url).status_code == 429  # its own 26 requests are used up
    assert "ratelimit" not in client.request("OPTIONS", UPLOADS).headers


def test_bytes_that_come_again(database_url: str, stored: Path, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The creation pays for bytes that are kept; those with a wrong checksum and those of a replay cost points."""
    monkeypatch.setattr(costs, "FILE_BYTES_OF_POINT", 100)
    chosen = {"files_url": stored.as_uri(), "auth": "open", "rate_limit": "20/day"}
    client = Client(create_app(Settings(database_url=database_url, **chosen)), run)

    def remaining() -> int:
        return int(client.get("/v2/rate-limit").json()["remaining"])

    url = begin(client).headers["location"]
    before = remaining()
    wrong = {"upload-checksum": f"sha256 {b64encode(hashlib.sha256(b'').digest()).decode()}"}
    assert send(client, url, 0, CONTENT[:500], **wrong).status_code == 460
    assert before - remaining() == 5
    for replayed in range(3):
        assert send(client, url, 0, CONTENT[:500], **{"idempotency-key": "k"}).status_code == 204
        assert before - remaining() == 5 + replayed * 4  # of five points a replay returns one
    assert send(client, url, 500, CONTENT[500:1000], **wrong).status_code == 460
    refused = send(client, url, 500, CONTENT[500:1000], **wrong)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert send(client, url, 500, CONTENT[500:]).status_code == 204


def test_largest_upload_below_a_small_limit(database_url: str, stored: Path, run: Run[Any]) -> None:
    """A creation never costs more than a full bucket holds."""
    app = create_app(Settings(database_url=database_url, files_url=stored.as_uri(), auth="open", rate_limit="5/minute"))
    assert begin(Client(app, run), 2 * 2**30).status_code == 201


def test_key_of_a_request_that_was_cut(client: Client) -> None:
    """Some of it is there, no outcome is: the same key is told to ask, and goes on from where the upload ends."""
    url = begin(client).headers["location"]
    send(client, url, 0, CONTENT[:400])  # what a cut request leaves behind
    refused = send(client, url, 0, CONTENT[:1000], **{"idempotency-key": "p"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    again = send(client, url, 400, CONTENT[400:1000], **{"idempotency-key": "p"})
    assert (again.status_code, again.headers["upload-offset"]) == (204, "1000")
    assert "idempotent-replayed" not in again.headers


def test_lost_part(client: Client, stored: Path) -> None:
    """An upload of which somebody removed a part from the store is 404 when it is to become a file."""
    url = begin(client).headers["location"]
    send(client, url, 0, CONTENT[:1000])
    for path in stored.rglob("*"):
        if path.is_file():
            path.unlink()
    assert send(client, url, 1000, CONTENT[1000:]).status_code == 404


def test_what_is_cut(database: Database, stored: Path, run: Run[Any]) -> None:
    """What came of a request that was cut is kept, in parts that never wait for the end of it."""
    uploads = ResumableUploads(Storage(DiskBlobs(stored), database), 1_000_000)
    uploads.part_bytes = 4096

    async def cut_off() -> None:
        made = await database.write(lambda unit: resumable.create(unit, "", "a", "text/plain", "", len(CONTENT)))

        async def chunks() -> Any:
            for start in range(0, 102_400, 1024):
                yield CONTENT[start : start + 1024]
            raise ClientDisconnect

        with pytest.raises(ClientDisconnect):
            await uploads.take(made, 0, chunks())
        now = await database.read(lambda unit: resumable.get(unit, "", made.id))
        assert now.received == 102_400
        assert len(await database.read(lambda unit: resumable.parts(unit, made.id))) == 25

        async def rest() -> Any:
            yield CONTENT[102_400:]

        assert await uploads.take(now, now.received, rest()) == len(CONTENT)
        await uploads.finish(now)
        done = await database.read(lambda unit: resumable.get(unit, "", made.id))
        assert done.done

    run(cut_off())
