"""Downloads (RFC 9110, sections 13 and 14): whole, in ranges, or not at all where the client has it already."""

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

from app import dispositions, preconditions, problems, ranges
from app.domain.errors import Code
from app.ranges import Span
from app.streaming import stream

IMMUTABLE = "max-age=31536000, immutable"
"""For addresses whose bytes never change."""
REVALIDATED = "no-cache"
"""For those whose bytes may: they are kept, and asked for each time."""
Read = Callable[[int, int], AsyncGenerator[bytes, None]]
"""Gives the bytes from the first number up to the second, in chunks. What it raises before the first is answered."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What is downloaded: `size` bytes named by their `sha256`.

    `filename` makes it an attachment of that name. `modified` is for what has never had other bytes at its address.
    `headers` are for whatever else its answers bear, such as `vary`.
    """

    sha256: str
    size: int
    media_type: str
    caching: str
    filename: str | None = None
    modified: datetime | None = None
    headers: Mapping[str, str] | None = None

    @property
    def tag(self) -> str:
        """Its strong entity tag: the hash of its bytes."""
        return f'"{self.sha256}"'


def answer(request: Request, thing: Thing, read: Read) -> Response:
    """The answer to a GET or HEAD: 200, 206 or 304; raises `precondition_failed` and `range_not_satisfiable`."""
    headers = {"etag": thing.tag, "cache-control": thing.caching, **(thing.headers or {})}
    if thing.modified:
        headers["last-modified"] = format_datetime(thing.modified.astimezone(UTC), usegmt=True)
    asked = preconditions.Asked(request.headers, thing.tag, thing.modified)
    if not asked.fresh():
        return Response(status_code=304, headers=headers)
    headers |= {"accept-ranges": "bytes", "content-type": thing.media_type, "x-content-type-options": "nosniff"}
    if thing.filename is not None:
        headers["content-disposition"] = dispositions.attachment(thing.filename)
    spans = _spans(request, thing) if request.method == "GET" and asked.in_part() else None
    if spans is None:
        return _Download(200, headers, thing.size, [Span(0, thing.size)], read)
    if len(spans) == 1:
        headers["content-range"] = _content_range(spans[0], thing.size)
        return _Download(206, headers, spans[0].stop - spans[0].start, spans, read)
    return _in_parts(headers, thing, spans, read)


def _spans(request: Request, thing: Thing) -> tuple[Span, ...] | None:
    try:
        return ranges.asked(request.headers.getlist("range"), thing.size)
    except ranges.Unsatisfiable:
        fields = {"Content-Range": f"bytes */{thing.size}", "Accept-Ranges": "bytes"}
        message = f"There are {thing.size} bytes, and none of them is in this range."
        raise problems.Refused(Code.RANGE_NOT_SATISFIABLE, message, fields) from None


def _in_parts(headers: dict[str, str], thing: Thing, spans: Sequence[Span], read: Read) -> Response:
    """Several ranges in one answer, as `multipart/byteranges` (section 14.6)."""
    boundary = secrets.token_hex(16)
    heads = [
        f"\r\n--{boundary}\r\nContent-Type: {thing.media_type}\r\n"
        f"Content-Range: {_content_range(span, thing.size)}\r\n\r\n".encode()
        for span in spans
    ]
    heads[0], end = heads[0].removeprefix(b"\r\n"), f"\r\n--{boundary}--\r\n".encode()
    headers["content-type"] = f"multipart/byteranges; boundary={boundary}"
    size = sum(map(len, heads)) + sum(span.stop - span.start for span in spans) + len(end)
    return _Download(206, headers, size, spans, read, heads, end)


def _content_range(span: Span, size: int) -> str:
    return f"bytes {span.start}-{span.stop - 1}/{size}"


class _Download(Response):
    """The bytes of some spans, each behind what stands before it, as they are read."""

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
        self._size, self._spans, self._read = size, spans, read
        self._heads, self._end = heads, end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them; to a HEAD only how many there are."""
        if scope["method"] == "HEAD" or not self._size:
            await super().__call__(scope, receive, send)
            return
        async with aclosing(self._chunks()) as chunks:
            await stream(self.status_code, self.raw_headers, chunks, receive, send, self._size)

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        for span, head in zip(self._spans, chain(self._heads, [b""]), strict=False):
            if head:
                yield head
            async with aclosing(self._read(*span)) as chunks:
                async for chunk in chunks:
                    yield chunk
        if self._end:
            yield self._end
