"""Loads the seed catalogue, through the same code that imports any other file."""

from pathlib import Path

from app import import_files, imports
from app.domain import products
from app.domain.paging import Sort, Window
from app.domain.unit import Database

CATALOGUE = Path(__file__).parent / "catalogue.ndjson"


async def load(database: Database, progress: imports.Progress) -> bool:
    """Load the catalogue into a database that has no products; whether it did."""
    page = await database.read(lambda unit: products.page(unit, products.Filter(), Sort(), Window(1), ("id",)))
    if page.rows:
        return False
    with CATALOGUE.open("rb") as stream:
        await imports.run(database, import_files.read(stream, CATALOGUE.suffix), progress)
    return True
