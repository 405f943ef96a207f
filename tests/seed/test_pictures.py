"""The seed's pictures: each product has its own, the same every time."""

from io import BytesIO
from typing import Any

import msgspec
import pytest
from PIL import Image

from seed.loader import CATALOGUE
from seed.pictures import canvas, drawing

PRODUCTS: list[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any]).decode_lines(CATALOGUE.read_bytes())
MOST_BYTES = 60_000


@pytest.fixture(scope="module")
def drawn() -> dict[str, bytes]:
    """All pictures, by sku."""
    return {product["sku"]: drawing.draw(product) for product in PRODUCTS}


def test_small(drawn: dict[str, bytes]) -> None:
    """A picture is a small square JPEG, and no plain surface."""
    for sku, content in drawn.items():
        with Image.open(BytesIO(content)) as image:
            assert (image.format, image.size) == ("JPEG", (640, 640)), sku
            assert len(image.convert("P").getcolors() or []) > 5, sku
        assert len(content) < MOST_BYTES


def test_same_again(drawn: dict[str, bytes]) -> None:
    """What is drawn depends on the product alone."""
    for product in PRODUCTS[::20]:
        assert drawing.draw(product) == drawn[product["sku"]]


def test_motifs() -> None:
    """Every product is drawn as what it is: by a word of its name, or by its category's."""
    kinds = {product["categories"][0].rpartition(" > ")[2].lower() for product in PRODUCTS}
    assert kinds <= drawing.MOTIFS.keys()
    assert drawing.motif("Harbour Pour-Over Kettle", ["Home > Kitchen > Tea"]) is drawing.MOTIFS["kettle"]
    assert drawing.motif("Something New", ["Garden > Seeds & Bulbs"]) is drawing.MOTIFS["seeds"]
    assert len({drawing.motif(product["name"], product["categories"]) for product in PRODUCTS}) > 80


def test_colours(drawn: dict[str, bytes]) -> None:
    """A thing has the colour of what its words say that it is made of."""
    (copper,) = [product for product in PRODUCTS if "Hammered Copper" in product["name"]]
    with Image.open(BytesIO(drawn[copper["sku"]])) as image:
        pixel = image.convert("RGB").getpixel((240, 360))
    assert isinstance(pixel, tuple)
    assert all(abs(a - b) < 20 for a, b in zip(pixel, canvas.rgb("#bf7345"), strict=True))
