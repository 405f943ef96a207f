"""Resumable uploads over REST: tus 1.0.0, requirement by requirement, on each engine."""

import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from starlette.requests import ClientDisconnect

from app.domain.files import resumable
from app.domain.unit_of_work import Database, Statement
from app.main import create_app
from app.media.blob_storage import Storage
from app.media.resumable_uploads import ResumableUploads
from app.settings import Settings
from app.stores.local_blobs import DiskBlobs
from tests.clients import Client
from tests.conftest import Run
from tests.images import EXE, drawn, encoded

UPLOADS = "/v2/files/uploads"
CONTENT = bytes(range(256)) * 1000
TUS = {"tus-resumable": "1.0.0"}


def said(**metadata: str) -> str:
    """An `Upload-Metadata`."""
    return ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in metadata.items())


def begin(
    client: Client, size: int = len(CONTENT), metadata: str = "", content: bytes = b"", **headers: str
) -> httpx2.Response:
    """Begin an upload."""
    given = {**TUS, "upload-length": str(size), **({"upload-metadata": metadata} if metadata else {}), **headers}
    return client.request("POST", UPLOADS, headers=given, content=content)


def send(client: Client, url: str, start: int, content: Any, **headers: str) -> httpx2.Response:
    """Send a part."""
    given = {**TUS, "upload-offset": str(start), "content-type": "application/offset+octet-stream"}
    return client.request("PATCH", url, content=content, headers=given | headers)


def test_in_parts(client: Client) -> None:
    """A file arrives in parts, says how far it is, and is a file like any other in the end."""
    made = begin(client, metadata=said(filename="prices.csv", filetype="text/csv", other="x"))
    assert (made.status_code, made.headers["tus-resumable"]) == (201, "1.0.0")
    upload, url = made.json(), made.headers["location"]
    assert url == f"{UPLOADS}/{upload['id']}"
    assert (upload["received"], upload["url"], upload["name"]) == (0, None, "prices.csv")
    for start, stop in ((0, 1000), (1000, 1000), (1000, 100_000), (100_000, len(CONTENT))):
        told = client.request("HEAD", url, headers=TUS)
        assert told.status_code == 200
        assert (told.headers["upload-offset"], told.headers["upload-length"]) == (str(start), str(len(CONTENT)))
        assert told.headers["cache-control"] == "no-store"
        assert told.headers["upload-metadata"] == said(filename="prices.csv", filetype="text/csv", other="x")
        assert "upload-expires" in told.headers
        part = send(client, url, start, CONTENT[start:stop])
        assert (part.status_code, part.headers["upload-offset"]) == (204, str(stop))
        assert ("content-location" in part.headers) is (stop == len(CONTENT))
    assert client.request("HEAD", url, headers=TUS).headers["upload-offset"] == str(len(CONTENT))
    done = client.get(url).json()
    assert (done["received"], done["expiresAt"], done["url"]) == (len(CONTENT), None, f"/v2/files/{upload['id']}")
    file = client.get(part.headers["content-location"])
    assert (file.content, file.headers["content-type"]) == (CONTENT, "text/csv")
    assert file.headers["etag"] == f'"{sha256(CONTENT).hexdigest()}"'
    assert "prices.csv" in file.headers["content-disposition"]
    assert send(client, url, len(CONTENT), b"").status_code == 204


def test_options(client: Client) -> None:
    """What is spoken is told without a key or a version."""
    told = client.request("OPTIONS", UPLOADS)
    assert (told.status_code, told.headers["allow"]) == (204, "OPTIONS, POST")
    assert (told.headers["tus-version"], told.headers["tus-max-size"]) == ("1.0.0", str(2 * 1024**3))
    assert told.headers["tus-extension"] == (
        "creation,creation-with-upload,creation-defer-length,checksum,expiration,termination"
    )
    assert told.headers["tus-checksum-algorithm"] == "sha1,sha256,md5"
    one = client.request("OPTIONS", f"{UPLOADS}/x")
    assert one.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert one.headers["accept-patch"] == "application/offset+octet-stream"
    assert client.request("OPTIONS", f"{UPLOADS}?x=1").json()["code"] == "unknown_parameter"
    assert client.request("OPTIONS", "/v1/files/uploads").headers["allow"] == "DELETE, GET, HEAD, OPTIONS"


