"""Files over REST: stored as they arrive, sent as attachments, refused where they are not what they say."""

from pathlib import Path
from typing import Any

import pytest

from app.main import create_app
from app.rate_limiting import costs
from app.settings import Settings
from tests.clients import Client
from tests.conftest import Run
from tests.images import EXE, drawn, encoded
from tests.rest.forms import CONTENT, SHA256, form, left


def test_stored(client: Client, prefix: str, stored: Path) -> None:
    """A file is stored under an id of 128 random bits, told with its hash, and sent back as it came."""
    made = client.upload(f"{prefix}/files", CONTENT, "prices.csv", "text/csv; charset=utf-8")
    assert made.status_code == 201
    file = made.json()
    assert made.headers["location"] == file["url"] == f"{prefix}/files/{file['id']}"
    assert (len(file["id"]), file["name"], file["contentType"]) == (32, "prices.csv", "text/csv")
    assert (file["bytes"], file["sha256"]) == (len(CONTENT), SHA256)
    assert left(stored) == [stored / SHA256[:2] / SHA256[2:]]
    sent = client.get(file["url"])
    assert (sent.status_code, sent.content) == (200, CONTENT)
    assert sent.headers["etag"] == made.headers["etag"] == f'"{SHA256}"'
    assert sent.headers["content-type"] == "text/csv"
    assert sent.headers["content-disposition"].startswith("attachment")
    assert "prices.csv" in sent.headers["content-disposition"]
    assert sent.headers["x-content-type-options"] == "nosniff"
    assert sent.headers["cache-control"] == "private, max-age=31536000, immutable"


