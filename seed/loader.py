"""Loads the seed catalogue, through the same code that imports any other file, and gives each product its picture."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from app import import_files, imports
from app.domain import products
from app.domain.paging import Sort, Window
from app.domain.unit import Database
from seed.pictures.drawing import draw

CATALOGUE = Path(__file__).parent / "catalogue.ndjson"
_AT_ONCE = 16
"""Pictures that are stored together, in few commits."""

Give = Callable[[int, bytes], Awaitable[None]]
"""Stores an image as that of a product, by its id."""


async def load(database: Database, progress: imports.Progress) -> bool:
    """Load the catalogue into a database that has no products; whether it did."""
    if await _first(database, products.Filter()) is not None:
        return False
    with CATALOGUE.open("rb") as stream:
        await imports.run(database, import_files.read(stream, CATALOGUE.suffix), progress)
    return True


async def illustrate(database: Database, give: Give) -> None:
    """Draw a picture of every product of the catalogue, and give it to the product; raises as `give` does."""
    catalogue = msgspec.json.Decoder(dict[str, Any]).decode_lines(CATALOGUE.read_bytes())
    for some in (catalogue[start : start + _AT_ONCE] for start in range(0, len(catalogue), _AT_ONCE)):
        ended = await asyncio.gather(*(_illustrate(database, give, one) for one in some), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error


async def _illustrate(database: Database, give: Give, product: dict[str, Any]) -> None:
    number = await _first(database, products.Filter(sku=product["sku"]))
    if number is not None:
        await give(number, draw(product))


async def _first(database: Database, narrowed: products.Filter) -> int | None:
    """The id of a product, if there is any."""
    page = await database.read(lambda unit: products.page(unit, narrowed, Sort(), Window(1), ("id",)))
    return page.rows[0][0] if page.rows else None
