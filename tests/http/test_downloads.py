"""Downloads over HTTP: conditions and ranges, case by case as RFC 9110 has them."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

import httpx2
import pytest

from app.http.downloads import IMMUTABLE, Content
from tests.conftest import Run
from tests.http.content import CONTENT, DATA, NAME, serving

TAG = f'"{NAME}"'
DAY = "Wed, 25 Nov 2026 10:00:00 GMT"
DAY_BEFORE, DAY_AFTER = "Tue, 24 Nov 2026 10:00:00 GMT", "Thu, 26 Nov 2026 10:00:00 GMT"
Get = Callable[..., httpx2.Response]


@pytest.fixture
def get(run: Run[Any]) -> Get:
    """Asks for the content; header names have `_` for `-`."""

    def ask(method: str = "GET", app: Any = None, **headers: str) -> httpx2.Response:
        client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app or serving()), base_url="http://test")
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: httpx2.Response = run(client.request(method, "/content", headers=fields))
        return answer

    return ask


def test_whole(get: Get) -> None:
    """A GET gives all of it, with what a client needs to ask better next time."""
    answer = get()
    assert (answer.status_code, answer.content) == (200, DATA)
    assert dict(answer.headers) == {
        "etag": TAG,
        "last-modified": DAY,
        "cache-control": "max-age=31536000, immutable",
        "accept-ranges": "bytes",
        "content-type": "application/x-bytes",
        "content-length": str(len(DATA)),
        "content-disposition": "attachment; filename=\"bytes.bin\"; filename*=UTF-8''bytes.bin",
        "x-content-type-options": "nosniff",
    }


def test_head(get: Get) -> None:
    """A HEAD has the header of a GET, and reads one byte to see that it is there; ranges are for GET (section 14.2)."""

    async def first_byte(start: int, stop: int) -> AsyncGenerator[bytes, None]:
        assert (start, stop) == (0, 1)
        yield DATA[:1]

    app = serving(read=first_byte)
    for headers in ({}, {"range": "bytes=0-1"}, {"range": "bytes=99999-"}):
        answer = get("HEAD", app, **headers)
        assert (answer.status_code, answer.content, answer.headers) == (200, b"", get().headers)
    assert get("HEAD", app, if_none_match=TAG).status_code == 304
    assert get("HEAD", app, if_match='"other"').status_code == 412


def test_nothing(get: Get) -> None:
    """What has no bytes is sent as that."""
    empty = Content(NAME, 0, "text/plain", IMMUTABLE)
    for headers in ({}, {"range": "bytes=-5"}):
        answer = get(app=serving(empty), **headers)
        assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")
    assert get(app=serving(empty), range="bytes=0-").headers["content-range"] == "bytes */0"


@pytest.mark.parametrize(
    ("field", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=999-1000", 999, 1001),  # across two chunks
        ("bytes=10000-", 10000, len(DATA)),
        ("bytes=-1", len(DATA) - 1, len(DATA)),
        ("bytes=0-99999", 0, len(DATA)),
        ("bytes=5-9,7-20", 5, 21),
        ("bytes=5-9,99999-", 5, 10),
    ],
)
def test_one_range(get: Get, field: str, start: int, stop: int) -> None:
    """One range, or several that come to one, is a 206 with Content-Range and the header of the whole (15.3.7.1)."""
    answer = get(range=field)
    assert (answer.status_code, answer.content) == (206, DATA[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(DATA)}"
    assert answer.headers["content-length"] == str(stop - start)
    whole = get().headers
    assert all(answer.headers[name] == whole[name] for name in whole if name != "content-length")


def test_several_ranges(get: Get) -> None:
    """Several ranges are the parts of a `multipart/byteranges`, in the order of the request (15.3.7.2)."""
    answer = get(range="bytes=-10,0-9,500-1600")
    assert answer.status_code == 206
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "content-range" not in answer.headers
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    parts = list(message_from_bytes(head + answer.content, policy=policy.HTTP).iter_parts())
    assert [part["Content-Type"] for part in parts] == ["application/x-bytes"] * 3
    assert [part["Content-Range"] for part in parts] == [
        f"bytes {len(DATA) - 10}-{len(DATA) - 1}/{len(DATA)}",
        f"bytes 0-9/{len(DATA)}",
        f"bytes 500-1600/{len(DATA)}",
    ]
    boundary = answer.headers["content-type"].partition("boundary=")[2].encode()
    bodies = [part.partition(b"\r\n\r\n")[2] for part in answer.content.split(b"--" + boundary)[1:-1]]
    assert bodies == [DATA[-10:] + b"\r\n", DATA[:10] + b"\r\n", DATA[500:1601] + b"\r\n"]
    assert answer.content.endswith(b"\r\n--" + boundary + b"--\r\n")


@pytest.mark.parametrize("field", ["bytes=5-4", "lines=1-2", "bytes=x", "bytes=" + "0-0,2000-2000," * 20])
def test_ranges_that_are_ignored(get: Get, field: str) -> None:
    """What cannot be understood, or is too much, gets the whole."""
    answer = get(range=field)
    assert (answer.status_code, answer.content) == (200, DATA)
    assert "content-range" not in answer.headers


@pytest.mark.parametrize("field", ["bytes=10240-", "bytes=-0", "bytes=99999-99999,10240-"])
def test_not_satisfiable(get: Get, field: str) -> None:
    """A range beyond the end is a 416 that tells where that is (15.5.17)."""
    answer = get(range=field)
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(DATA)}")
    assert answer.json()["code"] == "range_not_satisfiable"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_none_match": TAG}, 304),
        ({"if_none_match": f"W/{TAG}"}, 304),  # weak comparison (13.1.2)
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": f'"a,b", W/"c",{TAG}'}, 304),
        ({"if_none_match": '"other"'}, 200),
        ({"if_none_match": NAME}, 200),  # no entity tag: it has no quotes
        ({"if_none_match": ""}, 200),
        ({"if_match": TAG}, 200),
        ({"if_match": "*"}, 200),
        ({"if_match": NAME}, 200),  # a client that drops the quotes means this one all the same
        ({"if_match": f'{TAG[:-1]}-gzip"'}, 200),
        ({"if_none_match": f'W/{TAG[:-1]}-zstd"'}, 304),
        ({"if_range": f'{TAG[:-1]}-gzip"', "range": "bytes=0-0"}, 200),
        ({"if_match": f'"other", {TAG}'}, 200),
        ({"if_match": '"other"'}, 412),
        ({"if_match": f"W/{TAG}"}, 200),  # a proxy that compresses weakens tags
        ({"if_match": ""}, 412),
        ({"if_modified_since": DAY}, 304),
        ({"if_modified_since": DAY_AFTER}, 304),
        ({"if_modified_since": DAY_BEFORE}, 200),
        ({"if_modified_since": "Wednesday, 25-Nov-26 10:00:00 GMT"}, 304),  # the obsolete forms (5.6.7)
        ({"if_modified_since": "Wed Nov 25 10:00:00 2026"}, 304),
        ({"if_modified_since": "yesterday"}, 200),  # no date: ignored (13.1.3)
        ({"if_modified_since": "Thu, 01 Jan 99999999999999999999 00:00:00 GMT"}, 200),
        ({"if_modified_since": "Thu, 01 Jan 2026 00:00:00 +99999999999999999999"}, 200),
        ({"if_unmodified_since": DAY}, 200),
        ({"if_unmodified_since": DAY_BEFORE}, 412),
        ({"if_unmodified_since": "never"}, 200),
        # the order of section 13.2.2
        ({"if_match": TAG, "if_unmodified_since": DAY_BEFORE}, 200),
        ({"if_match": '"other"', "if_none_match": TAG}, 412),
        ({"if_none_match": '"other"', "if_modified_since": DAY}, 200),
        ({"if_none_match": TAG, "if_modified_since": DAY_BEFORE}, 304),
        ({"if_none_match": TAG, "range": "bytes=99999-"}, 304),
        ({"if_match": '"other"', "range": "bytes=99999-"}, 412),
        ({"if_match": TAG, "range": "bytes=0-0"}, 206),
        # If-Range (13.1.5)
        ({"if_range": TAG, "range": "bytes=0-0"}, 206),
        ({"if_range": TAG, "range": "bytes=99999-"}, 416),
        ({"if_range": TAG}, 200),
        ({"if_range": '"other"', "range": "bytes=0-0"}, 200),
        ({"if_range": '"other"', "range": "bytes=99999-"}, 200),
        ({"if_range": f"W/{TAG}", "range": "bytes=0-0"}, 200),
        ({"if_range": DAY, "range": "bytes=0-0"}, 206),
        ({"if_range": DAY_AFTER, "range": "bytes=0-0"}, 200),  # exactly this date, not one before it
        ({"if_range": DAY_BEFORE, "range": "bytes=0-0"}, 200),
        ({"if_range": "whenever", "range": "bytes=0-0"}, 200),
    ],
)
def test_conditions(get: Get, headers: dict[str, str], status: int) -> None:
    """Conditions are held against tag and date as sections 13.1 and 13.2 have it."""
    answer = get(**headers)
    assert answer.status_code == status
    if status == 304:
        assert answer.content == b""
        assert set(answer.headers) == {"etag", "cache-control", "last-modified"}  # 15.4.5


def test_without_a_date(get: Get) -> None:
    """Where other bytes may have stood before, dates decide nothing."""
    app = serving(Content(NAME, len(DATA), "image/png", "no-cache", headers={"vary": "Accept"}))
    for field in ("if_modified_since", "if_unmodified_since"):
        answer = get(app=app, **{field: DAY})
        assert (answer.status_code, answer.headers["vary"]) == (200, "Accept")
        assert {"last-modified", "content-disposition"}.isdisjoint(answer.headers)
    assert get(app=app, if_range=DAY, range="bytes=0-0").status_code == 200
    assert get(app=app, if_none_match=TAG).headers["vary"] == "Accept"


@pytest.mark.parametrize("kind", ["script", "style", "worker", "sharedworker", "serviceworker", "xslt", "Script"])
def test_pages_do_not_run_it(get: Get, kind: str) -> None:
    """Who asks for a script, a style or a worker gets no bytes of a file."""
    answer = get(sec_fetch_dest=kind)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    for other in ("empty", "document", "image", "video", ""):
        assert get(sec_fetch_dest=other).status_code == 200


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        ("text/javascript", "text/plain"),
        ("application/javascript", "text/plain"),
        ("application/x-javascript", "text/plain"),
        ("application/ecmascript", "text/plain"),
        ("text/javascript1.5", "text/plain"),
        ("text/livescript", "text/plain"),
        ("text/css", "text/plain"),
        ("application/wasm", "text/plain"),
        ("text/csv", "text/csv"),
        ("application/json", "application/json"),
    ],
)
def test_types_that_run(get: Get, declared: str, sent: str) -> None:
    """A script or style goes by the type of a text, whole and in ranges, and browsers may not guess."""
    app = serving(replace(CONTENT, media_type=declared))
    answer = get(app=app)
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == (sent, "nosniff")
    parts = get(app=app, range="bytes=0-1,5000-5001")
    assert f"Content-Type: {sent}\r\n".encode() in parts.content
