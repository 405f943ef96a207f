"""The migration to lists of images, on a filled database of the revision before it, cut off and run again."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.catalogue import images, products
from app.domain.catalogue.images import Image, Listed
from app.domain.unit_of_work import Engine, Unit
from app.migrations.refold import rows
from app.stores.database import open_database, sqlite_path
from app.stores.migrate import migrate
from tests.conftest import Run
from tests.databases import Databases, execute

BEFORE = "0013"
PRODUCTS = 7
NAMES = ["a" * 64, "b" * 64]


def _statements() -> Iterator[str]:
    for name in NAMES:
        yield f"INSERT INTO blob (sha256) VALUES ('{name}')"
    for number in range(1, PRODUCTS + 1):
        name = NAMES[number % 2]
        image = f"'{name}', '{number} {name} image/png {number} 20 30'" if number != 3 else "NULL, NULL"
        yield (
            "INSERT INTO product (name, name_key, description, price, currency, version, created_at, updated_at,"
            f" image_sha256, image) VALUES ('P', 'p', '', 10000, 'USD', 5, 1, 2, {image})"
        )


def _fill(url: str) -> None:
    path = sqlite_path(url)
    if path is None:
        execute(url, *_statements())
        return
    with sqlite3.connect(path) as connection:
        for statement in _statements():
            connection.execute(statement)
    connection.close()


def test_first_images(databases: Databases, engine: Engine, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each product's image is the first of its list, once, however often the migration was cut off; it is no edit."""
    url = databases.create(engine, empty=True)
    migrate(url, BEFORE)
    _fill(url)
    monkeypatch.setattr(rows, "SIZE", 2)
    batches = rows.batches
    for stop in (1, 3):

        def cut_off(*given: Any, stop: int = stop) -> Iterator[Any]:
            for number, batch in enumerate(batches(*given)):
                if number == stop:
                    raise KeyboardInterrupt
                yield batch

        monkeypatch.setattr(rows, "batches", cut_off)
        with pytest.raises(KeyboardInterrupt):
            migrate(url)
    monkeypatch.setattr(rows, "batches", batches)
    assert migrate(url) == []
    database = open_database(url)

    async def look(unit: Unit) -> None:
        columns = ("image", "images", "version", "updatedAt")
        found = await products.by_ids(unit, list(range(1, PRODUCTS + 1)), columns)
        for number, (_, image, listed, *edited) in found.items():
            assert edited == [5, 2]
            expected = Image(NAMES[number % 2], "image/png", number, 20, 30)
            assert [one._replace(id=0) for one in images.read_list(listed)] == (
                [] if number == 3 else [Listed(0, number, "", expected)]
            )
            assert number == 3 or images.parse_first_image(image).image == await images.get(unit, number) == expected

    run(database.read(look))
    run(database.close())
