"""Images of many tiny parts are refused before a decoder sees them; those of real encoders are not."""

from io import BytesIO
from zlib import crc32

import pytest

from app.domain.errors import Invalid
from app.media import image_parts, image_processing, jpeg
from tests.images import drawn, encoded

_JPEG, _PNG, _GIF = (encoded(drawn(), name) for name in ("JPEG", "PNG", "GIF"))
_SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x00"
_CHUNK = b"\0\0\0\3tEXta\0b" + crc32(b"tEXta\0b").to_bytes(4)
_AFTER_HEADER = 8 + 25
"""The signature and the first chunk of a PNG."""


def _behind_header(data: bytes, parts: bytes) -> bytes:
    """A GIF with blocks before its image."""
    at = 13 + (3 * (2 << (data[10] & 7)) if data[10] & 0x80 else 0)
    return data[:at] + parts + data[at:]


MANY = {
    "segments": _JPEG[:2] + b"\xff\xe5\0\2" * (image_parts.MAX_SEGMENTS + 1) + _JPEG[2:],
    "scans": _JPEG[:-2] + _SCAN * (image_parts.MAX_SCANS + 1) + jpeg.END,
    "chunks": _PNG[:_AFTER_HEADER] + _CHUNK * image_parts.MAX_PARTS + _PNG[_AFTER_HEADER:],
    "sub-blocks": _behind_header(_GIF, b"\x21\xfe" + b"\1a" * image_parts.MAX_PARTS + b"\0"),
    "extensions": _behind_header(_GIF, b"\x21\xfe\0" * (image_parts.MAX_PARTS + 1)),
}


@pytest.mark.parametrize("name", MANY)
def test_many_parts(name: str) -> None:
    """They are counted no further than the bound, and refused by its name."""
    with pytest.raises(Invalid) as refused:
        image_processing.measure(BytesIO(MANY[name]))
    assert "An image has at most" in refused.value.field_errors[0].message


@pytest.mark.parametrize(
    "data",
    [
        _behind_header(_GIF, b"\x21\xfe" + (b"\xff" + b"a" * 255) * 2_000 + b"\0"),
        _PNG[:_AFTER_HEADER] + _CHUNK * 1_000 + _PNG[_AFTER_HEADER:],
        _JPEG[:2] + b"\xff\xe5\0\2" * 900 + _JPEG[2:],
        encoded(drawn(), "JPEG", progressive=True),
    ],
    ids=["GIF", "PNG", "JPEG", "progressive"],
)
def test_few_parts(data: bytes) -> None:
    """Metadata of half a megabyte, and some hundreds of parts, are taken."""
    assert image_processing.measure(BytesIO(data)).pixels == 64 * 48


@pytest.mark.parametrize("filler", [b"\xff", b"\xff\0", b"\xff\xd0", b"\0\xff\1"])
def test_what_is_no_marker(filler: bytes) -> None:
    """Entropy-coded data, restarts and fill bytes are passed over without a look at each."""
    content = _JPEG[:-2] + filler * 50 + jpeg.END
    assert [one.marker for one in jpeg.segments(content)] == [one.marker for one in jpeg.segments(_JPEG)]
