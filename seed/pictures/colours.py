"""The seed's colours: what a product is made of, as its words say, and the room that its kind stands in."""

import re
from random import Random
from typing import NamedTuple

from seed.pictures.canvas import Rgb, mix, rgb

_WORDS = {
    "stainless steel": "#b9c0c4", "cast iron": "#3d4045", "cast-iron": "#3d4045", "wrought-iron": "#3a3b40",
    "blackened": "#3b3d42", "weathered steel": "#a4623b", "titanium": "#9ba1a6", "aluminium": "#c3c9cc",
    "copper": "#bf7345", "brass": "#c9a04e", "nickel": "#c2c4bf", "polished": "#c6cbce", "tin": "#b4bbbd",
    "walnut": "#7b5236", "oak": "#8b6a4a", "olive wood": "#b58a55", "maple": "#d9b683", "beech": "#d3a877",
    "cherry": "#a8623f", "pear": "#c58f6a", "juniper": "#c79b6c", "cedar": "#b97f55", "birch": "#e0c59a",
    "bamboo": "#cdb375", "pine": "#dfbb85", "ash": "#d8bd93", "hazel": "#96704a", "paulownia": "#dcc39a",
    "balsa": "#e8d3a8", "willow": "#b98d55", "cork": "#c79a6a", "jute": "#c5a46d", "seagrass": "#bfae74",
    "kraft": "#b68b5e", "leather": "#93562f", "chestnut": "#8a4b2b", "terracotta": "#c8704a", "clay": "#8d5a42",
    "indigo": "#34477a", "persimmon": "#dd6f3c", "oxblood": "#7a2b2f", "duck-egg": "#a9cdc8", "mustard": "#d6a43a",
    "ochre": "#c98f35", "rust": "#b5562f", "olive": "#7b7d4b", "moosgrün": "#5f7f4e", "forest green": "#2f5d46",
    "signal yellow": "#f0c22f", "red": "#c8412f", "rote": "#c8412f", "purple": "#7a5aa0", "königsblau": "#2b4fa8",
    "blue": "#3f6fa5", "green": "#5c8a5a", "bone white": "#efe7d8", "white": "#f1ece2", "weiß": "#f1ece2",
    "grey": "#9a9a98", "black": "#35353a", "oat": "#dccbae", "linen": "#d9cdb8", "undyed": "#e8decb",
    "opal": "#f4efe3", "glass": "#b9d6d3", "porcelain": "#f3eee6", "ash glaze": "#c3bfa9", "stoneware": "#b9ab97",
    "wool": "#b5a08c", "beeswax": "#e3b04f", "silk": "#d7b7a5", "canvas": "#a58f63", "cotton": "#d8c7ad",
}  # fmt: skip
_FOUND = re.compile("|".join(rf"\b{re.escape(word)}" for word in sorted(_WORDS, key=len, reverse=True)))
_ROOMS = {
    "HOM": ("#efe3d3 #d9b99a #b5523b #2f6f73", "#e3e6dc #bfae8e #c2703d #46655c", "#f1dcd0 #c9977b #7a3f45 #d9a441",
            "#dfe4e6 #b9a58d #3e5c76 #d08c60"),
    "STA": ("#ece7da #cdb48f #2f4b6e #c8553d", "#e6dfe6 #bfa6a0 #5b4a72 #d9a441", "#dfe8e4 #b7b196 #2f6f62 #d96c47"),
    "OUT": ("#dbe6e3 #9fb08c #c0562f #35584a", "#e8e3d0 #b3a77a #3f6b57 #d99a3d", "#d5e0ea #9aa79a #d0693c #2f4a63"),
    "BIC": ("#e4e4de #b8b0a2 #c2452d #2d3e50", "#dfe7ea #a9b2b4 #d99a2b #33475b", "#eadfd5 #bfa58f #2f6b6b #7d3a2d"),
    "GAR": ("#e3ead6 #a9b287 #c96f45 #3f6b3c", "#f0e7d2 #c4b083 #6b8f4e #b5533c", "#dceae4 #a5b79b #d08b3e #45705a"),
    "AUD": ("#e9dfd6 #b79c86 #2f3b4c #c9653f", "#dde2e8 #a7a9b0 #6d4c3d #d9a441", "#ece3ea #b8a3ad #49405f #d97a5b"),
    "TOY": ("#f6e7c8 #e0b877 #d6513b #2f7f8a", "#dfeaf0 #a9c3cc #e2a93b #c9463d", "#f3dcd6 #d9a79a #3f7f6b #e0983a"),
    "JPN": ("#ece5dc #c4ab8f #34477a #c34a36", "#e2e6de #b3ab92 #6b7f5a #b5523b"),
    "GIF": ("#f1e3dc #d7ac9b #b5483f #d9a441", "#e0e8e2 #aebfa9 #2f6f5f #e0983a", "#e6e2ee #b7aecb #5a4a86 #e07a5f"),
}  # fmt: skip


class Palette(NamedTuple):
    """What a picture is painted with: wall, table and its shadow, the thing itself, four colours beside it, a whim."""

    wall: Rgb
    table: Rgb
    shade: Rgb
    body: Rgb
    main: Rgb
    other: Rgb
    dark: Rgb
    light: Rgb
    chance: Random


def palette(sku: str, words: str, chance: Random) -> Palette:
    """The colours of a product; `words` are its name and description."""
    wall, table, main, other = (rgb(one) for one in chance.choice(_ROOMS[sku[:3]]).split())
    found = _FOUND.search(words.lower())
    body = rgb(_WORDS[found[0]]) if found else main
    return Palette(
        wall, table, mix(table, (40, 28, 30), 0.22), body, main, other, rgb("#33302f"), rgb("#fbf6ea"), chance
    )
