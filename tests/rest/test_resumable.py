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

from app.domain.files import resumable
from app.domain.unit_of_work import Database, Statement
from app.main import create_app
from app.settings import Settings
from tests.clients import Client
from tests.conftest import Run
from tests.images import EXE, drawn, encoded
from tests.rest.tus import CONTENT, TUS, UPLOADS, begin, said, send


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


def test_unchanged(client: Client) -> None:
    """A client that polls an upload gets it again only if it has changed."""
    url = begin(client).headers["location"]
    tag = client.get(url).headers["etag"]
    assert client.request("GET", url, headers={"If-None-Match": tag}).status_code == 304
    send(client, url, 0, CONTENT[:1000])
    assert client.request("GET", url, headers={"If-None-Match": tag}).json()["received"] == 1000


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
