"""A product's picture: its motif by the words of its name, in the colours of what it is made of."""

import re
from collections.abc import Callable
from random import Random
from typing import Any

from seed.pictures import bicycle, desk, garden, house, kitchen, listening, outside, play, presents
from seed.pictures.canvas import TABLE, Canvas, mix
from seed.pictures.colours import Palette, palette

Motif = Callable[[Canvas, Palette], None]
_MODULES = (kitchen, house, desk, presents, outside, bicycle, garden, listening, play)
MOTIFS: dict[str, Motif] = {word: motif for module in _MODULES for word, motif in module.MOTIFS.items()}
_FOUND = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in sorted(MOTIFS, key=len, reverse=True)))


def motif(name: str, categories: list[str]) -> Motif:
    """What is drawn: the longest word of the name that is known, else what its first category is of."""
    found = _FOUND.findall(name.lower())
    kind = categories[0].rpartition(" > ")[2].lower() if categories else ""
    return MOTIFS[max(found, key=len) if found else kind if kind in MOTIFS else "gift card"]


def draw(product: dict[str, Any]) -> bytes:
    """The picture of a product of the catalogue file, as JPEG."""
    sku, name = product["sku"], product["name"]
    chance = Random(sku)  # noqa: S311 - it chooses colours
    colours = palette(sku, f"{name} {product.get('description', '')}", chance)
    canvas = Canvas(colours.wall)
    _room(canvas, colours, chance)
    motif(name, product.get("categories", []))(canvas, colours)
    return canvas.jpeg()


def _room(c: Canvas, p: Palette, chance: Random) -> None:
    glow = mix(p.wall, (255, 253, 248), 0.5)
    kind = chance.randrange(3)
    if kind == 0:
        c.oval(50, 46, 37, None, glow)
    elif kind == 1:
        c.rect(20, 14, 80, 100, glow, 30)
    else:
        c.oval(chance.choice((34, 66)), 40, 30, None, glow)
    c.rect(0, TABLE - 2, 100, 100, p.table)
