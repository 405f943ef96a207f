"""Pictures: what they are by their bytes, measured before they are decoded, and made anew before they are kept.

JPEG, PNG, WebP and GIF are taken, whatever they were named. What is kept is encoded from the pixels alone: upright,
in sRGB, without metadata or anything hidden behind them. Of an animation the first frame is kept.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import IO, NamedTuple

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from app.domain.errors import Code, Fault, Invalid, TandemError

MAX_SIDE = 10_000
MAX_PIXELS = 25_000_000
"""Width, height, and how many pixels a picture may have: one of so many takes 200 MB while it is made, a WebP 400."""
WIDTHS = (160, 320, 640, 1280)
"""Of the variants, in pixels."""
MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
WEBP = MEDIA_TYPES["WEBP"]

_FORMATS = {media_type: name for name, media_type in MEDIA_TYPES.items()}
_KEPT = {"JPEG": {"quality": 90}, "PNG": {"compress_level": 3}, "WEBP": {"quality": 90}}
_SMALL = {"JPEG": {"quality": 82, "progressive": True}, "WEBP": {"quality": 80}}
_ENDS = {"PNG": b"\0\0\0\0IEND\xaeB`\x82", "GIF": b"\0;"}
_PALETTED = frozenset({"PNG", "GIF"})
_SIXTEEN_BITS = frozenset({"I", "I;16", "I;16L", "I;16B", "I;16N"})
_SRGB = ImageCms.createProfile("sRGB")

Image.MAX_IMAGE_PIXELS = None  # Pillow would at first only warn; `_measure` has the last word instead


class Picture(NamedTuple):
    """What was made: its media type, and its size in pixels."""

    media_type: str
    width: int
    height: int


def remake(source: IO[bytes], target: IO[bytes]) -> Picture:
    """Encode a picture anew, from a file into a file, in its own format.

    Raises `unsupported_media_type` where the bytes are no picture, are cut off or broken, or go on after its end, and
    `Invalid` where it has too many pixels, before any of them is decoded.
    """
    name = _measure(source)
    if not _ends(source, name):
        raise _unsupported("The image does not end where its file does.")
    with _decoding(), Image.open(source, formats=(name,)) as image:
        made = _upright_and_bare(image.copy(), name)  # a copy: a decoder keeps more than pixels while it lives
    del image
    made.save(target, name, **_KEPT.get(name, {}))
    return Picture(MEDIA_TYPES[name], *made.size)


def variant(source: IO[bytes], width: int, media_type: str) -> bytes:
    """What `remake` made, at most so many pixels wide, in a format of choice."""
    name, target = _FORMATS[media_type], BytesIO()
    with Image.open(source, formats=tuple(MEDIA_TYPES)) as image:
        small = _solid(image)
        # where it is a JPEG, this decodes it to a half, a quarter or an eighth at once
        small.thumbnail((width, -(-small.height * width // small.width)), reducing_gap=3.0)
        small = small.convert("RGB") if name == "JPEG" and small.mode == "RGBA" else small
        small.save(target, name, **_SMALL.get(name, {}))
    return target.getvalue()


def _measure(source: IO[bytes]) -> str:
    """The format, by a header that tells of no more pixels than there may be."""
    with _decoding(), Image.open(source, formats=tuple(MEDIA_TYPES)) as image:
        name, (width, height) = image.format or "", image.size
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        most = f"at most {MAX_SIDE:,} pixels a side and {MAX_PIXELS:,} in all"
        raise Invalid([Fault(("file",), f"An image has {most}; this one has {width:,} × {height:,}.")])
    return "JPEG" if name == "MPO" else name  # as telephones make them: a JPEG with more of them behind it


def _ends(source: IO[bytes], name: str) -> bool:
    """Whether nothing stands behind the picture. Behind a JPEG telephones put all kinds of things."""
    size = source.seek(0, 2)
    if name == "WEBP":
        source.seek(4)
        return size - 8 == (riff := int.from_bytes(source.read(4), "little")) + riff % 2
    end = _ENDS.get(name, b"")
    source.seek(max(0, size - len(end)))
    return source.read() == end or not end


@contextmanager
def _decoding() -> Iterator[None]:
    """Hostile bytes make decoders raise almost anything: whatever it is, they are no picture."""
    try:
        yield
    except UnidentifiedImageError:
        raise _unsupported("These bytes are no JPEG, PNG, WebP or GIF.") from None
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno:  # the disk's word, not a decoder's
            raise
        raise _unsupported("The image is cut off or broken.") from error


def _upright_and_bare(image: Image.Image, name: str) -> Image.Image:
    """The pixels as they are meant to be seen, and nothing besides."""
    with suppress(Exception):  # metadata that cannot be read turns nothing
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
    """The colours that an ICC profile means, in sRGB; a profile that is broken, or of other colours, means none."""
    known = image if image.mode == "CMYK" else _solid(image)
    try:
        given = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" not in ImageCms.getProfileDescription(given):
            mode = "RGBA" if known.mode == "RGBA" else "RGB"
            return ImageCms.profileToProfile(known, given, _SRGB, outputMode=mode) or known
    except (ImageCms.PyCMSError, OSError):
        pass
    return _solid(known)


def _solid(image: Image.Image) -> Image.Image:
    """Gray, RGB or RGBA: what every format takes, and what can be made smaller."""
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def _unsupported(message: str) -> TandemError:
    return TandemError(Code.UNSUPPORTED_MEDIA_TYPE, message)
