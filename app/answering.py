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
    """A request and its answer. The usual answer, one of known length, is written at once; all else is uvicorn's."""

    async def send(self, message: Message) -> None:  # type: ignore[override] # Starlette's word for the same
        """Write a part of the answer."""
        if message["type"] == "http.response.start" and not (self.response_started or self.disconnected):
            if self.flow.write_paused:
                await self.flow.drain()
            if self._begin(message["status"], message.get("headers", ())):
                return
        await super().send(message)  # type: ignore[arg-type]

    def _begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Write status and header; False, with nothing done, where uvicorn has to decide how the body is framed."""
        content, length = (
            [STATUS_LINE[status], *(_lines.get(field) or _line(field) for field in self.default_headers)],
            -1,
        )
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
        self.transport.write(b"".join(content))
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
