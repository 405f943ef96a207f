"""The elements of a JSON array as physical lines, in bounded memory and for any layout of the array."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from app.bulk.sources.physical_lines import MAX_LINE_BYTES, Raw

_BLANKS = b" \t\r\n"
_CHUNK = 65_536
_TOKENS = re.compile(rb'\\.|["{}\[\],]', re.DOTALL)


def elements(stream: BinaryIO) -> Iterator[Raw]:
    """The elements by number; a last one that is not JSON if the array is unclosed or text follows it."""
    part, depth, quoted, closed = _Part(), 0, False, False
    for chunk in _chunks(stream):
        at = 0
        for token in _TOKENS.finditer(chunk):
            mark = token[0]
            quoted ^= mark == b'"'
            if quoted or closed or mark not in b"{[]},":
                continue
            depth += (mark in b"{[") - (mark in b"}]")
            closed = not depth
            if closed or (mark == b"," and depth == 1):
                part.add(chunk[at : token.start()])
                yield part.taken()
            if closed or (depth == 1 and mark in b"[,"):
                at = token.end()
        part.add(chunk[at:])
    rest = part.taken()
    if not closed:
        yield rest
    if not closed or rest.text.strip(_BLANKS):
        yield rest._replace(number=rest.number + 1, text=b"]")


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of a stream, never split after a backslash."""
    rest = b""
    while chunk := stream.read(_CHUNK):
        chunk = rest + chunk
        backslashes = len(chunk) - len(chunk.rstrip(b"\\"))
        rest = chunk[len(chunk) - backslashes % 2 :]
        yield chunk.removesuffix(rest)
    yield rest


class _Part:
    """The bytes of an element so far, its beginning only if it is too long."""

    def __init__(self) -> None:
        self._text, self._size, self._number = bytearray(), 0, 0

    def add(self, text: bytes) -> None:
        """Add some bytes."""
        self._size += len(text)
        self._text += text[: max(0, MAX_LINE_BYTES + 1 - len(self._text))]

    def taken(self) -> Raw:
        """Return the element, and begin a new one."""
        self._number += 1
        element = Raw(self._number, bytes(self._text), self._size, self._size <= MAX_LINE_BYTES)
        self._text, self._size = bytearray(), 0
        return element
