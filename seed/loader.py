"""The demo catalogue: loaded as any other import, given its pictures, and removed again.

A demo product is one that still has the sku and the name of a line of the catalogue file.
"""

import asyncio
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import msgspec

from app.bulk import import_files, import_runner
from app.domain.bulk import category_paths
from app.domain.catalogue import categories, image_lists, images, products
from app.domain.catalogue.image_lists import NewImage
from app.domain.catalogue.images import Listed
from app.domain.errors import Conflict, NotFound
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.unit_of_work import Database, Unit
from app.media.product_images import ProductImages

CATALOGUE = Path(__file__).parent / "catalogue.ndjson"
PICTURES = Path(__file__).parent / "pictures"
_SEVERAL = Path(__file__).parent / "pictures.ndjson"
_AT_ONCE = 16
"""Pictures are stored in groups, which takes fewer commits."""


class Variant(msgspec.Struct):
    """What identifies a variant of a product of the catalogue file."""

    sku: str


class Line(msgspec.Struct):
    """What identifies a product of the catalogue file and its variants, and its place in the tree."""

    sku: str
    name: str
    categories: list[str] = []
    variants: list[Variant] = []


class Picture(msgspec.Struct):
    """A picture of a product: its file in the folder of pictures, and its alternative text."""

    sku: str
    file: str
    alt: str = ""


class DemoProduct(NamedTuple):
    """A stored demo product, with its line and its images."""

    id: int
    line: Line
    images: list[Listed]


def lines() -> list[Line]:
    """The lines of the catalogue file."""
    return msgspec.json.Decoder(Line).decode_lines(CATALOGUE.read_bytes())


def pictures() -> dict[str, list[Picture]]:
    """The pictures of every product, by its sku: one under its name, or those that the file of pictures lists."""
    found: dict[str, list[Picture]] = {}
    for one in msgspec.json.Decoder(Picture).decode_lines(_SEVERAL.read_bytes()):
        found.setdefault(one.sku, []).append(one)
    return {line.sku: found.get(line.sku) or [Picture(line.sku, f"{line.sku}.webp")] for line in lines()}


def of_variants(line: Line, wanted: Sequence[Picture]) -> dict[str, int]:
    """The picture of each variant, by its index: the one whose name begins the variant's sku, the longest of these."""
    names = sorted((one.file.removesuffix(".webp").upper(), index) for index, one in enumerate(wanted))
    return {
        one.sku: index for one in line.variants for name, index in names if f"{one.sku}-".startswith(f"{name}-")
    }  # the last one wins


async def load(database: Database, progress: import_runner.Progress) -> bool:
    """Load the catalogue into a database that has no products; returns whether it had none."""
    if await _first(database, products.Filter()) is not None:
        return False
    with CATALOGUE.open("rb") as stream:
        await import_runner.run(database, import_files.read(stream, CATALOGUE.suffix), progress)
    return True


async def illustrate(database: Database, store: ProductImages) -> int:
    """Give the demo products the pictures that are missing; returns how many those are."""
    found, every = await stored(database), pictures()
    groups = [found[start : start + _AT_ONCE] for start in range(0, len(found), _AT_ONCE)]
    given = 0
    for group in groups:
        ended = await asyncio.gather(
            *(_illustrate(store, one, every[one.line.sku]) for one in group), return_exceptions=True
        )
        for result in ended:
            if isinstance(result, BaseException):
                raise result
            given += result
    return given


async def remove(database: Database) -> int:
    """Remove the demo products, and the catalogue's categories that are empty then; returns how many products."""
    found = await stored(database)
    for one in found:
        await database.write(lambda unit, number=one.id: products.remove(unit, number, None))  # type: ignore[misc]
    paths = {category_paths.parse(path).names for line in lines() for path in line.categories}
    branches = {names[:depth] for names in paths for depth in range(1, len(names) + 1)}
    for names in sorted(branches, key=len, reverse=True):
        await database.write(lambda unit, names=names: _remove_empty(unit, names))  # type: ignore[misc]
    return len(found)


async def stored(database: Database) -> list[DemoProduct]:
    """The demo products that the database has."""
    by_id = {number: line for line in lines() if (number := await _first(database, products.Filter(sku=line.sku)))}
    rows = await database.read(lambda unit: products.by_ids(unit, list(by_id), ("name", "images")))
    return [
        DemoProduct(number, by_id[number], images.read_list(text))
        for number, name, text in rows.values()
        if name == by_id[number].name
    ]


async def _illustrate(store: ProductImages, product: DemoProduct, wanted: Sequence[Picture]) -> int:
    """Store the pictures of a product that has none, or whose images the store lost; returns how many were missing."""
    size = store.storage.blobs.size
    lost = [one for one in product.images if await size(one.image.sha256) != one.image.bytes]
    if product.images and not lost:
        return 0
    contents = [BytesIO((PICTURES / one.file).read_bytes()) for one in wanted]
    attached = [NewImage(await store.keep(one), of.alt) for one, of in zip(contents, wanted, strict=True)]
    own = of_variants(product.line, wanted)
    await store.storage.database.write(lambda unit: image_lists.attach_all(unit, product.id, attached, own))
    return len(lost or wanted)


async def _remove_empty(unit: Unit, names: Sequence[str]) -> None:
    """Remove a category if it has neither products nor children."""
    path = category_paths.parse(category_paths.spell(names))
    number = (await category_paths.tree(unit, [path])).find(path)
    if number is None or number < 0:  # it does not exist
        return
    inside = products.Filter(categories=(number,))
    if (await paging.page(unit, products.LISTING, inside, Sort(), Window(1), ("id",))).rows:
        return
    try:
        await categories.remove(unit, number, None)
    except (Conflict, NotFound):
        return


async def _first(database: Database, narrowed: products.Filter) -> int | None:
    """The id of a product, if there is any."""
    page = await database.read(lambda unit: paging.page(unit, products.LISTING, narrowed, Sort(), Window(1), ("id",)))
    return page.rows[0][0] if page.rows else None
