"""Writing an answer: what uvicorn does, with the lines of header fields that come again and again made once."""

import asyncio
import secrets
from collections.abc import Awaitable, Generator, Iterable, Sequence

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

from app import problems
from app.domain.errors import Code, TandemError

_KEPT = 512
_JOINED = 16_384
"""Bytes of a body up to which copying it is cheaper than writing two buffers."""
_lines: dict[tuple[bytes, bytes], bytes] = {}
_names: set[bytes] = set()
_NOT_KEPT = frozenset(
    {
        *(b"connection", b"transfer-encoding"),
        *(b"x-request-id", b"x-correlation-id", b"traceparent", b"etag", b"location"),
    }
)
"""Fields that say how the body is framed, which is uvicorn's to do, and those whose values hardly ever come again."""
_FRAMING = frozenset({b"connection", b"transfer-encoding"})
_BODILESS = frozenset({204, 304})


class _Done:
    """Awaited, it is over."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


_DONE = _Done()


class Cycle(RequestResponseCycle):
    """A request and its answer. The usual answer, one of known length, is one write; all else is uvicorn's.

    How all of them begin stands once, in the class.
    """

    head = b""
    """Status and header fields, while they wait for the first part of the body to go with."""
    access_log = disconnected = response_started = response_complete = False
    more_body = True
    chunked_encoding: bool | None = None
    expected_content_length = 0
    task: asyncio.Task[None]
    """What runs it."""
    _event: asyncio.Event | None = None

    def __init__(self, protocol: HttpToolsProtocol, scope: Scope, *, keep_alive: bool) -> None:
        self.scope = scope  # type: ignore[assignment] # uvicorn knows which members there are
        self.transport, self.flow, self.logger = protocol.transport, protocol.flow, protocol.logger
        self.default_headers, self.on_response = protocol.server_state.default_headers, protocol.on_response_complete
        self.waiting_for_100_continue, self.keep_alive = protocol.expect_100_continue, keep_alive
        self.body = bytearray()
        self._tasks = protocol.tasks

    async def run_asgi(self, app: ASGIApp) -> None:  # type: ignore[override] # Starlette's word for the same
        """Have the application answer; where it did not, that is told to the client, and the connection ends."""
        try:
            await app(self.scope, self.receive, self.send)  # type: ignore[arg-type]
            if not (self.response_complete or self.disconnected):
                raise RuntimeError("The application left a request without a whole answer.")  # noqa: TRY301
        except BaseException:
            self.logger.exception("Exception in ASGI application")
            if not self.response_started:
                failure = TandemError(Code.INTERNAL_ERROR, "Something went wrong on our side; it has been noted.")
                self.transport.write(refusal(failure, self.default_headers))
            self.transport.close()
        finally:
            self.on_response = _nothing  # it refers to the connection, which refers to this
            self._tasks.discard(self.task)

    @property
    def message_event(self) -> asyncio.Event:  # type: ignore[override] # made when somebody waits, which few do
        """What waits for the client waits for: a part of the body, or that it left."""
        if self._event is None:
            self._event = asyncio.Event()
            if self.body or not self.more_body:
                self._event.set()
        return self._event

    def wake(self) -> None:
        """There is something to receive."""
        if self._event is not None:
            self._event.set()

    async def receive(self) -> ASGIReceiveEvent:
        """A part of the body; what came before the client left is given first, for resumable uploads keep it."""
        event = await super().receive()
        if self.body and event["type"] == "http.disconnect" and not self.response_complete:
            event = HTTPRequestEvent(type="http.request", body=bytes(self.body), more_body=self.more_body)
            self.body = bytearray()
        return event

    def send(self, message: Message) -> Awaitable[None]:  # type: ignore[override] # Starlette's word for the same
        """Write a part of the answer; what is to be awaited is ready where there was nothing to wait for."""
        if self.head:
            head, self.head = self.head, b""
            if self._end(head, message):
                return _DONE
            if not self.disconnected:
                self.transport.write(head)
        elif message["type"] == "http.response.start" and self._begin(message["status"], message.get("headers", ())):
            return _DONE
        return super().send(message)  # type: ignore[arg-type]

    def _begin(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Write status and header; False, with nothing done, where uvicorn has to wait, or to decide on the framing."""
        if self.response_started or self.disconnected or self.flow.write_paused:
            return False
        content, length = [STATUS_LINE[status]], _length(headers)
        for field in (*self.default_headers, *headers):
            line = _lines.get(field)
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
        """Write header and body; False, with nothing done, where there is more of it, or another length than was said.

        The transport closes only once all is flushed.
        """
        silent = self.scope["method"] == "HEAD"
        body = b"" if silent else message.get("body", b"")
        if self.disconnected or message.get("more_body") or not (silent or len(body) == self.expected_content_length):
            return False
        if len(body) < _JOINED:
            self.transport.write(head + body)
        else:
            self.transport.writelines((head, body))
        self.response_complete = True
        self.wake()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
        return True


def _nothing() -> None:
    """Done once an answer is written, and again: nothing."""


def refusal(error: TandemError, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The whole answer to what no application gets to see: a problem document, and the end of the connection."""
    body = msgspec.json.encode(problems.document(error, secrets.token_hex(16)))
    fields = [
        *headers,
        (b"content-type", problems.MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    lines = b"".join(b"%b: %b\r\n" % field for field in fields)
    return STATUS_LINE[error.status] + lines + b"\r\n" + body


def _length(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """What `Content-Length` says; -1: nothing does."""
    for name, value in headers:
        if name == b"content-length":
            return int(value)
    return -1


def _line(field: tuple[bytes, bytes]) -> bytes:
    """A header field's line, validated; those that repeat are kept."""
    name, value = field
    if name not in _names:
        _check_name(name)
    if not value.isalnum() and HEADER_VALUE_RE.search(value):
        raise RuntimeError("Invalid HTTP header value.")
    if name in _NOT_KEPT:
        return b"%b: %b\r\n" % field
    line = b"%b: %b\r\n" % (name.lower(), value)
    if len(_lines) >= _KEPT:
        _lines.clear()
    _lines[field] = line
    return line


def _check_name(name: bytes) -> None:
    if HEADER_RE.search(name):
        raise RuntimeError("Invalid HTTP header name.")
    if len(_names) < _KEPT:
        _names.add(name)
