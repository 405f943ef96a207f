"""The catalogue that benchmarks run on: any number of products in 200 categories, the same lines on every machine."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

CATEGORIES = 200
_MATERIALS = ("Steel", "Oak", "Linen", "Copper", "Glass", "Wool", "Carbon", "Paper")
_KINDS = ("Lamp", "Chair", "Bottle", "Desk", "Jacket", "Keyboard", "Kettle", "Backpack", "Clock", "Notebook")


def write(path: Path, products: int) -> Path:
    """Write import lines to a file, and return its path."""
    with path.open("w") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines(products))
    return path


def lines(products: int) -> Iterator[dict[str, object]]:
    """Import lines: descriptions of 100 characters, one to three categories, three in five products in USD."""
    chance = random.Random(20260101)
    for number in range(1, products + 1):
        linked = chance.sample(range(1, CATEGORIES + 1), chance.randint(1, 3))
        yield {
            "sku": f"P{number}",
            "name": f"{chance.choice(_MATERIALS)} {chance.choice(_KINDS)} {number}",
            "description": f"Item {number}, {chance.getrandbits(360):090x}",
            "price": chance.randrange(100, 100_000) / 100,
            "currency": chance.choice(("USD", "USD", "USD", "EUR", "GBP")),
            "categories": [f"Category {place:03}" for place in linked],
        }
