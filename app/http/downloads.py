"""Downloads (RFC 9110, sections 13 and 14): 200, 206 with ranges, or 304."""

import re
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import chain

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.domain.errors import Code, TandemError
from app.http import problem_details
from app.http.headers import content_disposition, preconditions, ranges
from app.http.headers.ranges import Span
from app.http.streaming import stream

IMMUTABLE = "max-age=31536000, immutable"
"""For addresses whose bytes never change."""
_RUN = frozenset(
    {
        *("script", "style", "xslt", "json", "manifest", "worker", "sharedworker", "serviceworker"),
        *("audioworklet", "paintworklet", "webidentity", "speculationrules", "embed", "object"),
    }
)
"""Values of `Sec-Fetch-Dest` (W3C Fetch Metadata) with which a page would run or embed the bytes."""
_RUN_TYPES = re.compile(r"(?:text|application)/(?:x-)?(?:java|ecma|j|live)script.*|text/css|application/wasm")
Read = Callable[[int, int], AsyncGenerator[bytes, None]]
"""Yields the bytes from the first position up to the second, in chunks. An error before the first chunk is answered."""


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a download: `size` bytes with the hash `sha256`.

    `caching` is the Cache-Control header; without it the application's policy applies. `filename` makes the response an
    attachment. Set `modified` only for content that never changes at its address. `headers` are further response
    headers, such as `vary`.
    """

    sha256: str
    size: int
    media_type: str
    caching: str | None = None
    filename: str | None = None
    modified: datetime | None = None
    headers: Mapping[str, str] | None = None

    @property
    def tag(self) -> str:
        """The strong entity tag: the hash of the bytes."""
        return f'"{self.sha256}"'


def answer(request: Request, content: Content, read: Read) -> Response:
    """The response to a GET or HEAD: 200, 206 or 304.

    Raises `precondition_failed`, `range_not_satisfiable`, and `forbidden` if a page would run the bytes.
    """
    if request.headers.get("sec-fetch-dest", "").lower() in _RUN:
        raise TandemError(Code.FORBIDDEN, "Stored files cannot run in a page; they can only be downloaded.")
    headers = {"etag": content.tag, **(content.headers or {})}
    if content.caching:
        headers["cache-control"] = content.caching
    if content.modified:
        headers["last-modified"] = format_datetime(content.modified.astimezone(UTC), usegmt=True)
    conditions = preconditions.Preconditions(request.headers, content.tag, content.modified)
    if not conditions.is_modified():
        return Response(status_code=304, headers=headers)
    headers |= {
        "accept-ranges": "bytes",
        "content-type": _inert(content.media_type),
        "x-content-type-options": "nosniff",
    }
    if content.filename is not None:
        headers["content-disposition"] = content_disposition.attachment(content.filename)
    spans = _spans(request, content) if request.method == "GET" and conditions.allow_range() else None
    if spans is None:
        return Download(200, headers, content.size, [Span(0, content.size)], read)
    if len(spans) == 1:
        headers["content-range"] = _content_range(spans[0], content.size)
        return Download(206, headers, spans[0].stop - spans[0].start, spans, read)
    return _in_parts(headers, content, spans, read)


def _inert(media_type: str) -> str:
    """The media type; `text/plain` for scripts, styles and programs, so that no page runs them (with `nosniff`)."""
    return "text/plain" if _RUN_TYPES.fullmatch(media_type) else media_type


def _spans(request: Request, content: Content) -> tuple[Span, ...] | None:
    try:
        return ranges.parse_ranges(request.headers.getlist("range"), content.size)
    except ranges.Unsatisfiable:
        fields = {"Content-Range": f"bytes */{content.size}", "Accept-Ranges": "bytes"}
        message = f"The range contains none of the {content.size} bytes."
        raise problem_details.HttpRefusal(Code.RANGE_NOT_SATISFIABLE, message, fields) from None


def _in_parts(headers: dict[str, str], content: Content, spans: Sequence[Span], read: Read) -> Response:
    """Several ranges in one response, as `multipart/byteranges` (section 14.6)."""
    boundary = secrets.token_hex(16)
    heads = [
        f"\r\n--{boundary}\r\nContent-Type: {_inert(content.media_type)}\r\n"
        f"Content-Range: {_content_range(span, content.size)}\r\n\r\n".encode()
        for span in spans
    ]
    heads[0], end = heads[0].removeprefix(b"\r\n"), f"\r\n--{boundary}--\r\n".encode()
    headers["content-type"] = f"multipart/byteranges; boundary={boundary}"
    size = sum(map(len, heads)) + sum(span.stop - span.start for span in spans) + len(end)
    return Download(206, headers, size, spans, read, heads, end)


def _content_range(span: Span, size: int) -> str:
    return f"bytes {span.start}-{span.stop - 1}/{size}"


class Download(Response):
    """Streams the `size` bytes of some spans, each after its part header."""

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        size: int,
        spans: Sequence[Span],
        read: Read,
        heads: Sequence[bytes] = (),
        end: bytes = b"",
    ) -> None:
        super().__init__(None, status, {**headers, "content-length": str(size)})
        self.size, self._spans, self._read = size, spans, read
        self._heads, self._end = heads, end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the bytes. A HEAD reads only the first byte, so that it raises the same errors as a GET."""
        if scope["method"] == "HEAD" or not self.size:
            async with aclosing(self._read(0, min(1, self.size))) as chunks:
                await anext(chunks, None)
            await super().__call__(scope, receive, send)
            return
        async with aclosing(self._chunks()) as chunks:
            await stream(self.status_code, self.raw_headers, chunks, receive, send, self.size)

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        for span, head in zip(self._spans, chain(self._heads, [b""]), strict=False):
            if head:
                yield head
            async with aclosing(self._read(*span)) as chunks:
                async for chunk in chunks:
                    yield chunk
        if self._end:
            yield self._end
