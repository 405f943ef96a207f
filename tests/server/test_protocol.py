"""The protocol, in this process, with applications that do not do as they should."""

import asyncio
import json
import re

import pytest
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState

from app.server import response_cycle
from app.server.protocol import Protocol
from tests.protocols import ask, served

_GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
_HEAD = b"PATCH / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
_START: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8")]}


def test_what_came_before_the_client_left() -> None:
    """The bytes that had arrived are read, then that the client is gone: a resumable upload keeps them."""
    received = asyncio.run(_received(_HEAD + b"a tenth"))
    assert received == [
        {"type": "http.request", "body": b"a tenth", "more_body": True},
        {"type": "http.disconnect"},
        {"type": "http.disconnect"},
    ]


async def _received(content: bytes) -> list[Message]:
    """What an application is told of a client that sent this and left."""
    left, read, received = asyncio.Event(), asyncio.Event(), []

    class Watched(Protocol):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            left.set()

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        await left.wait()
        received.extend([await receive() for _ in range(3)])
        read.set()

    async with served(app, ServerState(), Watched) as address:
        _, writer = await asyncio.open_connection(*address)
        writer.write(content)
        writer.close()
        await writer.wait_closed()
        await read.wait()
    return received


@pytest.mark.parametrize("begins", [False, True])
@pytest.mark.parametrize("fails", [False, True])
def test_no_whole_answer(begins: bool, fails: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever an application leaves undone, its client is told so in safe words, or cut, and the log tells of it."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        if begins:
            await send(_START)
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
        if fails:
            raise ValueError("planted")

    state = ServerState()
    head, _, body = asyncio.run(ask(app, _GET, state)).partition(b"\r\n\r\n")
    assert not state.tasks
    assert "Traceback" in caplog.text
    if begins:
        assert body == b"half"
    else:
        assert (json.loads(body)["code"], head[:12]) == ("internal_error", b"HTTP/1.1 500")
        assert b"planted" not in body


@pytest.mark.parametrize("at_once", [False, True])
def test_trailers_are_no_headers(at_once: bool) -> None:
    """The trailer of a request adds nothing to its header, whether it comes with the header or later."""
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    rest = b"1\r\nx\r\n0\r\nAuthorization: Bearer x\r\nIf-Match: *\r\nHost: evil.example\r\n\r\n"
    names: list[list[bytes]] = []

    async def scene() -> bytes:
        begun = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            names.append([name for name, _ in scope["headers"]])
            begun.set()
            while (await receive()).get("more_body"):
                pass
            names.append([name for name, _ in scope["headers"]])
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})

        async with served(app, ServerState()) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(head + rest if at_once else head)
            await begun.wait()
            writer.write(b"" if at_once else rest)
            answer = await reader.read()
            writer.close()
            return answer

    assert asyncio.run(scene()).startswith(b"HTTP/1.1 204")
    assert names == [[b"host", b"transfer-encoding", b"connection"]] * 2


@pytest.mark.parametrize(
    "field", [(b"x-note", b"a\r\nset-cookie: b"), (b"x-note: a\r\nset-cookie", b"b"), (b"x-note", b"\0")]
)
def test_no_field_is_injected(field: tuple[bytes, bytes], caplog: pytest.LogCaptureFixture) -> None:
    """A field that would be two, or is none, is never sent; the client is told of a fault of ours."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(_START | {"headers": [field]})
        await send({"type": "http.response.body", "body": b"a secret"})

    head, _, body = asyncio.run(ask(app, _GET)).partition(b"\r\n\r\n")
    assert (head[:12], json.loads(body)["code"]) == (b"HTTP/1.1 500", "internal_error")
    assert b"x-note" not in head
    assert "Invalid HTTP header" in caplog.text


def test_many_fields() -> None:
    """However many fields applications invent, each response has its own, and the cache of lines is bounded."""

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        number = scope["path"][1:].encode()
        await send(_START | {"headers": [(b"x-" + number, number), (b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    count = 2 * response_cycle._MAX_CACHED_LINES  # noqa: SLF001 - what is to be passed
    last = b"GET /%d HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % count
    requests = b"".join(b"GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % number for number in range(count)) + last
    answers = asyncio.run(ask(app, requests)).split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert [re.findall(rb"x-(\d+): (\d+)", one) for one in answers] == [
        [(b"%d" % number, b"%d" % number)] for number in range(count + 1)
    ]
    assert len(response_cycle._cached_lines) <= response_cycle._MAX_CACHED_LINES  # noqa: SLF001
    assert len(response_cycle._valid_names) <= response_cycle._MAX_CACHED_LINES  # noqa: SLF001


@pytest.mark.parametrize(
    "rest",
    [b"\r\n", b"X: \0\r\n\r\n", b"Content-Length: 100000\r\n\r\n" + bytes(100_000)],
    ids=["whole", "noise", "body"],
)
def test_a_header_that_comes_at_once(rest: bytes) -> None:
    """A header that is too large is told so, also where all of it comes in one piece with what is behind it."""
    fields = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 1_000) for number in range(70))
    head, _, body = asyncio.run(ask(_never, _GET[:-2] + fields + rest)).partition(b"\r\n\r\n")
    assert (head[:12], json.loads(body)["code"]) == (b"HTTP/1.1 431", "headers_too_large")


async def _never(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("the request was refused")
