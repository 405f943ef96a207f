"""Uploads: the part `file` of a multipart/form-data body (RFC 7578), handed on as it arrives, and never held whole."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from app import bodies
from app.domain.errors import Code, Fault, Invalid, TandemError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MEDIA_TYPE = "multipart/form-data"
FIELD = "file"
FRAMING = 65_536
"""Bytes that a body may have besides the file: boundaries, header fields, and what stands around the parts."""


class Sink(Protocol):
    """Takes the bytes of a file."""

    async def write(self, chunk: bytes) -> None:
        """Add some bytes."""


class Upload(NamedTuple):
    """A file as it was sent: its name and media type as its part gave them, and how many bytes it had."""

    name: str | None
    content_type: str | None
    size: int


async def receive(request: Request, sink: Sink, limit: int) -> Upload:
    """Write the file of a body, of at most `limit` bytes, into a sink.

    Raises `unsupported_media_type`, `payload_too_large` (before reading where the length is declared),
    `malformed_request`, `Invalid`, and what the sink raises; the sink may have taken some bytes by then.
    """
    parser = MultipartParser(_boundary(request), (form := _Form(limit)).callbacks())
    bodies.require_length(request, limit + FRAMING, limit)
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > limit + FRAMING:
            raise bodies.too_large(limit)
        try:
            parser.write(chunk)
        except FormParserError:
            raise _malformed() from None
        for piece in form.taken():
            await sink.write(piece)
    return form.upload()


class _Form:
    """What the parser finds: one part, the file, whose bytes wait here until they are taken."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._field, self._value = bytearray(), bytearray()
        self._header: dict[bytes, bytes] = {}
        self._pieces: list[bytes] = []
        self._upload: Upload | None = None
        self._ended = False

    def callbacks(self) -> "MultipartCallbacks":
        """What the parser calls."""
        return {
            "on_part_begin": self._header.clear,
            "on_header_field": _adding_to(self._field),
            "on_header_value": _adding_to(self._value),
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin,
            "on_part_data": self._take,
            "on_end": self._end,
        }

    def taken(self) -> list[bytes]:
        """The bytes of the file that have come since this was called last."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def upload(self) -> Upload:
        """What was sent, once all of it is there."""
        if not self._ended:
            raise _malformed()
        if self._upload is None:
            _refuse(FIELD, f"`{FIELD}` is required.")
        return self._upload

    def _end_header(self) -> None:
        self._header[bytes(self._field).lower()] = bytes(self._value)
        self._field.clear()
        self._value.clear()

    def _begin(self) -> None:
        """Know the part by its header: the file, and nothing besides."""
        disposition, given = parse_options_header(self._header.get(b"content-disposition"))
        if disposition != b"form-data" or b"name" not in given:
            raise _malformed()
        field = given[b"name"].decode(errors="replace")
        if field != FIELD:
            _refuse(field[:100], f"`{field[:100]}` is not a part of this.")
        if self._upload is not None:
            _refuse(FIELD, f"`{FIELD}` must not be repeated.")
        try:
            name = given[b"filename"].decode() if b"filename" in given else None
        except UnicodeDecodeError:
            _refuse(FIELD, "The name of the file must be UTF-8.")
        content_type = self._header.get(b"content-type", b"").decode("latin-1")
        self._upload = Upload(name, content_type or None, 0)

    def _take(self, data: bytes, start: int, end: int) -> None:
        assert self._upload is not None  # noqa: S101 - its header came before
        size = self._upload.size + end - start
        if size > self._limit:
            raise bodies.too_large(self._limit)
        self._upload = self._upload._replace(size=size)
        self._pieces.append(data[start:end])

    def _end(self) -> None:
        self._ended = True


def _adding_to(text: bytearray) -> Callable[[bytes, int, int], None]:
    def add(data: bytes, start: int, end: int) -> None:
        text.extend(data[start:end])

    return add


def _boundary(request: Request) -> bytes:
    content_type, parameters = parse_options_header(request.headers.get("content-type"))
    boundary = parameters.get(b"boundary", b"")
    encoding = request.headers.get("content-encoding", "identity").lower()
    if content_type != MEDIA_TYPE.encode() or not 1 <= len(boundary) <= 70 or encoding != "identity":
        message = f"The body must be {MEDIA_TYPE}, with a boundary of 1 to 70 characters, and not encoded further."
        raise TandemError(Code.UNSUPPORTED_MEDIA_TYPE, message)
    return boundary


def _malformed() -> TandemError:
    return TandemError(Code.MALFORMED_REQUEST, f"The body is not well-formed {MEDIA_TYPE}, or has no end.")


def _refuse(field: str, message: str) -> NoReturn:
    raise Invalid([Fault((field,), message)])
