"""What a request line and its header may say about the protocol: the version, the coding of the body, the host."""

import asyncio
import json

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from app.domain.errors import TandemError
from app.http import problem_details
from app.main import create_app
from app.middleware.hosts import AllowedHosts
from app.settings import Settings
from tests.protocols import ask

_OURS, _END = b"Host: shop.example\r\n", b"Connection: close\r\n\r\n"
_POST = b"POST / HTTP/1.1\r\n" + _OURS


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers what it understood of a request."""
    request = Request(scope, receive)
    hosts = request.headers.getlist("host")
    seen = [request.url.path, scope["query_string"].decode(), hosts, (await request.body()).decode()]
    await JSONResponse(seen)(scope, receive, send)


async def _guarded(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        await AllowedHosts(_echo, ["shop.example"])(scope, receive, send)
    except TandemError as error:
        await problem_details.response(error, "r1")(scope, receive, send)


def answer(request: bytes) -> tuple[int, object]:
    """The status of an answer, and the code of its problem or what the application understood."""
    head, _, body = asyncio.run(ask(_guarded, request + _END)).partition(b"\r\n\r\n")
    told = json.loads(body)
    return int(head.split()[1]), told["code"] if isinstance(told, dict) else told


@pytest.mark.parametrize("version", [b"HTTP/2.0", b"HTTP/1.2", b"HTTP/1.9", b"HTTP/3.7", b"HTTP/0.9", b"HTTP/9.9"])
def test_versions(version: bytes) -> None:
    """What is not HTTP/1.1 or HTTP/1.0 is 505, the preface of HTTP/2 too; what is no HTTP at all is 400."""
    assert answer(b"GET / " + version + b"\r\n" + _OURS) == (505, "http_version_not_supported")
    assert asyncio.run(ask(_guarded, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).startswith(b"HTTP/1.1 505 ")
    assert answer(b"GET / HTCPCP/1.0\r\n" + _OURS) == (400, "malformed_request")
    assert answer(b"GET / HTTP/1.0\r\n" + _OURS)[0] == 200


@pytest.mark.parametrize(
    ("codings", "status"),
    [
        ([b"chunked"], 200),
        ([b"Chunked"], 200),
        ([b"gzip, chunked"], 501),
        ([b"gzip", b"chunked"], 501),
        ([b"chunked", b"gzip"], 400),
        ([b"gzip"], 501),
        ([b"identity"], 501),
        ([b"chunked;q=1"], 501),
        ([b"br, gzip, chunked"], 501),
    ],
)
def test_transfer_codings(codings: list[bytes], status: int) -> None:
    """A body in another coding than `chunked` is never taken for what it decodes to."""
    fields = b"".join(b"Transfer-Encoding: %b\r\n" % coding for coding in codings)
    head, _, rest = asyncio.run(ask(_guarded, _POST + fields + _END + b"2\r\nab\r\n0\r\n\r\n")).partition(b"\r\n\r\n")
    assert int(head.split()[1]) == status
    assert json.loads(rest) == ["/", "", ["shop.example"], "ab"] if status == 200 else b"code" in rest


@pytest.mark.parametrize(
    ("target", "host", "expected"),
    [
        (b"http://shop.example/v2/a?limit=1", b"shop.example", (200, ["/v2/a", "limit=1", ["shop.example"], ""])),
        (b"http://Shop.Example:80/a", b"shop.example", (200, ["/a", "", ["Shop.Example:80"], ""])),
        (b"HTTPS://shop.example/a", b"shop.example:443", (200, ["/a", "", ["shop.example"], ""])),
        (b"http://shop.example", b"shop.example", (200, ["/", "", ["shop.example"], ""])),
        (b"http://shop.example?q=a", b"shop.example", (200, ["/", "q=a", ["shop.example"], ""])),
        (b"http://evil.example/", b"evil.example", (400, "unknown_host")),
        (b"http://evil.example/", b"shop.example", (400, "malformed_request")),
        (b"http://shop.example/", b"evil.example", (400, "malformed_request")),
        (b"http://shop.example:8000/", b"shop.example", (400, "malformed_request")),
        (b"http://shop.example/", b"", (400, "malformed_request")),
        (b"http://user@shop.example/", b"shop.example", (400, "malformed_request")),
        (b"http://shop.example@evil.example/", b"shop.example", (400, "malformed_request")),
        (b"http://shop.example:x/", b"shop.example:x", (400, "malformed_request")),
        (b"http://shop.example:99999/", b"shop.example:99999", (400, "malformed_request")),
        (b"http:///a", b"shop.example", (400, "malformed_request")),
        (b"ftp://shop.example/", b"shop.example", (400, "malformed_request")),
        (b"shop.example/a", b"shop.example", (400, "malformed_request")),
        (b"//evil.example/a", b"shop.example", (200, ["//evil.example/a", "", ["shop.example"], ""])),
    ],
)  # fmt: skip
def test_absolute_targets(target: bytes, host: bytes, expected: tuple[int, object]) -> None:
    """An absolute target names the host, and is refused where the `Host` field names another one."""
    assert answer(b"GET %b HTTP/1.1\r\nHost: %b\r\n" % (target, host)) == expected


def test_absolute_target_of_http10() -> None:
    """HTTP/1.0 needs no `Host` field; an absolute target is one."""
    assert answer(b"GET http://shop.example/a HTTP/1.0\r\n") == (200, ["/a", "", ["shop.example"], ""])
    assert answer(b"GET http://evil.example/a HTTP/1.0\r\n") == (400, "unknown_host")


def test_options_of_the_server(database_url: str) -> None:
    """`OPTIONS *` asks about the server as a whole: 204 with every method; `*` is no address of another method."""
    app = create_app(Settings(database_url=database_url, auth="open", rate_limit="off"))
    for method, status in ((b"OPTIONS", 204), (b"GET", 404)):
        head = asyncio.run(ask(app, method + b" * HTTP/1.1\r\n" + _OURS + _END)).partition(b"\r\n\r\n")[0]
        assert int(head.split()[1]) == status
        assert (b"allow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT" in head) == (status == 204)
