"""The images of imported products: fetched once the products have landed, and put in front of those that they have.

An image that cannot be fetched is reported; the next import of the same file tries it again, and only that.
"""

import asyncio
from collections.abc import Callable, Mapping

from app.bulk.import_options import ImageUrl
from app.bulk.pending_images import Pending, PendingImages
from app.domain.addresses import OwnKey
from app.domain.catalogue import image_lists, image_sources
from app.domain.catalogue.image_lists import Attached
from app.domain.catalogue.images import Listed
from app.domain.errors import Conflict, NotFound
from app.domain.unit_of_work import Database
from app.media.image_downloads import ImageDownloads, NotFetched

_PRODUCTS_AT_ONCE = 4

Warn = Callable[[int, int, str], None]
"""Called for an image that cannot be fetched, with the line that names it, its place there, and the reason."""


class ImageImport:
    """Fetches what is pending, some products at once, and counts it."""

    def __init__(self, database: Database, downloads: ImageDownloads, warn: Warn) -> None:
        self._database, self._downloads, self._warn = database, downloads, warn
        self.fetched = self.known = 0

    async def run(self, pending: PendingImages) -> None:
        """Fetch all images, and give them to their products."""
        for batch in pending.batches(_PRODUCTS_AT_ONCE):
            await asyncio.gather(*map(self._product, batch))

    async def _product(self, pending: Pending) -> None:
        address = OwnKey("sku", pending.sku)
        known = await self._database.read(lambda unit: image_sources.fetched(unit, address))
        found: list[Attached] = []
        for index, image in enumerate(pending.images.urls):
            if attached := await self._image(pending.line, index, image, known):
                found.append(attached)
        try:
            await self._database.write(lambda unit: image_lists.attach_all(unit, address, found))
        except (Conflict, NotFound) as error:  # the product has changed or gone meanwhile
            self._warn(pending.line, 0, error.message)

    async def _image(self, line: int, index: int, wanted: ImageUrl, known: Mapping[str, Listed]) -> Attached | None:
        """An image that the product has from this address already, or that is fetched now; None if neither."""
        if had := known.get(wanted.url):
            self.known += 1
            return Attached(had.image, wanted.alt or had.alt, wanted.url)
        try:
            image = await self._downloads.fetch(wanted.url)
        except NotFetched as problem:
            self._warn(line, index, f"{wanted.url} cannot be fetched: {problem}.")
            return None
        self.fetched += 1
        return Attached(image, wanted.alt, wanted.url)
