"""Writing an answer: what uvicorn does, with the lines of header fields that come again and again made once."""

from collections.abc import Iterable

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

_KEPT = 512
_lines: dict[tuple[bytes, bytes], bytes] = {}
_BODILESS = frozenset({204, 304})


class Cycle(RequestResponseCycle):
    """A request and its answer. The usual answer, one of known length, is one write; all else is uvicorn's."""

    head = b""
    """Status and header fields, while they wait for the first part of the body to go with."""

    async def send(self, message: Message) -> None:  # type: ignore[override] # Starlette's word for the same
        """Write a part of the answer."""
        if message["type"] == "http.response.start" and not (self.response_started or self.disconnected):
            if self.flow.write_paused:
                await self.flow.drain()
            if self._begin(message["status"], message.get("headers", ())):
                return
        elif self.head:
            head, self.head = self.head, b""
            if self._end(head, message):
                return
            if not self.disconnected:
                self.transport.write(head)
        await super().send(message)  # type: ignore[arg-type]

    def _begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Write status and header; False, with nothing done, where uvicorn has to decide how the body is framed."""
        content = [STATUS_LINE[status], *(_lines.get(field) or _line(field) for field in self.default_headers)]
        length = -1
        for field in headers:
            name, value = field
            if name == b"content-length":
                length = int(value)
            elif name in (b"connection", b"transfer-encoding"):
                return False
            content.append(_lines.get(field) or _line(field))
        if length < 0 and status not in _BODILESS and self.scope["method"] != "HEAD":
            return False
        self.response_started, self.waiting_for_100_continue = True, False
        self.expected_content_length = max(length, 0)
        self.chunked_encoding = False if length >= 0 else None
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
        self.transport.writelines((head, body))
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
        return True


def _line(field: tuple[bytes, bytes]) -> bytes:
    """A header field's line, validated once; those that repeat are kept."""
    name, value = field
    if HEADER_RE.search(name):
        raise RuntimeError("Invalid HTTP header name.")
    if HEADER_VALUE_RE.search(value):
        raise RuntimeError("Invalid HTTP header value.")
    line = b"%b: %b\r\n" % (name.lower(), value)
    if len(_lines) >= _KEPT:
        _lines.clear()
    _lines[field] = line
    return line
