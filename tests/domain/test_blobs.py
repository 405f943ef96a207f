"""Which blobs are wanted: what is in use is never removed, what is not goes once its grace is over."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.domain import blobs, commands
from app.domain.callers import EVERYONE
from app.domain.catalogue import images, products
from app.domain.catalogue.images import Image, Stored
from app.domain.catalogue.product_rows import insert_all
from app.domain.errors import Code, TandemError, Unavailable
from app.domain.idempotency import Command, Snapshot
from app.domain.unit_of_work import Database
from app.media import file_check
from app.media.blob_storage import Storage
from app.stores.database import open_database
from app.stores.local_blobs import DiskBlobs
from tests.catalogues import goods
from tests.clock import Clock
from tests.conftest import Run


class Shelf:
    """A storage with a clock, and what a test does with it in one line each."""

    def __init__(self, database: Database, root: Path, run: Run[Any], clock: Clock) -> None:
        self.database, self.run, self.clock = database, run, clock
        self.storage = Storage(DiskBlobs(root), database)

    def keep(self, content: bytes) -> str:
        """Store bytes; their name."""

        async def keep() -> str:
            async with self.storage.blobs.writing() as writer:
                await writer.write(content)
                return await self.storage.keep(writer)

        name: str = self.run(keep())
        return name

    def do(self, command: Command) -> Snapshot:
        """Run a command."""
        done: Snapshot = self.run(self.database.write(command.effect))
        return done

    def illustrate(self, product_id: int, content: bytes) -> str:
        """Give a product an image of these bytes; their name."""
        name = self.keep(content)
        self.do(commands.put_image(product_id, image(name), name, None))
        return name

    def file(self, content: bytes) -> str:
        """Store a file; its id."""
        stored = Stored(self.keep(content), "text/plain", len(content))
        made: str = self.do(commands.create_file(EVERYONE, "a.txt", stored))["id"]
        return made

    def after(self, microseconds: int) -> set[str]:
        """Let time pass, and sweep; the names that are left."""
        self.clock.now += microseconds

        async def sweep() -> set[str]:
            while await self.storage.sweep():
                pass
            return {name async for name in self.storage.blobs.names()}

        names: set[str] = self.run(sweep())
        return names


def image(name: str) -> Image:
    """An image of bytes that are none."""
    return Image(name, "image/png", 3, 2, 9)


def sha(content: bytes) -> str:
    """The name of bytes."""
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def shelf(database_url: str, run: Run[Any], tmp_path: Path) -> Any:
    """An empty shelf, over an empty catalogue."""
    clock = Clock()
    database = open_database(database_url, clock)
    yield Shelf(database, tmp_path, run, clock)
    run(database.close())


@pytest.fixture
def lamp(shelf: Shelf) -> int:
    """A product."""
    (made,) = shelf.run(shelf.database.write(lambda unit: insert_all(unit, [goods("Lamp", 100)])))
    return int(made)


def test_upload_given_up(shelf: Shelf) -> None:
    """Bytes that nothing came to refer to are kept for the grace, and go after it."""
    name = shelf.keep(b"given up")
    assert shelf.after(blobs.GRACE) == {name}
    assert shelf.after(1) == set()
    assert shelf.after(blobs.LEASE) == set()


def test_in_use(shelf: Shelf, lamp: int) -> None:
    """What a file or a product refers to stays, however old; so does what two refer to while one of them does."""
    shelf.illustrate(lamp, b"both")
    file = shelf.file(b"both")
    assert shelf.after(2 * blobs.GRACE) == {sha(b"both")}
    shelf.do(commands.remove_file(EVERYONE, file, None))
    assert shelf.after(2 * blobs.GRACE) == {sha(b"both")}
    assert shelf.after(2 * blobs.GRACE) == {sha(b"both")}
    shelf.do(commands.remove_image(lamp, None))
    assert shelf.after(blobs.GRACE) == {sha(b"both")}
    assert shelf.after(1) == set()


@pytest.mark.parametrize("how", ["replaced", "removed", "product deleted"])
def test_no_longer_in_use(shelf: Shelf, lamp: int, how: str) -> None:
    """An image that was replaced or removed, or whose product is gone, goes, once the grace is over."""
    old = shelf.illustrate(lamp, b"old")
    shelf.clock.now += 9 * blobs.GRACE
    left = set()
    if how == "replaced":
        left = {shelf.illustrate(lamp, b"new")}
    elif how == "removed":
        shelf.do(commands.remove_image(lamp, None))
    else:
        shelf.do(commands.remove_product(lamp, None))
    assert shelf.after(blobs.GRACE) == {old} | left
    assert shelf.after(1) == left


def test_uploaded_again(shelf: Shelf, lamp: int) -> None:
    """The same bytes, uploaded again when they were about to be swept, have a grace of their own."""
    shelf.keep(b"again")
    shelf.clock.now += blobs.GRACE + 1
    name = shelf.keep(b"again")
    assert shelf.after(0) == {name}
    assert shelf.after(blobs.GRACE - 1) == {name}
    shelf.do(commands.put_image(lamp, image(name), name, None))
    assert shelf.after(2 * blobs.GRACE) == {name}


@pytest.mark.parametrize("step", [blobs.claim, blobs.use])
def test_being_removed(shelf: Shelf, step: Callable[..., Awaitable[None]]) -> None:
    """While bytes are being removed, nobody can claim or use them; what a dead sweep left is removed by another."""
    name = shelf.keep(b"doomed")
    shelf.clock.now += blobs.GRACE + 1
    assert shelf.run(shelf.database.write(lambda unit: blobs.mark_for_deletion(unit, 10))) == [name]
    with pytest.raises(TandemError) as refused:
        shelf.run(shelf.database.write(lambda unit: step(unit, name)))
    assert refused.value.code == Code.UNAVAILABLE
    assert shelf.after(blobs.LEASE) == {name}
    assert shelf.after(1) == set()
    shelf.run(shelf.database.write(lambda unit: blobs.claim(unit, name)))


def test_used_without_a_claim(shelf: Shelf, lamp: int) -> None:
    """Nothing can refer to bytes that nobody claimed."""
    with pytest.raises(TandemError):
        shelf.do(commands.put_image(lamp, image("0" * 64), "0" * 64, None))


def test_variants(shelf: Shelf, lamp: int) -> None:
    """A variant stays with the image that it was made of, and goes after it."""
    source, small = shelf.illustrate(lamp, b"source"), shelf.keep(b"small")
    made = Stored(small, "image/webp", 5)
    for _ in range(2):
        shelf.run(shelf.database.write(lambda unit: images.add_rendition(unit, source, 160, made)))
    read = shelf.database.read
    assert shelf.run(read(lambda unit: images.rendition_of(unit, source, 160, "image/webp"))) == made
    assert shelf.run(read(lambda unit: images.rendition_of(unit, source, 320, "image/webp"))) is None
    assert shelf.after(2 * blobs.GRACE) == {source, small}
    shelf.do(commands.remove_image(lamp, None))
    assert shelf.after(blobs.GRACE + 1) == {small}
    assert shelf.after(blobs.GRACE + 1) == set()


def test_many(shelf: Shelf) -> None:
    """However many lie idle, all go, some at a time; those in use among them stay, and are not in the way."""
    files = [shelf.file(b"%d" % n) for n in range(230)]
    for file in files[:-2]:
        shelf.do(commands.remove_file(EVERYONE, file, None))
    shelf.file(b"0")
    assert shelf.after(blobs.GRACE + 1) == {sha(b"0"), sha(b"228"), sha(b"229")}


def test_image_is_an_edit(shelf: Shelf, lamp: int) -> None:
    """An image that is set or taken away counts as an edit of its product, and is told with it."""

    def told() -> tuple[Any, ...]:
        columns = ("image", "version", "updatedAt")
        return tuple(shelf.run(shelf.database.read(lambda unit: products.get(unit, lamp, columns))))[1:]

    assert told()[:2] == (None, 1)
    shelf.clock.now += 5
    name = shelf.illustrate(lamp, b"x")
    text, version, updated_at = told()
    assert images.parse_first_image(text) == (lamp, image(name))
    assert (version, updated_at) == (2, shelf.clock.now)
    shelf.do(commands.remove_image(lamp, None))
    assert told()[:2] == (None, 3)


@pytest.mark.parametrize("seed", range(3))
def test_races(shelf: Shelf, run: Run[Any], seed: int) -> None:
    """While the same bytes are stored, used, given up and swept at once, nothing ever loses them.

    The grace passes again and again, but never between an upload's claim and its use.
    """
    storage, database, chance = shelf.storage, shelf.database, Random(seed)
    claimed, removed, refused = 0, 0, 0
    shopping: asyncio.Future[Any]

    async def store(content: bytes) -> None:
        nonlocal claimed
        async with storage.blobs.writing() as writer:
            await writer.write(content)
            claimed += 1
            try:
                stored = Stored(await storage.keep(writer), "text/plain", len(content))
                file = (await database.write(commands.create_file(EVERYONE, "a.txt", stored).effect))["id"]
            finally:
                claimed -= 1
        await asyncio.sleep(chance.random() / 100)
        assert await storage.blobs.size(stored.sha256) == len(content)
        await database.write(commands.remove_file(EVERYONE, file, None).effect)

    async def customer() -> None:
        nonlocal refused
        for _ in range(25):
            try:
                await store(b"%d" % chance.randrange(3))
            except Unavailable:
                refused += 1

    async def sweep() -> None:
        nonlocal removed
        while not shopping.done():
            if not claimed:
                shelf.clock.now += blobs.GRACE + 1
            before = {name async for name in storage.blobs.names()}
            await storage.sweep()
            removed += len(before - {name async for name in storage.blobs.names()})

    async def all_at_once() -> list[Any]:
        nonlocal shopping
        shopping = asyncio.gather(*(customer() for _ in range(4)))
        await sweep()
        await shopping
        return [lost async for lost in file_check.lost_references(storage)]

    assert run(all_at_once()) == []
    assert removed > 0
    assert refused < 50
