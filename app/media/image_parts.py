"""The parts of an image file, counted before it is decoded: decoders take time for each, however small it is.

A JPEG has segments and scans, a PNG has chunks (PNG specification, section 5.3), a GIF has sub-blocks before its first
image (GIF89a, section 15). Nothing is checked beyond their numbers.
"""

from collections.abc import Iterator
from typing import IO

from app.domain.errors import FieldError, Invalid
from app.media import jpeg

MAX_SEGMENTS, MAX_SCANS = 1_000, 100
"""Of a JPEG. Each scan of a progressive one passes over all pixels; encoders write 10 of them."""
MAX_PARTS = 10_000
"""Chunks of a PNG, sub-blocks of a GIF."""
_PNG = b"\x89PNG\r\n\x1a\n"
_GIFS = (b"GIF87a", b"GIF89a")
_EXTENSION = 0x21


def check(source: IO[bytes]) -> None:
    """Raise `Invalid` if an image has too many parts."""
    source.seek(0)
    beginning = source.read(13)
    if beginning.startswith(b"\xff\xd8"):
        source.seek(0)
        _check_jpeg(source.read())
    elif beginning.startswith(_PNG):
        source.seek(len(_PNG))
        _check_count(_chunks(source), "chunks")
    elif beginning.startswith(_GIFS) and len(beginning) == 13:
        flags = beginning[10]
        source.seek(13 + (3 * (2 << (flags & 7)) if flags & 0x80 else 0))
        _check_count(_sub_blocks(source), "blocks before its first image")
    source.seek(0)


def _check_jpeg(content: bytes) -> None:
    scans = 0
    for count, segment in enumerate(jpeg.segments(content)):
        scans += segment.marker == jpeg.SCAN
        if count >= MAX_SEGMENTS or scans > MAX_SCANS:
            raise _too_many(f"{MAX_SEGMENTS:,} segments and {MAX_SCANS} scans")


def _check_count(parts: Iterator[None], name: str) -> None:
    for count, _ in enumerate(parts):
        if count >= MAX_PARTS:
            raise _too_many(f"{MAX_PARTS:,} {name}")


def _chunks(source: IO[bytes]) -> Iterator[None]:
    while len(head := source.read(8)) == 8:
        source.seek(int.from_bytes(head[:4]) + 4, 1)
        yield


def _sub_blocks(source: IO[bytes]) -> Iterator[None]:
    while (kind := source.read(1)) and kind[0] == _EXTENSION:
        source.seek(1, 1)
        while (size := source.read(1)) and size[0]:
            source.seek(size[0], 1)
            yield
        yield


def _too_many(bounds: str) -> Invalid:
    return Invalid([FieldError(("file",), f"An image has at most {bounds}.")])
