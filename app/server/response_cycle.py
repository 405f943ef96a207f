"""Writing responses: uvicorn's response cycle, with a cache of encoded header lines."""

import asyncio
import secrets
from collections.abc import Awaitable, Iterable, Sequence

import msgspec
from starlette.types import ASGIApp, Message, Scope
from uvicorn._types import ASGIReceiveEvent, HTTPRequestEvent
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from app.domain.errors import InternalError, TandemError, Unavailable
from app.http import problem_details
from app.http.written import WRITTEN

_MAX_CACHED_LINES = 512
_MAX_JOINED = 16_384
"""The maximum bytes of a body for which a copy is cheaper than a write of two buffers."""
_cached_lines: dict[tuple[bytes, bytes], bytes] = {}
_valid_names: set[bytes] = set()
_NOT_CACHED = frozenset(
    {
        *(b"connection", b"transfer-encoding"),
        *(b"x-request-id", b"x-correlation-id", b"traceparent", b"etag", b"location"),
    }
)
"""Fields whose lines are not cached: uvicorn sets the framing, and the values of the others rarely repeat."""
_FRAMING = frozenset({b"connection", b"transfer-encoding"})
_BODILESS = frozenset({204, 304})


class Cycle(RequestResponseCycle):
    """A request and its response.

    It sends a response of known length in one write, and each part of a begun chunked stream; uvicorn sends all others.
    Initial values are class attributes, so that a request does not set each of them.
    """

    head = b""
    """The status line and headers until the first part of the body is sent with them."""
    access_log = disconnected = response_started = response_complete = False
    more_body = True
    chunked_encoding: bool | None = None
    expected_content_length = 0
    task: asyncio.Task[None]
    """The task that runs the application."""
    _event: asyncio.Event | None = None

    def __init__(self, protocol: HttpToolsProtocol, scope: Scope, *, keep_alive: bool) -> None:
        self.scope = scope  # type: ignore[assignment] # uvicorn knows which members there are
        self.transport, self.flow, self.logger = protocol.transport, protocol.flow, protocol.logger
        self.default_headers, self.on_response = protocol.server_state.default_headers, protocol.on_response_complete
        self.waiting_for_100_continue, self.keep_alive = protocol.expect_100_continue, keep_alive
        self.body = bytearray()
        self._tasks = protocol.tasks

    async def run_asgi(self, app: ASGIApp) -> None:  # type: ignore[override] # Starlette's word for the same
        """Run the application. If it fails, send an error, unless a response has begun, and close the connection."""
        try:
            await app(self.scope, self.receive, self.send)  # type: ignore[arg-type]
            if not (self.response_complete or self.disconnected):
                raise RuntimeError("The application left a request without a whole answer.")  # noqa: TRY301
        except asyncio.CancelledError:  # the server is stopping, or a response that had begun took too long
            if not self.response_started:
                self.transport.write(refusal(Unavailable("The server is stopping."), self.default_headers))
            self.transport.close()
        except BaseException:
            self.logger.exception("Exception in ASGI application")
            if not self.response_started:
                failure = InternalError()
                self.transport.write(refusal(failure, self.default_headers))
            self.transport.close()
        finally:
            self.on_response = _ignore_response  # breaks the reference cycle with the connection
            self._tasks.discard(self.task)

    @property
    def message_event(self) -> asyncio.Event:  # type: ignore[override] # created on first use, which is rare
        """Set when there is a part of the body to receive, or the client has disconnected."""
        if self._event is None:
            self._event = asyncio.Event()
            if self.body or not self.more_body:
                self._event.set()
        return self._event

    def wake(self) -> None:
        """Wake a waiting `receive`."""
        if self._event is not None:
            self._event.set()

    async def receive(self) -> ASGIReceiveEvent:
        """The next message. Data that arrived before a disconnect come first: resumable uploads keep them."""
        event = await super().receive()
        if self.body and event["type"] == "http.disconnect" and not self.response_complete:
            event = HTTPRequestEvent(type="http.request", body=bytes(self.body), more_body=self.more_body)
            self.body = bytearray()
        return event

    def send(self, message: Message) -> Awaitable[None]:  # type: ignore[override] # Starlette's word for the same
        """Write a message of the response. The awaitable is `WRITTEN` if the write need not wait."""
        if self.chunked_encoding and self._write_chunk(message):
            return WRITTEN
        if self.head:
            head, self.head = self.head, b""
            if self._end(head, message):
                return WRITTEN
            if not self.disconnected:
                self.transport.write(head)
        elif message["type"] == "http.response.start" and self._begin(message["status"], message.get("headers", ())):
            return WRITTEN
        return super().send(message)  # type: ignore[arg-type]

    def _write_chunk(self, message: Message) -> bool:
        """Write a part of a stream. False, and nothing done, if uvicorn has to wait or to end the response."""
        if self.disconnected or self.flow.write_paused or not message.get("more_body") or self.response_complete:
            return False
        if body := message.get("body"):
            self.transport.write(b"%x\r\n%b\r\n" % (len(body), body))
        return True

    def _begin(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Encode status and headers. False, and nothing done, if uvicorn has to wait or to choose the framing."""
        if self.response_started or self.disconnected or self.flow.write_paused:
            return False
        content, length = [STATUS_LINE[status]], _length(headers)
        for field in (*self.default_headers, *headers):
            line = _cached_lines.get(field)
            if line is None:
                if field[0] in _FRAMING:
                    return False
                line = _line(field)
            content.append(line)
        if length < 0 and status not in _BODILESS and self.scope["method"] != "HEAD":
            return False
        self.response_started, self.waiting_for_100_continue = True, False
        if length >= 0:
            self.expected_content_length, self.chunked_encoding = length, False
        content.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        self.head = b"".join(content)
        return True

    def _end(self, head: bytes, message: Message) -> bool:
        """Write head and body. False, and nothing done, if more follows or the length differs from Content-Length.

        The transport flushes before it closes.
        """
        bodiless = self.scope["method"] == "HEAD"
        body = b"" if bodiless else message.get("body", b"")
        if self.disconnected or message.get("more_body") or not (bodiless or len(body) == self.expected_content_length):
            return False
        if len(body) < _MAX_JOINED:
            self.transport.write(head + body)
        else:
            self.transport.writelines((head, body))
        self.response_complete = True
        self.wake()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
        return True


def _ignore_response() -> None:
    """The callback after a response was written once."""


def refusal(error: TandemError, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The problem document for a request that does not reach the application; the connection closes after it."""
    body = msgspec.json.encode(problem_details.document(error, secrets.token_hex(16)))
    fields = [
        *headers,
        (b"content-type", problem_details.MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    lines = b"".join(b"%b: %b\r\n" % field for field in fields)
    return STATUS_LINE[error.status] + lines + b"\r\n" + body


def _length(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """The value of `Content-Length`; -1 if there is none."""
    for name, value in headers:
        if name == b"content-length":
            return int(value)
    return -1


def _line(field: tuple[bytes, bytes]) -> bytes:
    """The validated line of a header field, from the cache where possible."""
    name, value = field
    if name not in _valid_names:
        _check_name(name)
    if not value.isalnum() and HEADER_VALUE_RE.search(value):
        raise RuntimeError("Invalid HTTP header value.")
    if name in _NOT_CACHED:
        return b"%b: %b\r\n" % field
    line = b"%b: %b\r\n" % (name.lower(), value)
    if len(_cached_lines) >= _MAX_CACHED_LINES:
        _cached_lines.clear()
    _cached_lines[field] = line
    return line


def _check_name(name: bytes) -> None:
    if HEADER_RE.search(name):
        raise RuntimeError("Invalid HTTP header name.")
    if len(_valid_names) < _MAX_CACHED_LINES:
        _valid_names.add(name)
