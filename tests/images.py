"""Images as people and attackers make them, in bytes."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

SIZE = (64, 48)


def drawn(width: int = SIZE[0], height: int = SIZE[1], mode: str = "RGB") -> Image.Image:
    """A picture whose left half is red, its right half blue."""
    image = Image.new("RGB", (width, height), (255, 0, 0))
    image.paste((0, 0, 255), (width // 2, 0, width, height))
    return image.convert(mode)


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:  # noqa: A002 - as Pillow has it
    """An image in a format of Pillow's."""
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of one bit a pixel, all black: 12,000 by 12,000 are 17 KB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes((1 + -(-width // 8)) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def gif_of_comment(script: bytes) -> bytes:
    """A GIF, good in every way, with something in a comment."""
    return encoded(drawn(mode="P"), "GIF", comment=script)


SCRIPT = b"alert(document.domain)"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>%s</script></svg>' % SCRIPT
EXE = b"MZ\x90\0" + bytes(60) + b"This program cannot be run in DOS mode.\r\n$" + bytes(4000)
GIF_JS = b"GIF89a/*" + gif_of_comment(b"")[8:] + b"*/=1;" + SCRIPT + b"//"
"""A GIF that is a script as well: its width is that of the bytes /*, and its end stands in front of the script."""
GIF_TAIL = gif_of_comment(b"") + b"*/=1;" + SCRIPT + b";"
