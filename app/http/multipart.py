"""Uploads: the part `file` of a multipart/form-data body (RFC 7578), streamed and never held whole in memory."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Protocol
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from app.domain.errors import Code, FieldError, Invalid, TandemError
from app.http import bodies

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MEDIA_TYPE = "multipart/form-data"
FIELD = "file"
FRAMING = 65_536
"""The maximum bytes of a body besides the file: boundaries, header fields, other parts, preamble and epilogue."""
_ENCODED_NAME = re.compile(rb"filename\*=(?:utf-8|(iso-8859-1))'[^']*'([^;\s]*)", re.IGNORECASE)


class Sink(Protocol):
    """Takes the bytes of a file."""

    async def write(self, chunk: bytes) -> None:
        """Add some bytes."""


class Upload(NamedTuple):
    """An uploaded file: its name and media type from its part, and its size.

    If the form has no file, `sent` is False. `texts` are the requested other fields of the form by name.
    """

    name: str | None
    content_type: str | None
    size: int
    texts: Mapping[str, str]
    sent: bool = True


async def receive(
    request: Request, sink: Sink, limit: int, texts: Collection[str] | None = (), *, required: bool = True
) -> Upload:
    """Write the file of a body, of at most `limit` bytes, to a sink, and read the fields in `texts`.

    With `texts` None it reads all fields. The file may be missing where it is not `required`.

    Raises `unsupported_media_type`, `payload_too_large` (before reading where the length is declared),
    `malformed_request`, `Invalid`, and what the sink raises; the sink may have taken some bytes by then.
    """
    boundary = _boundary(request)
    parser, preamble = MultipartParser(boundary, (form := _Form(limit, texts)).callbacks()), _Preamble(boundary)
    bodies.require_length(request, limit + FRAMING, limit)
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > limit + FRAMING:
            raise bodies.too_large(limit)
        try:
            parser.write(preamble.strip(chunk))
        except FormParserError:
            raise _malformed() from None
        for piece in form.taken():
            await sink.write(piece)
    return form.upload(required=required)


class _Preamble:
    """Removes the preamble before the first boundary (RFC 2046, section 5.1.1), which the parser does not accept."""

    def __init__(self, boundary: bytes) -> None:
        self._line = re.compile(rb"(?:\A|\r\n)(?=--%s(?:--|[ \t]*\r\n))" % re.escape(boundary))
        self._waiting, self._ended = b"", False

    def strip(self, chunk: bytes) -> bytes:
        """Return the bytes of a chunk from the first boundary on; the caller bounds the bytes before it."""
        if self._ended:
            return chunk
        body = self._waiting + chunk
        found = self._line.search(body)
        self._ended = found is not None
        self._waiting = b"" if found else body
        return body[found.end() :] if found else b""


class _Form:
    """Receives the form from the parser, and buffers bytes of the file until they are written; ignores other parts."""

    def __init__(self, limit: int, texts: Collection[str] | None) -> None:
        self._limit, self._names = limit, texts
        self._texts: dict[str, bytearray] = {}
        self._text: bytearray | None = None
        self._field, self._value = bytearray(), bytearray()
        self._header: dict[bytes, bytes] = {}
        self._pieces: list[bytes] = []
        self._upload: Upload | None = None
        self._in_file = self._ended = False

    def callbacks(self) -> "MultipartCallbacks":
        """The callbacks of the parser."""
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
        """The bytes of the file since the last call."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def upload(self, *, required: bool) -> Upload:
        """The uploaded file, once the body is complete."""
        if not self._ended:
            raise _malformed()
        if self._upload is None and required:
            _refuse(FIELD, f"`{FIELD}` is required.")
        upload = self._upload or Upload(None, None, 0, {}, sent=False)
        return upload._replace(texts={name: _decoded(name, text) for name, text in self._texts.items()})

    def _end_header(self) -> None:
        self._header[bytes(self._field).lower()] = bytes(self._value)
        self._field.clear()
        self._value.clear()

    def _begin(self) -> None:
        """Read the header of a part; raises `Invalid` for a second file."""
        disposition, parameters = parse_options_header(self._header.get(b"content-disposition"))
        if disposition != b"form-data" or b"name" not in parameters:
            raise _malformed()
        name = parameters[b"name"].decode("latin-1")
        self._in_file, self._text = name == FIELD, None
        if (name == FIELD and self._upload is not None) or name in self._texts:
            _refuse(name, f"`{name}` must not be repeated.")
        if not self._in_file and (self._names is None or name in self._names):
            self._text = self._texts[name] = bytearray()
        if self._in_file:
            self._begin_file(parameters)

    def _begin_file(self, parameters: Mapping[bytes, bytes]) -> None:
        try:
            name = parameters[b"filename"].decode() if b"filename" in parameters else self._encoded_name()
        except UnicodeDecodeError:
            _refuse(FIELD, "The name of the file must be UTF-8.")
        content_type = self._header.get(b"content-type", b"").decode("latin-1")
        self._upload = Upload(name, content_type or None, 0, {})

    def _encoded_name(self) -> str | None:
        """The name of a file from `filename*` (RFC 8187); raises UnicodeDecodeError."""
        found = _ENCODED_NAME.search(self._header[b"content-disposition"])
        return unquote_to_bytes(found[2]).decode("latin-1" if found[1] else "utf-8") if found else None

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._text is not None:
            self._text += data[start:end]
        if not self._in_file:
            return
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


def _decoded(name: str, text: bytearray) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        _refuse(name, f"`{name}` must be UTF-8.")


def _boundary(request: Request) -> bytes:
    content_type, parameters = parse_options_header(request.headers.get("content-type"))
    boundary = parameters.get(b"boundary", b"")
    encoding = request.headers.get("content-encoding", "identity").lower()
    if content_type != MEDIA_TYPE.encode() or not 1 <= len(boundary) <= 70 or encoding != "identity":
        message = f"The body must be {MEDIA_TYPE}, with a boundary of 1 to 70 characters, without further encoding."
        raise TandemError(Code.UNSUPPORTED_MEDIA_TYPE, message)
    return boundary


def _malformed() -> TandemError:
    return TandemError(Code.MALFORMED_REQUEST, f"The body is not well-formed {MEDIA_TYPE}, or is incomplete.")


def _refuse(field: str, message: str) -> NoReturn:
    raise Invalid([FieldError((field,), message)])
