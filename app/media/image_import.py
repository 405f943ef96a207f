"""The images of imported products: fetched after the import, and put before the present images.

An image that cannot be fetched is reported; the next import of the same file tries it again, and only that.
"""

import asyncio
from collections.abc import Callable, Mapping

from app.bulk.import_options import ImageUrl
from app.bulk.pending_images import Pending, PendingImages
from app.domain.addresses import OwnKey
from app.domain.catalogue import image_lists, image_sources
from app.domain.catalogue.image_lists import NewImage
from app.domain.catalogue.images import Listed
from app.domain.errors import Conflict, NotFound
from app.domain.unit_of_work import Database
from app.media.image_downloads import ImageDownloads, ImageFetchError

_PRODUCTS_AT_ONCE = 4

Warn = Callable[[int, int, str], None]
"""Called for an image that cannot be fetched, with its line, its index in the line, and the reason."""


class ImageImport:
    """Fetches and counts pending images, for some products at once."""

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
        found: dict[str, NewImage] = {}
        for index, image in enumerate(pending.images.urls):
            if attached := await self._image(pending.line, index, image, known):
                found[image.url] = attached
        places = {url: place for place, url in enumerate(found)}
        own = {sku: places[url] for sku, url in pending.images.of_variants.items() if url in places}
        images = list(found.values())
        try:
            await self._database.write(lambda unit: image_lists.attach_all(unit, address, images, own))
        except (Conflict, NotFound) as error:  # the product has changed or gone meanwhile
            self._warn(pending.line, 0, error.message)

    async def _image(self, line: int, index: int, image_url: ImageUrl, known: Mapping[str, Listed]) -> NewImage | None:
        """The product's image from this URL, or a newly fetched one; `None` if it cannot be fetched."""
        if had := known.get(image_url.url):
            self.known += 1
            return NewImage(had.image, image_url.alt or had.alt, image_url.url)
        try:
            image = await self._downloads.fetch(image_url.url)
        except ImageFetchError as problem:
            self._warn(line, index, f"{image_url.url} cannot be fetched: {problem}.")
            return None
        self.fetched += 1
        return NewImage(image, image_url.alt, image_url.url)