def test_downloaded(client: Client, prefix: str) -> None:
    """HEAD, ranges and conditions work as RFC 9110 has them."""
    url = client.upload(f"{prefix}/files", CONTENT).json()["url"]
    head = client.request("HEAD", url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(CONTENT)))
    part = client.get(url, range="bytes=1000-1999")
    assert (part.status_code, part.content) == (206, CONTENT[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(CONTENT)}"
    assert client.get(url, range="bytes=0-1,9000-9001").headers["content-type"].startswith("multipart/byteranges")
    assert client.get(url, range="bytes=0-1", if_range='"other"').status_code == 200
    beyond = client.get(url, range=f"bytes={len(CONTENT)}-")
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range_not_satisfiable")
    assert beyond.headers["content-range"] == f"bytes */{len(CONTENT)}"
    assert client.get(url, if_none_match=f'"{SHA256}"').status_code == 304
    assert client.get(url, if_match='"other"').status_code == 412
    assert client.request("OPTIONS", url).headers["allow"] == "DELETE, GET, HEAD, OPTIONS"
    assert client.request("OPTIONS", f"{prefix}/files").headers["allow"] == "OPTIONS, POST"


def test_empty(client: Client) -> None:
    """A file may be empty."""
    file = client.upload("/v2/files", b"").json()
    assert file["bytes"] == 0
    assert client.get(file["url"]).content == b""


def test_deleted(client: Client, prefix: str) -> None:
    """A file that is deleted is gone, and deleting it again says so; If-Match guards it."""
    url = client.upload(f"{prefix}/files", CONTENT).json()["url"]
    assert client.delete(url, if_match='"other"').status_code == 412
    assert client.delete(url, if_match=f'"{SHA256}"').status_code == 204
    assert client.get(url).status_code == 404
    assert client.delete(url).status_code == 404


@pytest.mark.parametrize("identity", ["1", "x" * 32, "0" * 32, "0" * 33, "A" * 32, "..%2f..%2fetc"])
def test_unknown(client: Client, identity: str) -> None:
    """What is no id of a file is not found."""
    assert client.get(f"/v2/files/{identity}").status_code == 404
    assert client.delete(f"/v2/files/{identity}").status_code == 404


def test_once(client: Client, prefix: str, stored: Path) -> None:
    """With an Idempotency-Key it is one file, however often and over whichever version; other bytes are refused."""
    made = client.upload(f"{prefix}/files", CONTENT, idempotency_key="k")
    again = client.upload(f"{prefix}/files", CONTENT, idempotency_key="k")
    assert (again.status_code, again.content, again.headers["etag"]) == (201, made.content, made.headers["etag"])
    assert again.headers["location"] == made.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    assert client.upload("/v1/files", CONTENT, idempotency_key="k").json()["id"] == made.json()["id"]
    other = client.upload(f"{prefix}/files", CONTENT[1:], idempotency_key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


_PNG = encoded(drawn(), "PNG")


@pytest.mark.parametrize(
    ("content", "declared", "stored_as"),
    [
        *((EXE, f"image/{name}", "application/octet-stream") for name in ("png", "jpeg", "gif", "webp")),
        (b"", "image/png", "application/octet-stream"),
        (_PNG, "image/jpeg", "image/png"),
        (_PNG, "text/html", "image/png"),
        (_PNG, "application/octet-stream", "application/octet-stream"),
        (b"a,b", "text/csv", "text/csv"),
        *(
            (encoded(drawn(), name), f"image/{name.lower()}", f"image/{name.lower()}")
            for name in ("JPEG", "GIF", "WEBP")
        ),
    ],
)
def test_wrong_declaration(client: Client, content: bytes, declared: str, stored_as: str) -> None:
    """A file whose first bytes contradict the declared type is stored by its bytes."""
    made = client.upload("/v2/files", content, "harmless.png", declared)
    assert (made.status_code, made.json()["contentType"]) == (201, stored_as)
    got = client.get(made.json()["url"])
    assert (got.content, got.headers["content-type"]) == (content, stored_as)


def test_lost_bytes(client: Client, stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file whose blob somebody removed is 404, to GET and HEAD, with one log line that names it."""
    file = client.upload("/v2/files", CONTENT).json()
    for path in left(stored):
        path.unlink()
    capsys.readouterr()
    gone = client.get(file["url"])
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
    logged = [line for line in capsys.readouterr().out.splitlines() if SHA256 in line]
    assert len(logged) == 1
    assert "Traceback" not in logged[0]
    assert client.request("HEAD", file["url"]).status_code == 404


LIMIT = 100_000


def limited(run: Run[Any], database_url: str, stored: Path) -> Client:
    """A client of an application that takes little."""
    chosen = {"files_url": stored.as_uri(), "max_upload_bytes": LIMIT, "auth": "open", "rate_limit": "off"}
    return Client(create_app(Settings(database_url=database_url, **chosen)), run)


def test_limit(run: Run[Any], database_url: str, stored: Path) -> None:
    """A file of exactly the limit is stored; one byte more is 413, and nothing is left."""
    client = limited(run, database_url, stored)
    assert client.upload("/v2/files", bytes(LIMIT)).status_code == 201
    before = left(stored)
    answer = client.upload("/v2/files", bytes(LIMIT + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert left(stored) == before


def test_declared_length(run: Run[Any], database_url: str, stored: Path) -> None:
    """What is declared as too long is refused before any of it is read."""
    client = limited(run, database_url, stored)

    async def unread() -> Any:
        raise AssertionError("the body was read")
        yield b""

    headers = {"content-type": "multipart/form-data; boundary=b", "content-length": str(10 * LIMIT)}
    answer = client.request("POST", "/v2/files", content=unread(), headers=headers)
    assert answer.status_code == 413


def test_price(run: Run[Any], database_url: str, stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file costs its declared bytes; without a length, as many as it may have."""
    monkeypatch.setattr(costs, "FILE_BYTES_OF_POINT", LIMIT // 2)
    chosen = {"files_url": stored.as_uri(), "max_upload_bytes": LIMIT, "auth": "open", "rate_limit": "100/day"}
    client = Client(create_app(Settings(database_url=database_url, **chosen)), run)

    def points(content: Any, **headers: str) -> int:
        before = client.get("/v2/rate-limit").json()["remaining"]
        fields = {"content-type": "multipart/form-data; boundary=b", **headers}
        client.request("POST", "/v2/files", content=content, headers=fields)
        return int(before - client.get("/v2/rate-limit").json()["remaining"])

    async def chunks() -> Any:
        yield b"--b"

    assert points(b"x") == 1
    assert points(bytes(LIMIT // 2)) == 2
    assert points(chunks()) == 3
    assert points(b"", **{"content-length": str(100 * LIMIT)}) == 3


def test_price_of_downloads(run: Run[Any], database_url: str, stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A download costs the bytes that it sends: those of its ranges, and none without a body."""
    monkeypatch.setattr(costs, "DOWNLOAD_BYTES_OF_POINT", 1000)
    chosen = {"files_url": stored.as_uri(), "auth": "open", "rate_limit": "100/day"}
    client = Client(create_app(Settings(database_url=database_url, **chosen)), run)
    made = client.upload("/v2/files", bytes(3500)).json()
    tag = f'"{made["sha256"]}"'
    for method, headers, status, points in (
        ("GET", {}, 200, 4),
        ("GET", {"range": "bytes=0-499"}, 206, 1),
        ("GET", {"range": "bytes=0-999,1200-2399"}, 206, 3),
        ("GET", {"if-none-match": tag}, 304, 0),
        ("HEAD", {}, 200, 1),
    ):
        before = client.get("/v2/rate-limit").json()["remaining"]
        assert client.request(method, made["url"], headers=headers).status_code == status
        assert before - client.get("/v2/rate-limit").json()["remaining"] == points, (method, headers)


def test_undeclared_length(run: Run[Any], database_url: str, stored: Path) -> None:
    """A body of undeclared length is cut where it is too long, be it the file or what stands around it."""
    client = limited(run, database_url, stored)

    async def endless(beginning: bytes) -> Any:
        yield beginning
        while True:
            yield bytes(10_000)

    for beginning in (form(('form-data; name="file"', b"x"), end="")[:-7], form(('form-data; name="file"', b"x"))):
        headers = {"content-type": "multipart/form-data; boundary=b"}
        answer = client.request("POST", "/v2/files", content=endless(beginning), headers=headers)
        assert answer.status_code == 413
        assert left(stored) == []


def test_scopes(run: Run[Any], database_url: str, stored: Path) -> None:
    """Where keys are asked for, storing and deleting need one; reading needs the id alone."""
    settings = Settings(database_url=database_url, files_url=stored.as_uri(), auth="keys", rate_limit="off")
    client = Client(create_app(settings), run)
    assert client.upload("/v2/files", b"x").status_code == 401
    assert client.delete(f"/v2/files/{'0' * 32}").status_code == 401
    assert client.get(f"/v2/files/{'0' * 32}").status_code == 404
    assert client.upload("/v2/products/1/image", b"x").status_code == 401
    assert client.get("/v2/products/1/image").status_code == 404
