"""Pictures are what their bytes say, measured before they are decoded, and hold nothing but pixels once kept."""

from io import BytesIO

import pytest
from PIL import Image, ImageCms

from app.domain.errors import Code, Invalid, TandemError
from app.media import image_processing
from app.media.image_processing import MAX_PIXELS, MAX_SIDE, MEDIA_TYPES, WEBP, Picture
from app.media.image_urls import WIDTHS
from tests.images import EXE, GIF_JS, GIF_TAIL, SCRIPT, SIZE, SVG, drawn, encoded, gif_of_comment, png_bomb

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def remade(data: bytes) -> tuple[Picture, Image.Image, bytes]:
    """What is kept of some bytes: what it is said to be, as an image, and in bytes."""
    target = BytesIO()
    picture = image_processing.reencode(BytesIO(data), target)
    image = Image.open(BytesIO(target.getvalue()))
    image.load()
    return picture, image, target.getvalue()


def near(found: object, colour: tuple[int, ...], by: int = 6) -> bool:
    """Whether a pixel is of a colour, but for what a lossy format does to it."""
    return isinstance(found, tuple) and all(abs(a - b) <= by for a, b in zip(found, colour, strict=True))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format(name: str) -> None:
    """The four formats are kept in their own format, in size and colours as they were."""
    picture, image, _ = remade(encoded(drawn(), name))
    assert picture == (MEDIA_TYPES[name], *SIZE)
    assert (image.format, image.size) == (name, SIZE)
    solid = image.convert("RGB")
    assert near(solid.getpixel((4, 4)), (255, 0, 0))
    assert near(solid.getpixel((60, 40)), (0, 0, 255))


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_it_is_put_upright(name: str) -> None:
    """What EXIF says of a camera's position is done, and then forgotten."""
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90° clockwise to see it upright
    picture, image, _ = remade(encoded(drawn(), name, exif=exif))
    assert (picture.width, picture.height) == (SIZE[1], SIZE[0])
    assert near(image.convert("RGB").getpixel((24, 4)), (255, 0, 0))
    assert near(image.convert("RGB").getpixel((24, 60)), (0, 0, 255))
    assert not image.getexif()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("junk", [b"", b"junk", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff\x12\x01"])
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_metadata_that_cannot_be_read(name: str, junk: bytes) -> None:
    """It turns nothing, and the picture is taken."""
    picture, image, _ = remade(encoded(drawn(), name, exif=b"Exif\0\0" + junk))
    assert (picture.width, picture.height) == SIZE
    assert not image.getexif()


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_else_is_kept(name: str) -> None:
    """Neither the place where it was taken, nor a comment, nor a profile outlives the upload."""
    exif = Image.Exif()
    exif[0x010F], exif[0x9286] = "Secret Maker", SCRIPT
    options = {"exif": exif, "comment": SCRIPT, "xmp": b"<x>Secret Maker</x>", "icc_profile": _srgb()}
    kept = {"JPEG": options, "PNG": {"exif": exif, "icc_profile": _srgb()}, "WEBP": options, "GIF": {"comment": SCRIPT}}
    data = encoded(drawn(), name, **kept[name])
    assert SCRIPT in data or b"Secret" in data
    _, image, found = remade(data)
    assert SCRIPT not in found
    assert b"Secret" not in found
    assert {"icc_profile", "exif", "xmp", "comment"}.isdisjoint(image.info)


def _srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _swapped() -> bytes:
    """A profile that means red by blue, and blue by red: sRGB's primaries under each other's tags."""
    profile = bytearray(_srgb())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile).replace(b"s\0R\0G\0B", b"x\0R\0G\0B")


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_profile_is_applied(mode: str) -> None:
    """The colours that a profile means are what is kept, in sRGB."""
    _, image, _ = remade(encoded(drawn(mode=mode), "PNG", icc_profile=_swapped()))
    assert image.mode == mode
    assert near(image.convert("RGB").getpixel((4, 4)), (0, 0, 255), 30)
    assert near(image.convert("RGB").getpixel((60, 4)), (255, 0, 0), 30)


@pytest.mark.parametrize("profile", [b"no profile", _srgb()[:200], bytes(500)])
def test_a_broken_profile_means_none(profile: bytes) -> None:
    """It is left out, and the picture kept."""
    _, image, _ = remade(encoded(drawn(), "PNG", icc_profile=profile))
    assert near(image.getpixel((4, 4)), (255, 0, 0))


def test_other_modes() -> None:
    """Print colours, gray in 16 bits, palettes and transparency look as they did."""
    _, print_colours, _ = remade(encoded(Image.new("CMYK", SIZE, (0, 255, 255, 0)), "JPEG"))
    assert near(print_colours.getpixel((4, 4)), (255, 0, 0))
    _, gray, _ = remade(encoded(Image.new("I;16", SIZE, 0x8000), "PNG"))
    assert (gray.mode, gray.getpixel((4, 4))) == ("L", 0x80)
    palette = drawn().quantize(4)
    palette.info["transparency"] = palette.getpixel((60, 4))
    for name in ("PNG", "GIF"):
        data = encoded(palette, name)
        _, image, _ = remade(data)
        assert image.mode == "P"
        assert image.convert("RGBA").tobytes() == Image.open(BytesIO(data)).convert("RGBA").tobytes()
        assert image.convert("RGBA").getpixel((60, 4))[3] == 0  # type: ignore[index] # it has four channels
    half = Image.new("RGBA", SIZE, (200, 0, 0, 128))
    for name in ("PNG", "WEBP"):
        assert near(remade(encoded(half, name))[1].getpixel((4, 4)), (200, 0, 0, 128))
    clear = remade(encoded(Image.new("RGBA", SIZE, (0, 0, 0, 0)), "GIF"))[1]
    assert clear.convert("RGBA").getpixel((4, 4))[3] == 0  # type: ignore[index] # it has four channels


@pytest.mark.parametrize("target", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG"])
def test_transparent_rendition(name: str, target: str) -> None:
    """A rendition is transparent where the image is, and has its colours elsewhere."""
    image = drawn(400, 300).convert("RGBA")
    image.paste((0, 0, 0, 0), (200, 0, 400, 300))
    kept = BytesIO()
    image_processing.reencode(BytesIO(encoded(image, name)), kept)
    small = Image.open(BytesIO(image_processing.rendition(kept, 160, MEDIA_TYPES[target]))).convert("RGBA")
    assert small.size == (160, 120)
    assert near(small.getpixel((8, 8)), (255, 0, 0, 255))
    assert small.getpixel((150, 60))[3] == 0  # type: ignore[index] # it has four channels


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_kept(name: str) -> None:
    """What moved stands."""
    others = [Image.new("RGB", SIZE, colour) for colour in ("green", "blue")]
    moving = encoded(drawn(), name, save_all=True, append_images=others, duration=100)
    assert getattr(Image.open(BytesIO(moving)), "n_frames", 1) == 3
    _, image, _ = remade(moving)
    assert getattr(image, "n_frames", 1) == 1
    assert near(image.convert("RGB").getpixel((4, 4)), (255, 0, 0))


def test_what_telephones_put_behind_a_jpeg() -> None:
    """Several JPEGs in one file are the first of them; whatever else stands behind a JPEG is dropped."""
    several = encoded(drawn(), "MPO", save_all=True, append_images=[drawn(8, 8)])
    picture, image, _ = remade(several)
    assert (picture.media_type, image.format) == ("image/jpeg", "JPEG")
    assert SCRIPT not in remade(encoded(drawn(), "JPEG") + SCRIPT)[2]


_JPEG, _PNG, _WEBP, _GIF = (encoded(drawn(), name) for name in FORMATS)
_NOISE = Image.effect_noise((320, 240), 90).convert("RGB")
_NOISY, _PROGRESSIVE = encoded(_NOISE, "JPEG"), encoded(_NOISE, "JPEG", progressive=True)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("tail", [bytes(2), SCRIPT, b"\r\n", bytes(100_000)])
def test_trailing_bytes(name: str, tail: bytes) -> None:
    """Bytes behind an image are dropped, and change no pixel."""
    data = encoded(drawn(), name)
    _, image, kept = remade(data + tail)
    assert kept == remade(data)[2]
    assert image.size == SIZE


@pytest.mark.parametrize(
    ("data", "missing"),
    [(_JPEG, 2), (_NOISY, 2), (_NOISY, 1), (_PROGRESSIVE, 2), (_PROGRESSIVE, 1), (_PNG, 12), (_PNG, 9), (_GIF, 1)],
)
@pytest.mark.parametrize("tail", [b"", bytes(1000)])
def test_missing_end_marker(data: bytes, missing: int, tail: bytes) -> None:
    """An image that lacks its end marker, but no pixel, is taken; zeros in place of the marker are no pixels."""
    assert remade(data[:-missing] + tail)[2] == remade(data)[2]


def test_gif_with_a_script_behind_it() -> None:
    """The script is dropped with all other trailing bytes."""
    assert SCRIPT not in remade(GIF_TAIL)[2]


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((8064, 6048), (4032, 3024)),
        ((12_000, 9000), (3000, 2250)),
        ((20_001, 100), (5001, 25)),
        ((65_500, 8), (8188, 1)),
    ],
)
def test_large_jpeg(size: tuple[int, int], kept: tuple[int, int]) -> None:
    """A JPEG of more pixels than others may have is decoded at a half, a quarter or an eighth of its size."""
    picture, image, _ = remade(encoded(drawn(*size), "JPEG"))
    assert (picture.width, picture.height) == image.size == kept
    assert near(image.convert("RGB").getpixel((2, 0)), (255, 0, 0))
    assert near(image.convert("RGB").getpixel((kept[0] - 3, kept[1] - 1)), (0, 0, 255))


