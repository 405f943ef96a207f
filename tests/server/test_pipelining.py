"""Requests that follow one another on a connection before the first one is answered, in this process."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState

from app.server.protocol import Protocol
from tests.protocols import served
from tests.servers import PATIENCE

_GET = b"GET /%d HTTP/1.1\r\nHost: localhost\r\n"
_LAST = b"Connection: close\r\n\r\n"
_POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
_START: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}

_LONG = 32 * 2**20
"""Bytes that no buffer of the kernel holds."""


async def _answer(scope: Scope, _receive: Receive, send: Send) -> None:
    await send(_START)
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def test_a_late_header(anyio_backend: str) -> None:
    """The time of a header does not run while the request before it is being answered."""
    over = asyncio.Event()

    class Impatient(Protocol):
        header_seconds = 0.01

        def _header_timed_out(self) -> None:
            super()._header_timed_out()
            if self._in_header:
                over.set()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/1":
            Impatient.header_seconds = PATIENCE  # for what comes after the first time
            await over.wait()
        await _answer(scope, receive, send)

    async with asyncio.timeout(PATIENCE), served(app, ServerState(), Impatient) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(_GET % 1 + b"\r\n" + _GET % 2)
        await reader.readuntil(b"/1")
        writer.write(_LAST)
        assert (await reader.read()).endswith(b"\r\n\r\n/2")
        writer.close()


@pytest.mark.parametrize("at_once", [False, True])
async def test_behind_an_unread_answer(anyio_backend: str, at_once: bool) -> None:
    """A request begins when the answer before it is read; an answer made before would take memory, and its place."""
    paused, seen = asyncio.Event(), list[str]()
    received = asyncio.Event()

    class Watched(Protocol):
        def pause_writing(self) -> None:
            super().pause_writing()
            paused.set()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if b"/2" in data:
                received.set()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["path"])
        if scope["path"] == "/2":
            assert (await receive())["body"] == b"body"
            return await _answer(scope, receive, send)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % _LONG)]})
        await send({"type": "http.response.body", "body": bytes(_LONG)})
        return None

    first, second = _GET % 1 + b"\r\n", _GET.replace(b"GET", b"POST") % 2 + b"Content-Length: 4\r\n" + _LAST + b"body"
    async with asyncio.timeout(PATIENCE), served(app, ServerState(), Watched) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(first + second if at_once else first)
        await paused.wait()
        if not at_once:
            writer.write(second)
        await received.wait()
        await asyncio.sleep(0)  # a task that has begun would run now
        assert seen == ["/1"]
        assert (await reader.read()).endswith(b"\r\n\r\n/2")
        writer.close()


@pytest.mark.parametrize("begun", [False, True])
async def test_noise_behind_a_request(anyio_backend: str, begun: bool) -> None:
    """The requests before what is no HTTP are answered in full; then the connection ends."""
    noise, seen = asyncio.Event(), []

    class Watched(Protocol):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if b"noise" in data:
                noise.set()

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        seen.append(scope["path"])
        if begun:
            await send(_START)
        await noise.wait()
        if not begun:
            await send(_START)
        await send({"type": "http.response.body", "body": scope["path"].encode()})

    async with asyncio.timeout(PATIENCE), served(app, ServerState(), Watched) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(_GET % 1 + b"\r\nThis is noise.\r\n\r\n" + _GET % 2 + b"\r\n")
        answer = await reader.read()
        writer.close()
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.endswith(b"\r\n\r\n/1")
    assert seen == ["/1"]


@pytest.mark.parametrize("begun", [False, True])
async def test_noise_in_a_body(anyio_backend: str, begun: bool) -> None:
    """An application is told that the client is gone, and never reads noise; a problem answers unless it has begun."""
    received: list[Any] = []
    ready, over = asyncio.Event(), asyncio.Event()

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        if begun:
            await send(_START)
            await send({"type": "http.response.body", "body": b"/", "more_body": True})
        received.append(await receive())
        ready.set()
        received.append(await receive())
        over.set()

    async with asyncio.timeout(PATIENCE), served(app, ServerState()) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(_POST + b"4\r\nbody\r\n")
        await ready.wait()
        writer.write(b"no size\r\n")
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        await over.wait()
        with suppress(ConnectionError):
            writer.write(b"ignored")
        writer.close()
    assert [(one["type"], one.get("body")) for one in received] == [
        ("http.request", b"body"),
        ("http.disconnect", None),
    ]
    if begun:
        assert (head[:12], body) == (b"HTTP/1.1 200", b"/")
    else:
        assert (head[:12], json.loads(body)["code"]) == (b"HTTP/1.1 400", "malformed_request")


async def test_an_idle_connection(anyio_backend: str) -> None:
    """A connection on which nothing comes after an answer is closed."""

    class Brief(Protocol):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            self.timeout_keep_alive = 0

    async with asyncio.timeout(PATIENCE), served(_answer, ServerState(), Brief) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(_GET % 1 + b"\r\n")
        assert (await reader.read()).endswith(b"\r\n\r\n/1")
        writer.close()


@pytest.mark.parametrize("begun", [False, True])
async def test_an_answer_that_is_stopped(anyio_backend: str, begun: bool) -> None:
    """A server that stops tells a client that waits, in a problem, that it may try again; what has begun is cut."""
    state, entered = ServerState(), asyncio.Event()

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        if begun:
            await send(_START)
            await send({"type": "http.response.body", "body": b"/", "more_body": True})
        entered.set()
        await asyncio.Event().wait()

    async with asyncio.timeout(PATIENCE), served(app, state) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(_GET % 1 + b"\r\n")
        await entered.wait()
        for task in state.tasks:
            task.cancel()
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
    if begun:
        assert (head[:12], body) == (b"HTTP/1.1 200", b"/")
    else:
        assert (head[:12], json.loads(body)["code"]) == (b"HTTP/1.1 503", "unavailable")
