"""The bytes of product images: made anew before they are stored, and in smaller makes when those are asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from io import BytesIO
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import IO

from app import pictures
from app.domain import commands, images
from app.domain.errors import StorageFull
from app.domain.images import Image, Stored
from app.picture_pool import PicturePool, SingleFlight
from app.storage import Storage
from app.stores.blobs import CHUNK, FULL, in_thread


class Scratch:
    """A file for the bytes of an upload, which is gone when it is closed; small ones never leave memory."""

    def __init__(self) -> None:
        self.file: IO[bytes] = SpooledTemporaryFile(CHUNK)  # noqa: SIM115 - closed by whoever has it
        self._hash = sha256()

    async def write(self, chunk: bytes) -> None:
        """Add some bytes. Raises `StorageFull`."""
        self._hash.update(chunk)
        await in_thread(lambda: self.file.write(chunk))

    @property
    def sha256(self) -> str:
        """The hash of the bytes, in hexadecimal."""
        return self._hash.hexdigest()


@contextmanager
def working(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Close a file after work on it; a full disk, of which closing it may tell again, is `StorageFull`."""
    try:
        with file:
            yield file
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull from error
        raise


class ProductImages:
    """Stores images, and makes variants of them, each once."""

    def __init__(self, storage: Storage, pool: PicturePool) -> None:
        self.storage, self._pool, self._once = storage, pool, SingleFlight()

    async def keep(self, source: IO[bytes]) -> Image:
        """Store what an image shows, encoded anew; raises as `pictures.remake` does."""
        with working(TemporaryFile()) as target:
            picture = await self._pool.run(lambda: pictures.remake(source, target))
            stored = await self._store(target, picture.media_type)
        return Image(stored.sha256, picture.media_type, picture.width, picture.height, stored.bytes)

    async def give(self, product_id: int, content: bytes) -> None:
        """Give a product the image that these bytes are, whatever image it has."""
        image = await self.keep(BytesIO(content))
        command = commands.put_image(product_id, image, image.sha256, None)
        await self.storage.database.write(command.effect)

    async def variant(self, image: Image, width: int, content_type: str) -> Stored:
        """The image, at most so many pixels wide, in its own media type or another."""
        if width >= image.width and content_type == image.content_type:
            return Stored(image.sha256, image.content_type, image.bytes)
        found = partial(images.variant_of, source=image.sha256, width=width, content_type=content_type)
        read = self.storage.database.read
        made = await read(found)
        if made is None:
            name = f"{image.sha256} {width} {content_type}"
            await self._once(name, lambda: self._make(image.sha256, width, content_type))
            made = await read(found)
        assert made is not None  # noqa: S101 - it was made, or making it failed
        return made

    async def _make(self, source: str, width: int, content_type: str) -> None:
        with working(TemporaryFile()) as file:
            async for chunk in self.storage.blobs.read(source):
                await in_thread(lambda piece=chunk: file.write(piece))  # type: ignore[misc]
            content = await self._pool.run(lambda: pictures.variant(file, width, content_type))
        stored = await self._store(BytesIO(content), content_type)
        await self.storage.database.write(lambda unit: images.add_variant(unit, source, width, stored))

    async def _store(self, file: IO[bytes], content_type: str) -> Stored:
        await in_thread(lambda: file.seek(0))  # which writes what is buffered
        async with self.storage.blobs.writing() as writer:
            while chunk := await in_thread(lambda: file.read(CHUNK)):
                await writer.write(chunk)
            return Stored(await self.storage.keep(writer), content_type, file.tell())