def test_another_version(client: Client) -> None:
    """Whoever does not say 1.0.0 is told to, and nothing is done."""
    url = begin(client).headers["location"]
    for version in ({}, {"tus-resumable": "0.2.2"}):
        for method, path in (("POST", UPLOADS), ("PATCH", url), ("DELETE", url)):
            refused = client.request(method, path, headers={"upload-length": "1", **version})
            assert (refused.status_code, refused.json()["code"]) == (412, "unsupported_version")
            assert (refused.headers["tus-version"], refused.headers["tus-resumable"]) == ("1.0.0", "1.0.0")
    assert client.request("HEAD", url, headers={"tus-resumable": "2.0.0"}).status_code == 412
    assert client.get(url).status_code == 200


def test_the_wrong_place(client: Client) -> None:
    """A part that does not begin where the upload ends is a conflict, and changes nothing."""
    url = begin(client).headers["location"]
    send(client, url, 0, CONTENT[:1000])
    for start in (0, 999, 1001, len(CONTENT)):
        refused = send(client, url, start, CONTENT[1000:2000])
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert refused.headers["tus-resumable"] == "1.0.0"
    assert client.request("HEAD", url).headers["upload-offset"] == "1000"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"upload-length": ""}, 400, "malformed_request"),
        ({"upload-length": "-1"}, 400, "malformed_request"),
        ({"upload-length": "1.5"}, 400, "malformed_request"),
        ({"upload-length": "9" * 30}, 400, "malformed_request"),
        ({"upload-length": "1", "upload-metadata": "filename ***"}, 400, "malformed_request"),
        ({"upload-length": "1", "upload-metadata": "filename //8="}, 400, "malformed_request"),
        ({"upload-length": "1", "upload-metadata": "filename a,,b"}, 400, "malformed_request"),
        ({"upload-length": str(2 * 1024**3 + 1)}, 413, "payload_too_large"),
        ({"upload-length": "1", "upload-metadata": said(filename="../../etc/passwd")}, 422, "validation_failed"),
        ({"upload-length": "1", "upload-metadata": said(filename="x" * 4096)}, 422, "validation_failed"),
        ({"upload-length": "1", "upload-metadata": said(filetype="nonsense")}, 422, "validation_failed"),
        ({"upload-length": "1", "accept": "text/html"}, 406, "not_acceptable"),
        ({"upload-length": "1", "idempotency-key": "a b"}, 400, "idempotency_key_invalid"),
    ],
)
def test_what_cannot_begin(client: Client, headers: dict[str, str], status: int, code: str) -> None:
    """Whatever is wrong with an upload is told before it begins."""
    refused = client.request("POST", UPLOADS, headers=TUS | headers)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_what_does_not_go_on(client: Client) -> None:
    """Parts are declared as such, stay within the file, and belong to an upload that is there."""
    url = begin(client, 10).headers["location"]
    other = send(client, url, 0, b"x", **{"content-type": "application/octet-stream"})
    assert (other.status_code, other.headers["accept-patch"]) == (415, "application/offset+octet-stream")
    assert send(client, url, 0, bytes(11)).status_code == 413
    assert send(client, url, 0, _endless()).status_code == 413
    assert client.request("HEAD", url).headers["upload-offset"] == "0"
    assert (
        client.request("PATCH", url, headers={**TUS, "content-type": "application/offset+octet-stream"}).status_code
        == 400
    )
    for path in (f"{UPLOADS}/{'0' * 32}", f"{UPLOADS}/nonsense"):
        assert send(client, path, 0, b"").status_code == 404
        assert client.get(path).status_code == 404
        assert client.request("DELETE", path, headers=TUS).status_code == 404


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield bytes(1000)


def test_given_up(client: Client, database: Database, run: Run[Any]) -> None:
    """An upload can be given up; its parts are wanted no more. A file is deleted as a file."""
    url = begin(client).headers["location"]
    send(client, url, 0, CONTENT[:1000])
    assert client.request("DELETE", url, headers=TUS).status_code == 204
    assert client.get(url).status_code == 404
    made = begin(client, 3)
    send(client, made.headers["location"], 0, b"abc")
    assert client.request("DELETE", made.headers["location"], headers=TUS).status_code == 404
    assert client.delete(f"/v2/files/{made.json()['id']}").status_code == 204
    assert client.get(made.headers["location"]).status_code == 404


def test_nothing_in_it(client: Client) -> None:
    """A file of no bytes is there as soon as it is begun."""
    made = begin(client, 0)
    assert client.get(f"/v2/files/{made.json()['id']}").content == b""
    assert client.request("HEAD", made.headers["location"]).headers["upload-offset"] == "0"


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


