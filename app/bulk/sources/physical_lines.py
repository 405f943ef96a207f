"""Physical lines of a file, each in bounded memory."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from app.domain.errors import Code, FieldError

MAX_LINE_BYTES = 1_000_000
TOO_LONG = FieldError((), f"The line must not exceed {MAX_LINE_BYTES} bytes.", Code.PAYLOAD_TOO_LARGE)
_BOM = b"\xef\xbb\xbf"


class Raw(NamedTuple):
    """A physical line; `text` is its beginning only, unless it is `whole`. `size` is in bytes."""

    number: int
    text: bytes
    size: int
    whole: bool


def physical_lines(stream: BinaryIO) -> Iterator[Raw]:
    """The lines of a stream without a byte order mark; only the beginning of a too long line is kept."""
    number = 0
    while text := stream.readline(MAX_LINE_BYTES + 2):
        number, size, end = number + 1, len(text), text
        whole = size <= MAX_LINE_BYTES or len(text.rstrip(b"\r\n")) <= MAX_LINE_BYTES
        if not whole:
            text = text[:64]
        while not whole and end and not end.endswith(b"\n"):
            end = stream.readline(MAX_LINE_BYTES)
            size += len(end)
        yield Raw(number, text.removeprefix(_BOM) if number == 1 else text, size, whole)


def malformed(what: str) -> FieldError:
    """The error of a line that cannot be parsed."""
    return FieldError((), f"The line is {what}.", Code.MALFORMED_REQUEST)
