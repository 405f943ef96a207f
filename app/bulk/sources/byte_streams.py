"""Files in any encoding and with any line end, as a stream of UTF-8 whose lines end with LF or CRLF."""

import codecs
import io
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO, cast

from app.bulk.sources import file_kinds

_CHUNK = 65_536
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FIRST_LINE = re.compile(rb'(?:[^"\r\n]|"[^"]*")*+(\r*\n|\r(?!\Z))')
_ERRORS = "tandem.undecodable"
# A lone surrogate becomes bytes that are not UTF-8, so that only the line that holds them is bad.
codecs.register_error(_ERRORS, lambda error: ("\udcff", cast(UnicodeDecodeError, error).end))


class Source:
    """A file that is read once, as bytes or as UTF-8; its beginning decides.

    A byte order mark overrides `encoding`; without both it is UTF-8.
    """

    def __init__(self, stream: BinaryIO, encoding: str | None = None) -> None:
        head = stream.read(_CHUNK)
        self._encoding = next((name for bom, name in _BOMS if head.startswith(bom)), encoding or "utf-8")
        if self._encoding == "utf-8":
            file_kinds.refuse(head)
        self._chunks = chain([head], iter(lambda: stream.read(_CHUNK), b""))
        self.beginning = head.decode(self._encoding, "replace").lstrip("\ufeff \t\r\n")

    def bytes(self) -> BinaryIO:
        """The bytes as they are."""
        return _buffered(self._chunks)

    def utf8(self) -> BinaryIO:
        """The text in UTF-8."""
        chunks = self._chunks
        return _buffered(
            _line_feeds(chunks if codecs.lookup(self._encoding).name == "utf-8" else _recoded(chunks, self._encoding))
        )


def _buffered(chunks: Iterator[bytes]) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Stream(chunks), _CHUNK))


def _recoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(_ERRORS)
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")


def _line_feeds(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks; where the first line ends with CR alone (old Macintosh), CR becomes LF; cells may hold LF."""
    first = next(chunks, b"")
    line = _FIRST_LINE.match(first)
    only_returns = line[1] == b"\r" if line else b"\r" in first[:-1] and b"\n" not in first
    yield first.replace(b"\r", b"\n") if only_returns else first
    for chunk in chunks:
        yield chunk.replace(b"\r", b"\n") if only_returns else chunk


class _Stream(io.RawIOBase):
    """A raw stream of the bytes of chunks."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size