def test_bytes_with_the_creation(client: Client) -> None:
    """A creation may bring the first bytes, or all of them; a replay of it adds nothing."""
    part, key = {"content-type": "application/offset+octet-stream"}, {"idempotency-key": "k"}
    for _ in range(2):
        made = begin(client, content=CONTENT[:1000], **part, **key)
        assert (made.status_code, made.headers["upload-offset"]) == (201, "1000")
    url = made.headers["location"]
    assert send(client, url, 1000, CONTENT[1000:]).status_code == 204
    again = begin(client, content=CONTENT[:1000], **part, **key)
    assert (again.headers["location"], again.headers["upload-offset"]) == (url, str(len(CONTENT)))
    whole = begin(client, content=CONTENT, **part)
    assert whole.headers["upload-offset"] == str(len(CONTENT))
    assert client.get(f"/v2/files/{whole.json()['id']}").content == CONTENT
    assert begin(client, 10, content=bytes(11), **part).status_code == 413
    other = begin(client, content=CONTENT, **{"content-type": "text/plain"})
    assert (other.status_code, other.headers["accept-patch"]) == (415, part["content-type"])


def test_deferred_length(client: Client) -> None:
    """The length may be declared by a later part, once, and within bounds."""
    made = client.request("POST", UPLOADS, headers=TUS | {"upload-defer-length": "1"})
    assert (made.status_code, made.json()["lengthDeferred"], made.json()["bytes"]) == (201, True, 0)
    url = made.headers["location"]
    send(client, url, 0, CONTENT[:1000])
    told = client.request("HEAD", url)
    assert (told.headers["upload-offset"], told.headers["upload-defer-length"]) == ("1000", "1")
    assert "upload-length" not in told.headers
    for length, status in (("999", 400), ("x", 400), (str(2**40), 413)):
        assert send(client, url, 1000, b"", **{"upload-length": length}).status_code == status
    assert send(client, url, 1000, CONTENT[1000:2000], **{"upload-length": str(len(CONTENT))}).status_code == 204
    assert client.request("HEAD", url).headers["upload-length"] == str(len(CONTENT))
    assert send(client, url, 2000, b"", **{"upload-length": "2000"}).status_code == 400
    last = send(client, url, 2000, CONTENT[2000:], **{"upload-length": str(len(CONTENT))})
    assert client.get(last.headers["content-location"]).content == CONTENT
    for headers in ({"upload-defer-length": "2"}, {"upload-defer-length": "1", "upload-length": "1"}):
        assert client.request("POST", UPLOADS, headers=TUS | headers).status_code == 400


@pytest.mark.parametrize("name", ["sha1", "sha256", "md5"])
def test_checksum(client: Client, name: str) -> None:
    """Bytes are kept only if they match their checksum, however many parts they are stored in."""

    def of(content: bytes) -> dict[str, str]:
        return {"upload-checksum": f"{name} {b64encode(hashlib.new(name, content).digest()).decode()}"}

    url = begin(client).headers["location"]
    wrong = send(client, url, 0, CONTENT[:1000], **of(CONTENT[1:1001]))
    assert (wrong.status_code, wrong.json()["code"]) == (460, "checksum_mismatch")
    assert client.request("HEAD", url).headers["upload-offset"] == "0"
    assert send(client, url, 0, CONTENT[:1000], **of(CONTENT[:1000])).status_code == 204
    last = send(client, url, 1000, CONTENT[1000:], **of(CONTENT[1000:]))
    assert client.get(last.headers["content-location"]).content == CONTENT
    for value in (name, f"{name} !", f"{name} YQ==", "crc32 YWJjZA==", ""):
        assert send(client, url, 0, b"", **{"upload-checksum": value}).status_code == 400


@pytest.mark.parametrize("concat", ["partial", "final;/v2/files/uploads/a /v2/files/uploads/b"])
def test_concatenation(client: Client, database: Database, run: Run[Any], concat: str) -> None:
    """Concatenation is refused before anything is stored."""
    refused = begin(client, **{"upload-concat": concat})
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed_request")
    assert run(database.read(lambda unit: unit.all(Statement(select(resumable.u.id))))) == []


def test_method_override(client: Client) -> None:
    """POST with `X-HTTP-Method-Override` is the PATCH or DELETE that it names, and nothing else."""
    url = begin(client).headers["location"]
    part = {**TUS, "upload-offset": "0", "content-type": "application/offset+octet-stream"}
    sent = client.request("POST", url, content=b"abc", headers=part | {"x-http-method-override": "PATCH"})
    assert (sent.status_code, sent.headers["upload-offset"]) == (204, "3")
    for override in ({}, {"x-http-method-override": "GET"}, {"x-http-method-override": "PUT"}):
        assert client.request("POST", url, headers=TUS | override).status_code == 405
    assert client.request("GET", url, headers=TUS | {"x-http-method-override": "DELETE"}).status_code == 200
    assert client.request("POST", UPLOADS, headers=TUS | {"x-http-method-override": "PATCH"}).status_code == 400
    assert client.request("POST", "/v2/files/x", headers={"x-http-method-override": "DELETE"}).status_code == 405
    assert client.request("POST", url, headers={"x-http-method-override": "delete"}).status_code == 412
    assert client.request("POST", url, headers=TUS | {"x-http-method-override": "delete"}).status_code == 204
    assert client.get(url).status_code == 404


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


