"""The demo catalogue's pictures: each product has its own, and 30 have several."""

import json
from hashlib import sha256

import pytest
from PIL import Image

from app.domain.file_models import MAX_ALT
from seed.loader import CATALOGUE, PICTURES, lines, of_variants, pictures

MOST_BYTES = 1_500_000
FILES = [one.file for of_product in pictures().values() for one in of_product]


@pytest.mark.parametrize("name", FILES)
def test_picture(name: str) -> None:
    """A picture is a small square WebP, and no plain surface."""
    path = PICTURES / name
    with Image.open(path) as image:
        assert (image.format, image.size) == ("WEBP", (640, 640))
        assert len(image.convert("RGB").convert("P").getcolors() or []) > 5
    assert path.stat().st_size < 40_000


def test_all_pictures() -> None:
    """There is one for each product and no other, one pair at most is alike, and they are small together."""
    paths = list(PICTURES.glob("*.webp"))
    assert sorted(path.name for path in paths) == sorted(FILES)
    assert len({sha256(path.read_bytes()).digest() for path in paths}) >= len(paths) - 1
    assert sum(path.stat().st_size for path in paths) < MOST_BYTES


def test_several() -> None:
    """30 products have three pictures or more, led by the one under their sku, each with a text of its own."""
    several = {sku: of_product for sku, of_product in pictures().items() if len(of_product) > 1}
    assert len(several) == 30
    for sku, of_product in several.items():
        assert (of_product[0].file, len(of_product) > 2) == (f"{sku}.webp", True)
        assert len({one.alt for one in of_product}) == len(of_product)
        assert all(0 < len(one.alt) <= MAX_ALT for one in of_product)


def test_variants() -> None:
    """The products with several pictures have variants, each with the picture of its colour; some are sold out."""
    several = pictures()
    products = [json.loads(line) for line in CATALOGUE.read_text().splitlines()]
    sold = {one["sku"]: one for product in products for one in product.get("variants", [])}
    for line in lines():
        shown = of_variants(line, several[line.sku])
        assert bool(line.variants) == (len(several[line.sku]) > 1)
        assert shown.keys() == {one.sku for one in line.variants}
        for sku, index in shown.items():
            colour = sold[sku]["options"]["Colour"]
            others = {one["options"]["Colour"]: shown[other] for other, one in sold.items() if other in shown}
            assert others[colour] == index
            assert len(set(others.values())) == len(others)
            assert "close by" not in several[line.sku][index].alt
    assert sum(one["stock"] == 0 for one in sold.values() if "stock" in one) > 5
    assert sum(one.get("compareAtPrice", 0) > one["price"] for one in sold.values()) > 5


def test_colours() -> None:
    """A product has the colour of the material that its name says."""
    (copper,) = [line.sku for line in lines() if "Hammered Copper" in line.name]
    with Image.open(PICTURES / f"{copper}.webp") as image:
        pixel = image.convert("RGB").getpixel((240, 360))
    assert isinstance(pixel, tuple)
    assert all(abs(a - b) < 20 for a, b in zip(pixel, (0xBF, 0x73, 0x45), strict=True))
