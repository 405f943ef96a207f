"""Image processing: images are identified by their bytes, measured before they are decoded, and encoded anew.

JPEG, PNG, WebP and GIF are supported; the declared type does not matter. Only pixels are kept: upright, in sRGB,
without metadata or trailing bytes. Of an animation the first frame is kept.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from io import BytesIO
from typing import IO, NamedTuple

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from app.domain.errors import Code, FieldError, Invalid, TandemError
from app.media import image_parts, jpeg

MAX_SIDE = 10_000
MAX_PIXELS = 25_000_000
"""The bounds of a decoded image: processing one takes 200 MB, or 400 MB if it is a WebP."""
MAX_JPEG_PIXELS = 250_000_000
"""A JPEG may have more pixels: it is decoded at 1/2, 1/4 or 1/8 of its size, within the same memory."""
MAX_BYTES = 400_000_000
"""The memory for the coefficients and two decoded copies of a JPEG."""
MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
WEBP = MEDIA_TYPES["WEBP"]

_FORMATS = {media_type: name for name, media_type in MEDIA_TYPES.items()}
# Fast methods: the slow ones that are Pillow's defaults take 3 to 4 times as long for files that are 5 % smaller.
_KEPT = {"JPEG": {"quality": 90}, "PNG": {"compress_level": 1}, "WEBP": {"quality": 90, "method": 1}}
_SMALL = {
    "JPEG": {"quality": 82, "progressive": True},
    "PNG": {"compress_level": 1},
    "WEBP": {"quality": 80, "method": 1},
}
_PALETTED = frozenset({"PNG", "GIF"})
_CLEAR = 255
"""The entry of a palette for transparent pixels."""
_SIXTEEN_BITS = frozenset({"I", "I;16", "I;16L", "I;16B", "I;16N"})
_SRGB = ImageCms.createProfile("sRGB")
_SCALES = (1, 2, 4, 8)
_BYTES_OF_PIXEL = 4
_NOISE = bytes(random.Random(1).choices(range(255), k=4096))  # noqa: S311 - any bytes do, but 0xFF
"""Stands in for missing pixels of a JPEG: where none are missing, it changes nothing."""
_ROWS = 256

Image.MAX_IMAGE_PIXELS = None  # Pillow would first only warn; `measure` decides instead


class Measured(NamedTuple):
    """An image before it is decoded: its format, its number of pixels, and the part of its size to decode it at."""

    format: str
    pixels: int
    scale: int


class Picture(NamedTuple):
    """An encoded image: its media type, and its size in pixels."""

    media_type: str
    width: int
    height: int


def reencode(source: IO[bytes], target: IO[bytes]) -> Picture:
    """Encode an image anew, in its own format, from a file into a file.

    Raises `unsupported_media_type` if the bytes are no supported image or pixels are missing, and `Invalid` if it has
    too many pixels or parts. Trailing bytes are dropped, and a missing end marker is supplied.
    """
    measured = measure(source)
    with _decoding():
        made = _upright_and_bare(_decoded(source, measured), measured.format)
    made.save(target, measured.format, **_KEPT.get(measured.format, {}))
    return Picture(MEDIA_TYPES[measured.format], *made.size)


def rendition(source: IO[bytes], width: int, media_type: str) -> bytes:
    """Scale an image that `reencode` wrote to at most `width` pixels, as `media_type`."""
    name, target = _FORMATS[media_type], BytesIO()
    with Image.open(source, formats=tuple(MEDIA_TYPES)) as image:
        small = _solid(image)
        # this decodes a JPEG at 1/2, 1/4 or 1/8 of its size
        small.thumbnail((width, -(-small.height * width // small.width)), reducing_gap=3.0)
        small = small.convert("RGB") if name == "JPEG" and small.mode == "RGBA" else small
        small = _paletted(small) if name == "GIF" else small
        small.save(target, name, **_SMALL.get(name, {}))
    return target.getvalue()


def measure(source: IO[bytes]) -> Measured:
    """Measure an image by its header, without decoding it; raises as `reencode` does."""
    image_parts.check(source)
    with _decoding(), Image.open(source, formats=tuple(MEDIA_TYPES)) as image:
        name, width, height = image.format or "", image.width, image.height
    if name in ("JPEG", "MPO"):  # MPO: a JPEG with more of them behind it, as phones make it
        return _measure_jpeg(source, width, height)
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise _too_large(f"at most {MAX_SIDE:,} pixels a side and {MAX_PIXELS:,} in all", width, height)
    return Measured(name, width * height, 1)


def _measure_jpeg(source: IO[bytes], width: int, height: int) -> Measured:
    source.seek(0)
    coefficients = jpeg.coefficient_bytes(source.read())
    for scale in _SCALES:
        sides = -(-width // scale), -(-height // scale)
        memory = coefficients + 2 * _BYTES_OF_PIXEL * sides[0] * sides[1]
        if max(sides) <= MAX_SIDE and sides[0] * sides[1] <= MAX_PIXELS and memory <= MAX_BYTES:
            break
    else:
        raise _too_large("fewer pixels; a baseline JPEG may have the most", width, height)
    if width * height > MAX_JPEG_PIXELS:
        raise _too_large(f"at most {MAX_JPEG_PIXELS:,} pixels", width, height)
    return Measured("JPEG", width * height, scale)


def _too_large(bounds: str, width: int, height: int) -> Invalid:
    return Invalid([FieldError(("file",), f"An image has {bounds}; this one has {width:,} × {height:,}.")])


def _decoded(source: IO[bytes], measured: Measured) -> Image.Image:
    if measured.format == "JPEG":
        source.seek(0)
        content = source.read()
        if not jpeg.has_end(content):
            return _load_without_end(jpeg.without_end(content), measured)
    return _load(source, measured)


def _load(source: IO[bytes], measured: Measured) -> Image.Image:
    with Image.open(source, formats=(measured.format,)) as image:
        if measured.scale > 1:
            image.draft(None, (image.width // measured.scale, image.height // measured.scale))
        return image.copy()  # a copy: a decoder keeps more than pixels while it lives


def _load_without_end(body: bytes, measured: Measured) -> Image.Image:
    """Decode a JPEG that lacks its end marker; raises OSError if pixels are missing.

    The decoder invents missing pixels. So the JPEG is decoded with noise behind it and without: if any pixel is
    missing, the two differ.
    """
    expected = _digest(_load(BytesIO(body + _NOISE + jpeg.END), measured))
    image = _load(BytesIO(body + jpeg.END), measured)
    if _digest(image) != expected or not jpeg.has_every_scan(body):
        raise OSError("pixels are missing")
    return image


def _digest(image: Image.Image) -> bytes:
    """A hash of the pixels, strip by strip, so that no second copy of them is made."""
    digest = blake2b()
    for top in range(0, image.height, _ROWS):
        digest.update(image.crop((0, top, image.width, min(image.height, top + _ROWS))).tobytes())
    return digest.digest()


@contextmanager
def _decoding() -> Iterator[None]:
    """Turn any error of a decoder into `unsupported_media_type`: hostile bytes make it raise almost anything."""
    try:
        yield
    except UnidentifiedImageError:
        raise _unsupported("The file is not a JPEG, PNG, WebP or GIF.") from None
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno:  # from the disk, not from a decoder
            raise
        raise _unsupported("The image is incomplete or damaged.") from error


def _upright_and_bare(image: Image.Image, name: str) -> Image.Image:
    """The pixels in their displayed orientation, without metadata."""
    with suppress(Exception):  # unreadable metadata rotates nothing
        ImageOps.exif_transpose(image, in_place=True)
    profile = image.info.get("icc_profile")
    if image.mode in _SIXTEEN_BITS:
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode == "P" and name in _PALETTED and not profile:
        image.info = {key: image.info[key] for key in ("transparency",) if key in image.info}
        return image
    made = _to_srgb(image, profile) if profile else _solid(image)
    made.info = {}
    return made


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert the colours of an ICC profile to sRGB; a broken profile, or one of other colours, is ignored."""
    known = image if image.mode == "CMYK" else _solid(image)
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" not in ImageCms.getProfileDescription(source):
            mode = "RGBA" if known.mode == "RGBA" else "RGB"
            return ImageCms.profileToProfile(known, source, _SRGB, outputMode=mode) or known
    except (ImageCms.PyCMSError, OSError):
        pass
    return _solid(known)


def _solid(image: Image.Image) -> Image.Image:
    """Convert to gray, RGB or RGBA: modes that every format takes and that can be resized."""
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def _paletted(image: Image.Image) -> Image.Image:
    """At most 256 colours, one of them for what is transparent; Pillow's own way takes 30 times as long."""
    made = image.convert("RGB").quantize(_CLEAR, method=Image.Quantize.FASTOCTREE)
    if image.mode == "RGBA":
        made.paste(_CLEAR, mask=image.getchannel("A").point(lambda alpha: 255 * (alpha < 128)))
        made.info["transparency"] = _CLEAR
    return made


def _unsupported(message: str) -> TandemError:
    return TandemError(Code.UNSUPPORTED_MEDIA_TYPE, message)