def test_tus_is_named_in_every_answer(database_url: str, stored: Path, run: Run[Any]) -> None:
    """`Tus-Resumable` stands in answers of the middleware, too: 401, 405, 429, and preflights."""
    settings = Settings(
        database_url=database_url,
        files_url=stored.as_uri(),
        auth="keys",
        rate_limit="3/minute",
        cors_origins=["https://shop.example"],
    )
    client = Client(app := create_app(settings), run)
    answers = [begin(client, authorization="Bearer none"), client.request("PUT", UPLOADS, headers=TUS)]
    answers.append(begin(client))
    answers.append(client.request("DELETE", f"{UPLOADS}/{'0' * 32}", headers=TUS))
    preflight = {"origin": "https://shop.example", "access-control-request-method": "PATCH"}
    browser = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test")
    answers.append(run(browser.request("OPTIONS", UPLOADS, headers=preflight)))
    assert [answer.status_code for answer in answers] == [401, 405, 401, 429, 200]
    assert [answer.headers["tus-resumable"] for answer in answers] == ["1.0.0"] * 5


def test_rate_limit(database_url: str, stored: Path, run: Run[Any]) -> None:
    """The creation pays for its upload by size: no part is refused then, though the bucket is empty."""
    app = create_app(
        Settings(database_url=database_url, files_url=stored.as_uri(), auth="open", rate_limit="10/minute")
    )
    client = Client(app, run)
    left = begin(client, 3 * 64 * 2**20).headers["ratelimit"]
    assert left.startswith('"default";r=6;')  # of 10: 1 for the entry, 3 for three times 64 MiB
    url = begin(client, 200).headers["location"]
    while client.get("/v2/products?limit=1").status_code == 200:
        pass
    for place in range(200):
        assert send(client, url, place, b"x").status_code == 204
    assert client.request("HEAD", url).status_code == 200
    assert begin(client).status_code == 429
    assert send(client, f"{UPLOADS}/{'0' * 32}", 0, b"").status_code == 429
    assert [client.get(url).status_code for _ in range(60)][-1] == 429  # its own 256 requests are used up
    assert "ratelimit" not in client.request("OPTIONS", UPLOADS).headers


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


def test_wrong_declaration(client: Client) -> None:
    """A file that does not begin like the image that it was declared as is stored by its bytes, also in parts."""
    made = begin(client, len(EXE), said(filename="cat.png", filetype="image/png"))
    send(client, made.headers["location"], 0, EXE[:5])
    assert send(client, made.headers["location"], 5, EXE[5:]).status_code == 204
    assert client.get(f"/v2/files/{made.json()['id']}").headers["content-type"] == "application/octet-stream"
    image = encoded(drawn(), "PNG")
    made = begin(client, len(image), said(filetype="image/jpeg"))
    for place in range(20):
        assert send(client, made.headers["location"], place, image[place : place + 1]).status_code == 204
    assert send(client, made.headers["location"], 20, image[20:]).status_code == 204
    assert client.get(f"/v2/files/{made.json()['id']}").content == image
    assert client.get(f"/v2/files/{made.json()['id']}").headers["content-type"] == "image/png"


def test_lost_part(client: Client, stored: Path) -> None:
    """An upload of which somebody removed a part from the store is 404 when it is to become a file."""
    url = begin(client).headers["location"]
    send(client, url, 0, CONTENT[:1000])
    for path in stored.rglob("*"):
        if path.is_file():
            path.unlink()
    assert send(client, url, 1000, CONTENT[1000:]).status_code == 404


def test_others_have_nothing_to_do_with_it(database_url: str, stored: Path, database: Database, run: Run[Any]) -> None:
    """It takes a key with the scope, and an upload is its caller's alone."""
    app = create_app(Settings(database_url=database_url, files_url=stored.as_uri(), auth="keys", rate_limit="off"))
    assert begin(Client(app, run)).status_code == 401
    made = run(database.write(lambda unit: resumable.create(unit, "one", "a", "text/plain", "", 3)))
    for caller, found in (("one", True), ("two", False)):
        asked = database.read(lambda unit, caller=caller: resumable.get(unit, caller, made.id))
        if found:
            assert run(asked) == made
        else:
            with pytest.raises(resumable.NotFound):
                run(asked)


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
