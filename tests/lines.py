"""Import files of any size, made up, and what an export has of them.

Every line is another product; names and prices repeat, categories form a tree.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.domain.bulk import exports
from app.domain.bulk.exports import Item, LeftOut
from app.domain.unit_of_work import Database

_WORDS = "Oak Elm Ash Fir Yew Teak Pine Plum Pear Lime".split()
_GOODS = "chair table shelf lamp frame stool bench".split()


def line(number: int) -> dict[str, Any]:
    """One line."""
    wood, goods = _WORDS[number % 10], _GOODS[number % 7]
    return {
        "sku": f"S{number}",
        "name": f"{wood} {goods} {number % 1000}",
        "description": f"A {goods} of {wood.lower()}, oiled by hand. It comes in a box of {number % 9 + 1}.",
        "price": (number * 37 % 20_000 + 1) / 100,
        "currency": "EUR",
        "stock": None if number % 5 else number % 300,
        "categories": [f"House > {goods.title()}s > {wood}", "Offers"] if number % 3 else [f"House > {goods.title()}s"],
    }


def texts(count: int) -> Iterator[str]:
    """Lines of NDJSON."""
    return (json.dumps(line(number)) + "\n" for number in range(count))


def write(path: Path, count: int) -> Path:
    """A file of so many lines."""
    with path.open("w") as file:
        file.writelines(texts(count))
    return path


async def everything(database: Database) -> list[Item]:
    """What an export has of a database."""
    async with database.snapshot() as snapshot:
        return [item async for items in exports.batches(snapshot, LeftOut()) for item in items]
