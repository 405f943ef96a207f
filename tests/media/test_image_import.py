"""The images of imported products: fetched once, in order, each for itself; what cannot be had is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.bulk import import_runner
from app.bulk.import_options import Images, ImageUrl, Read
from app.bulk.pending_images import PendingImages
from app.domain.bulk.import_lines import Line
from app.domain.catalogue import image_lists, images, products, variants
from app.domain.pagination import paging
from app.domain.pagination.paging import Sort, Window
from app.domain.unit_of_work import Database
from app.media.blob_storage import Storage
from app.media.image_downloads import ImageDownloads
from app.media.image_import import ImageImport
from app.media.image_pool import ImagePool
from app.media.product_images import ProductImages
from app.stores.open_blobs import open_blobs
from tests.conftest import Run
from tests.images import drawn, encoded
from tests.web import Web, answer

MUG = {"sku": "Mug", "name": "Mug", "price": 5}
Imported = tuple[dict[str, int], list[tuple[int, int]]]


@pytest.fixture
def importing(database: Database, tmp_path: Path, run: Run[Any]) -> Callable[..., Any]:
    """Imports a product with images at some paths of a server; what came of it, and the warnings."""
    web, pool = Web(), ImagePool()
    stored = ProductImages(Storage(open_blobs(f"file:{tmp_path}"), database), pool)

    async def imported(paths: list[str], alts: list[str], own: str | None) -> Imported:
        warnings: list[tuple[int, int]] = []
        pending = PendingImages()
        async with web.serving():
            urls = tuple(ImageUrl(web.url(path), alt) for path, alt in zip(paths, alts, strict=True))
            lines = [
                Read(Line(1, MUG), 0, Images(urls, {"MUG": web.url(own)} if own else {})),
                Read(Line(2, MUG | {"sku": "Bad", "price": 0}), 0, Images(urls)),
            ]
            await import_runner.run(database, lines, lambda *_: None, pending=pending)
            downloads = ImageDownloads(stored, 1_000_000, web.network())
            fetching = ImageImport(database, downloads, lambda line, index, _: warnings.append((line, index)))
            await fetching.run(pending)
            await downloads.close()
        pending.close()
        return {"fetched": fetching.fetched, "known": fetching.known}, warnings

    def call(*paths: str, alts: list[str] | None = None, own: str | None = None) -> Imported:
        result: Imported = run(imported(list(paths), alts or [""] * len(paths), own))
        return result

    call.web = web  # type: ignore[attr-defined]
    yield call
    pool.close()


def shown(database: Database, run: Run[Any]) -> tuple[int, list[tuple[int, str]]]:
    """The product's version, and its images as (width, alternative text)."""
    fields = ("sku", "version", "images")
    page = run(
        database.read(lambda unit: paging.page(unit, products.LISTING, products.Filter(), Sort(), Window(10), fields))
    )
    ((*_, version, listed),) = page.rows
    return version, [(one.image.width, one.alt) for one in images.read_list(listed)]


def test_images(importing: Callable[..., Any], database: Database, run: Run[Any]) -> None:
    """Images land in the order of the file; a second import fetches nothing and changes nothing."""
    for width in (10, 20, 30):
        importing.web.pages[f"/{width}"] = answer(encoded(drawn(width), "PNG"))
    assert importing("/20", "/10", alts=["Side", ""]) == ({"fetched": 2, "known": 0}, [])
    assert shown(database, run) == (2, [(20, "Side"), (10, "")])
    assert importing("/20", "/10", alts=["Side", ""]) == ({"fetched": 0, "known": 2}, [])
    assert shown(database, run)[0] == 2
    assert importing("/10", "/30", "/20") == ({"fetched": 1, "known": 2}, [])
    assert shown(database, run) == (3, [(10, ""), (30, ""), (20, "Side")])
    assert importing.web.hits == {"/20": 1, "/10": 1, "/30": 1}


def own_image(database: Database, run: Run[Any]) -> int | None:
    """The width of the image that the product's variant names."""
    row = run(database.read(lambda unit: products.get(unit, 1, ("variants", "images"))))
    (variant,), listed = variants.read_list(row[1]), images.read_list(row[2])
    return next((one.image.width for one in listed if one.id == variant["imageId"]), None)


def test_an_image_of_a_variant(importing: Callable[..., Any], database: Database, run: Run[Any]) -> None:
    """A variant gets its own image once that can be fetched; the same again changes nothing."""
    importing.web.pages["/10"] = answer(encoded(drawn(10), "PNG"))
    assert importing("/10", "/20", own="/20") == ({"fetched": 1, "known": 0}, [(1, 1)])
    assert own_image(database, run) is None
    importing.web.pages["/20"] = answer(encoded(drawn(20), "PNG"))
    importing("/10", "/20", own="/20")
    assert own_image(database, run) == 20
    version = shown(database, run)[0]
    importing("/10", "/20", own="/20")
    assert shown(database, run)[0] == version
    importing("/20", "/10", own="/10")
    assert own_image(database, run) == 10


def test_what_cannot_be_had(importing: Callable[..., Any], database: Database, run: Run[Any]) -> None:
    """An image that cannot be fetched is told, the others land; the next import tries that one alone again."""
    importing.web.pages["/10"] = answer(encoded(drawn(10), "PNG"))
    importing.web.pages["/20"] = answer(b"<html>")
    assert importing("/20", "/10", "/gone") == ({"fetched": 1, "known": 0}, [(1, 0), (1, 2)])
    assert shown(database, run) == (2, [(10, "")])
    importing.web.pages["/20"] = answer(encoded(drawn(20), "PNG"))
    assert importing("/20", "/10") == ({"fetched": 1, "known": 1}, [])
    assert shown(database, run) == (3, [(20, ""), (10, "")])
    assert importing.web.hits["/10"] == 1


def test_other_bytes_have_no_source(importing: Callable[..., Any], database: Database, run: Run[Any]) -> None:
    """An image that was replaced since is not taken for the one that was fetched."""
    importing.web.pages["/10"] = answer(encoded(drawn(10), "PNG"))
    importing("/10")
    other = images.Image("0" * 64, "image/png", 5, 5, 5)

    async def replace(unit: Any) -> None:
        await image_lists.put_first(unit, 1, other, None)

    run(database.write(lambda unit: image_lists.blobs.claim(unit, other.sha256)))
    run(database.write(replace))
    assert importing("/10") == ({"fetched": 1, "known": 0}, [])
    assert [width for width, _ in shown(database, run)[1]] == [10, 5]


def test_too_many(importing: Callable[..., Any], database: Database, run: Run[Any]) -> None:
    """Where a product would have too many images, all stay away, and that is told."""
    for width in range(1, 22):
        importing.web.pages[f"/{width}"] = answer(encoded(drawn(width), "PNG"))
    importing(*(f"/{width}" for width in range(1, 21)))
    assert importing("/21") == ({"fetched": 1, "known": 0}, [(1, 0)])
    assert len(shown(database, run)[1]) == 20