def test_large_jpeg_without_its_end() -> None:
    """Scaled decoding and a missing end marker go together; missing pixels are found."""
    data = encoded(drawn(9000, 3000), "JPEG")
    assert remade(data[:-2])[1].size == (9000, 3000) if MAX_PIXELS >= 9000 * 3000 else (4500, 1500)
    with pytest.raises(TandemError):
        remade(data[: len(data) // 2])


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\0", b"image", SVG, EXE, b"%PDF-1.4\n", b"BM" + bytes(100), b"GIF89a", _PNG[:8]),
        encoded(drawn(), "TIFF"),
        encoded(drawn(), "BMP"),
        *(data[: len(data) // 2] for data in (_JPEG, _PNG, _WEBP, _GIF)),
        *(data[:-9] for data in (_WEBP, _GIF)),
        *(data[: len(data) * 99 // 100] for data in (_NOISY, _PROGRESSIVE)),
        *(data[:-3] for data in (_NOISY, _PROGRESSIVE)),
        _NOISY[: len(_NOISY) // 2] + bytes(100_000),
        _PROGRESSIVE[: _PROGRESSIVE.rindex(b"\xff\xda")],
        _PNG[:60] + bytes(20) + _PNG[80:],
    ],
)
def test_no_image(data: bytes) -> None:
    """Bytes that are no image, or lack some pixels, are refused as `unsupported_media_type`."""
    with pytest.raises(TandemError) as refused:
        remade(data)
    assert refused.value.code is Code.UNSUPPORTED_MEDIA_TYPE


def test_polyglots() -> None:
    """A GIF that begins a script is wider than a picture may be; one with a script in a comment is kept without."""
    with pytest.raises(Invalid):
        remade(GIF_JS)
    assert SCRIPT not in remade(gif_of_comment(SCRIPT))[2]


@pytest.mark.parametrize(("width", "height"), [(12_000, 12_000), (MAX_SIDE + 1, 1), (1, MAX_SIDE + 1), (5001, 5000)])
def test_too_many_pixels(width: int, height: int) -> None:
    """They are refused by the header, with the field at fault."""
    with pytest.raises(Invalid) as refused:
        remade(png_bomb(width, height))
    assert (refused.value.status, refused.value.field_errors[0].field) == (422, ("file",))


def test_as_many_pixels_as_there_may_be() -> None:
    """The bound itself is within it."""
    assert MAX_PIXELS == 5000 * 5000
    assert remade(png_bomb(5000, 5000))[0].width == 5000
    assert remade(png_bomb(MAX_SIDE, 1))[0].width == MAX_SIDE


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("width", WIDTHS)
def test_renditions(name: str, width: int) -> None:
    """A rendition is as wide as was asked for, or as the picture where that is less, in its own format or WebP."""
    _, _, kept = remade(encoded(drawn(800, 601), name))
    for media_type in (MEDIA_TYPES[name], WEBP):
        image = Image.open(BytesIO(image_processing.rendition(BytesIO(kept), width, media_type)))
        assert MEDIA_TYPES[image.format or ""] == media_type
        assert image.width == min(width, 800)
        assert abs(image.height - 601 * image.width / 800) <= 1
        assert near(image.convert("RGB").getpixel((4, 4)), (255, 0, 0), 10)


def test_renditions_of_the_extreme() -> None:
    """One pixel high stays one pixel high; what is clear stays clear."""
    line = image_processing.rendition(BytesIO(encoded(drawn(5000, 1), "PNG")), 160, "image/png")
    assert Image.open(BytesIO(line)).size == (160, 1)
    clear = image_processing.rendition(BytesIO(encoded(Image.new("RGBA", (400, 400), (0, 0, 0, 0)), "PNG")), 160, WEBP)
    assert Image.open(BytesIO(clear)).getpixel((80, 80))[3] == 0  # type: ignore[index] # it has four channels
