"""Product images: encoded anew before they are stored; renditions are made on first request."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from io import SEEK_END, BytesIO
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import IO

from app.domain.catalogue import images
from app.domain.catalogue.images import Image, Stored
from app.domain.errors import StorageFull
from app.media import image_processing
from app.media.blob_storage import Storage
from app.media.image_pool import ImagePool, SingleFlight
from app.rate_limiting import costs
from app.stores.blobs import CHUNK
from app.stores.local_blobs import FULL, in_thread

Charge = Callable[[int], Awaitable[None]]
"""Charges the caller points."""


class TemporaryUpload:
    """A temporary file for the bytes of an upload; small ones stay in memory."""

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
def closing(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Close a file after work on it; a full disk is `StorageFull`, also if closing the file reports it again."""
    try:
        with file:
            yield file
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull from error
        raise


class ProductImages:
    """Stores images and makes each rendition of them once."""

    def __init__(self, storage: Storage, pool: ImagePool) -> None:
        self.storage, self._pool, self._flights = storage, pool, SingleFlight()

    async def points(self, source: IO[bytes]) -> int:
        """The points that `keep` costs, by the image's header and size; raises as `image_processing.measure` does."""
        measured = await self._pool.run(lambda: image_processing.measure(source))
        size = await in_thread(lambda: source.seek(0, SEEK_END))
        return costs.image_points(image_processing.MEDIA_TYPES[measured.format], measured.pixels, size)

    async def keep(self, source: IO[bytes]) -> Image:
        """Store an image, encoded anew; raises as `image_processing.reencode` does."""
        with closing(TemporaryFile()) as target:
            picture = await self._pool.run(lambda: image_processing.reencode(source, target))
            stored = await self._store(target, picture.media_type)
        return Image(stored.sha256, picture.media_type, picture.width, picture.height, stored.bytes)

    async def rendition(self, image: Image, width: int, content_type: str, charge: Charge) -> Stored:
        """The image, at most `width` pixels wide, as `content_type`; only the first request for it is charged."""
        if width >= image.width and content_type == image.content_type:
            return Stored(image.sha256, image.content_type, image.bytes)
        found = partial(images.rendition_of, source=image.sha256, width=width, content_type=content_type)
        read = self.storage.database.read
        made = await read(found)
        if made is None:
            name = f"{image.sha256} {width} {content_type}"
            if name not in self._flights:
                pixels = image.width * image.height
                target = pixels * min(width, image.width) ** 2 // image.width**2
                await charge(costs.rendition_points(image.content_type, pixels, image.bytes, content_type, target))
            await self._flights(name, lambda: self._make(image.sha256, width, content_type))
            made = await read(found)
        assert made is not None  # noqa: S101 - it was made, or making it failed
        return made

    async def _make(self, source: str, width: int, content_type: str) -> None:
        with closing(TemporaryFile()) as file:
            async for chunk in self.storage.read(source, what="image"):
                await in_thread(lambda piece=chunk: file.write(piece))  # type: ignore[misc]
            content = await self._pool.run(lambda: image_processing.rendition(file, width, content_type))
        stored = await self._store(BytesIO(content), content_type)
        await self.storage.database.write(lambda unit: images.add_rendition(unit, source, width, stored))

    async def _store(self, file: IO[bytes], content_type: str) -> Stored:
        await in_thread(lambda: file.seek(0))  # which writes what is buffered
        async with self.storage.blobs.writing() as writer:
            while chunk := await in_thread(lambda: file.read(CHUNK)):
                await writer.write(chunk)
            return Stored(await self.storage.keep(writer), content_type, file.tell())
