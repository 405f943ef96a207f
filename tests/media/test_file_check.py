"""`tandem files check`: rows without bytes and bytes without a row are found, and mended."""

import asyncio
from collections.abc import AsyncGenerator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from app.domain import blobs
from app.domain.callers import EVERYONE
from app.domain.catalogue import products
from app.domain.catalogue.images import Stored
from app.domain.catalogue.product_rows import insert_all
from app.domain.commands import create_file, put_image
from app.domain.errors import NotFound
from app.domain.files import files, resumable
from app.media import file_check
from app.media.blob_storage import Storage
from app.media.image_pool import ImagePool
from app.media.product_images import ProductImages
from app.media.resumable_uploads import ResumableUploads
from app.stores.database import open_database
from app.stores.local_blobs import DiskBlobs
from tests.catalogues import goods
from tests.clock import Clock
from tests.command_line import Tandem
from tests.conftest import Run
from tests.images import drawn, encoded


async def _free(points: int) -> None:
    """Charge nobody."""


class Stocked:
    """A store with a file, a part of another, and a product with an image of which there is a rendition."""

    def __init__(self, url: str, root: Path, run: Run[Any]) -> None:
        self.run, self.root, self.clock = run, root, Clock()
        self.database = open_database(url, self.clock)
        self.storage = Storage(DiskBlobs(root), self.database)
        run(self._stock())

    async def _stock(self) -> None:
        pool = ImagePool()
        store = ProductImages(self.storage, pool)
        async with self.storage.blobs.writing() as writer:
            await writer.write(b"a file")
            stored = Stored(await self.storage.keep(writer), "text/plain", 6)
        self.file = (await self.database.write(create_file(EVERYONE, "a.txt", stored).effect))["id"]
        (self.product,) = await self.database.write(lambda unit: insert_all(unit, [goods("Lamp", 100)]))
        self.image = await store.keep(BytesIO(encoded(drawn(400, 300), "PNG")))
        await self.database.write(put_image(self.product, self.image, self.image.sha256, None).effect)
        self.rendition = (await store.rendition(self.image, 160, "image/webp", _free)).sha256
        self.blob = stored.sha256
        upload = await self.database.write(lambda unit: resumable.create(unit, "", "b", "text/plain", "", 9))
        self.upload = upload.id
        await ResumableUploads(self.storage, 9).take(upload, 0, _one(b"part"))
        self.part = (await self.database.read(lambda unit: resumable.parts(unit, upload.id)))[0]
        pool.close()

    def path(self, name: str) -> Path:
        """The file of a blob."""
        return self.root / name[:2] / name[2:]


async def _one(chunk: bytes) -> AsyncGenerator[bytes, None]:
    yield chunk


@pytest.fixture
def stocked(database_url: str, tmp_path: Path, run: Run[Any]) -> Any:
    """The store in the folder that `tandem` looks for it in."""
    made = Stocked(database_url, tmp_path / "var" / "files", run)
    yield made
    run(made.database.close())


def test_clean(tandem: Tandem, stocked: Stocked, database_url: str) -> None:
    """Where all is well nothing is listed; what is still being written, or waits to be swept, is no fault."""

    async def begin() -> None:
        async with stocked.storage.blobs.writing() as writer:
            await writer.write(bytes(300_000))
            await asyncio.to_thread(check)
            await stocked.storage.keep(writer)
            await asyncio.to_thread(check)

    def check() -> None:
        result = tandem("files", "check", url=database_url)
        assert (result.exit_code, result.stdout) == (0, "0 lost, 0 orphans\n")

    stocked.run(begin())


def test_lost(tandem: Tandem, stocked: Stocked, database_url: str) -> None:
    """Whatever lost its bytes, or some of them, is listed, and given up where that is asked for."""
    stocked.path(stocked.blob).unlink()
    stocked.path(stocked.image.sha256).write_bytes(b"cut")
    stocked.path(stocked.rendition).unlink()
    stocked.path(stocked.part).unlink()
    lines = {
        f"lost\t{stocked.blob}\tfile\t{stocked.file}",
        f"lost\t{stocked.image.sha256}\timage\t{stocked.product}",
        f"lost\t{stocked.rendition}\trendition\t{stocked.image.sha256}",
        f"lost\t{stocked.part}\tupload\t{stocked.upload}",
    }
    for mend, status, end in (((), 1, ""), (("--mend",), 0, " (mended)")):
        result = tandem("files", "check", *mend, url=database_url)
        *told, summary = result.stdout.splitlines()
        assert (result.exit_code, set(told), summary) == (status, lines, f"4 lost, 0 orphans{end}")
    assert tandem("files", "check", url=database_url).stdout == "0 lost, 0 orphans\n"
    read = stocked.database.read
    with pytest.raises(NotFound):
        stocked.run(read(lambda unit: files.get(unit, stocked.file)))
    assert stocked.run(read(lambda unit: products.get(unit, stocked.product, ("image", "version"))))[1:] == (None, 3)


def test_many_orphans(tandem: Tandem, stocked: Stocked, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All orphans are listed, however many are looked up at once; so are all rows that lost the same bytes."""
    monkeypatch.setattr(file_check, "_AT_ONCE", 2)
    names = {f"{number:064x}" for number in range(5)}
    for path in map(stocked.path, names):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    stored = Stored(stocked.blob, "text/plain", 6)
    other = stocked.run(stocked.database.write(create_file(EVERYONE, "b.txt", stored).effect))["id"]
    stocked.path(stocked.blob).unlink()
    *told, summary = tandem("files", "check", url=database_url).stdout.splitlines()
    lost = {f"lost\t{stocked.blob}\tfile\t{identity}" for identity in (stocked.file, other)}
    assert set(told) == lost | {f"orphan\t{name}" for name in names}
    assert summary == "2 lost, 5 orphans"


def test_orphans(tandem: Tandem, stocked: Stocked, database_url: str) -> None:
    """Bytes that nothing knows of are listed, and swept after the grace where they are mended; other files are left."""
    name = "ab" * 32
    for path in (stocked.path(name), stocked.root / "ab" / "README"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    result = tandem("files", "check", url=database_url)
    assert (result.exit_code, result.stdout) == (1, f"orphan\t{name}\n0 lost, 1 orphans\n")
    result = tandem("files", "check", "--mend", url=database_url)
    assert (result.exit_code, result.stdout) == (0, f"orphan\t{name}\n0 lost, 1 orphans (mended)\n")
    assert tandem("files", "check", url=database_url).stdout == "0 lost, 0 orphans\n"
    assert stocked.path(name).exists()
    stocked.clock.now += 2 * blobs.GRACE + 10**15  # the command has the clock of the machine
    stocked.run(stocked.storage.sweep())
    assert not stocked.path(name).exists()
    assert (stocked.root / "ab" / "README").exists()
