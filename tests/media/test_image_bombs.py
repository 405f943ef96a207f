"""Images that would take much memory are refused before they are decoded."""

import subprocess
import sys
from io import BytesIO

import pytest

from app.domain.errors import Invalid
from app.media import image_processing
from tests.images import drawn, encoded


def test_jpeg_that_takes_too_much_memory() -> None:
    """A decoder keeps all coefficients of a progressive JPEG: it may have fewer pixels than a baseline one."""
    small = bytearray(encoded(drawn(), "JPEG", progressive=True, subsampling=0))
    frame = small.index(b"\xff\xc2")
    small[frame + 5 : frame + 9] = (9000).to_bytes(2) + (9000).to_bytes(2)
    with pytest.raises(Invalid):
        image_processing.measure(BytesIO(bytes(small)))
    huge = bytearray(encoded(drawn(), "JPEG"))
    frame = huge.index(b"\xff\xc0")
    huge[frame + 5 : frame + 9] = (65_000).to_bytes(2) + (65_000).to_bytes(2)
    with pytest.raises(Invalid):
        image_processing.measure(BytesIO(bytes(huge)))


_BOMBS = """
import resource
from io import BytesIO
from app.media import image_processing
from app.domain.errors import TandemError
from tests.images import drawn, encoded, png_bomb
bomb, wide = png_bomb(12_000, 12_000), bytearray(encoded(drawn(), "GIF"))
wide[6:10] = b"\\xff" * 4
webp = bytearray(encoded(drawn(mode="RGBA"), "WEBP", xmp=b"<x/>"))
assert webp[12:16] == b"VP8X"
webp[24:30] = b"\\xfe\\x3f\\0" * 2
assert len(bomb) < 20_000
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for data in (bomb, wide, webp):
    try:
        image_processing.reencode(BytesIO(data), BytesIO())
    except TandemError:
        continue
    raise SystemExit("it was taken")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in Linux's units")
def test_bombs_take_no_memory() -> None:
    """A PNG of 12,000 by 12,000 pixels in 17 KB, a GIF and a WebP that claim as much, cost no memory to refuse."""
    told = subprocess.run([sys.executable, "-c", _BOMBS], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr + told.stdout
    assert int(told.stdout) < 8 * 1024, told.stdout
