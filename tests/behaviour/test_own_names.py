"""Real names: each is found by itself typed without marks, none merges with another, and files hold them all.

Which marks a keyboard leaves out goes by the Unicode name of the letter before them, not by the code under test.
"""

import json
import unicodedata
from pathlib import Path

import pytest

from app.domain.unit_of_work import Engine
from tests.behaviour.catalogue import Catalogue
from tests.behaviour.category_names import NAMES, names
from tests.behaviour.surfaces import Surface
from tests.command_line import Tandem
from tests.databases import Databases

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

_MARKS_ARE_OPTIONAL = {"LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW"}
_TYPED = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ħ": "h", "ı": "i"}
    | {"Ł": "L", "Ø": "O", "Đ": "D", "Þ": "TH", "Æ": "AE", "Œ": "OE", "Ħ": "H", "’": "'"}
)


def typed(name: str) -> str:
    """A name as it is typed on a keyboard without marks, where its script can be read so."""
    kept, script = "", ""
    for character in unicodedata.normalize("NFD", name):
        if not unicodedata.category(character).startswith("M"):
            script = unicodedata.name(character, "").partition(" ")[0]
        elif script in _MARKS_ARE_OPTIONAL:
            continue
        kept += character
    return unicodedata.normalize("NFC", kept).translate(_TYPED)


def test_the_names_are_what_they_are_said_to_be() -> None:
    """300 different names, 25 of each of 12 scripts; some of them differ by marks alone."""
    assert [len(each.split(",")) for each in NAMES.values()] == [25] * 12
    assert len(set(names())) == 300
    assert len(set(map(typed, names()))) < 300


async def test_products(catalogue: Catalogue, reading: Surface, surface_name: str) -> None:
    """Each of 3,291 products is found by its own name; each surface takes every third."""
    part = ["v1", "v2", "graphql"].index(surface_name)
    assert len({item.id for item in catalogue.items}) == 3291
    for item in catalogue.items[part::3]:
        assert item.id in (await reading.list(q=typed(item.name)[:200], size=100)).ids, item.name


async def test_categories(surface: Surface) -> None:
    """Each of 300 names makes a category of its own, with a slug of its own, and finds it in either case."""
    made = {name: await surface.create_category(name=name) for name in names()}
    assert len({category.members["slug"] for category in made.values()}) == 300
    for name, category in made.items():
        assert category.members["name"] == name
        for q in {name, typed(name), typed(name).upper()}:
            assert category.id in (await surface.list_categories(q=q, size=100)).ids, q


@pytest.mark.parametrize("format_", ["ndjson", "csv"])
def test_files(
    tandem: Tandem, database_url: str, databases: Databases, engine: Engine, bestbuy: Path, tmp_path: Path, format_: str
) -> None:
    """An export of all products and of a product in each category makes an empty catalogue the same."""
    file, copy = tmp_path / f"export.{format_}", databases.create(engine)
    lines = "".join(
        json.dumps({"sku": f"C{number}", "name": name, "price": 1, "categories": [name]}) + "\n"
        for number, name in enumerate(names())
    )
    assert tandem("import", "-", url=database_url, stdin=lines).stdout.startswith("300 created")
    assert tandem("import", str(bestbuy), url=database_url).stdout.startswith("3291 created")
    before = tandem("export", "--format", format_, url=database_url).stdout_bytes
    file.write_bytes(before)
    assert tandem("import", str(file), url=copy).stdout == "3591 created, 0 updated, 0 unchanged, 0 bad\n"
    assert tandem("export", "--format", format_, url=copy).stdout_bytes == before
    assert tandem("import", str(file), url=database_url).stdout == "0 created, 0 updated, 3591 unchanged, 0 bad\n"
