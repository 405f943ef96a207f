"""Images as they arrive: a form is received, charged for, and its file stored before anything refers to it."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from starlette.requests import Request

from app.domain.catalogue.images import Image
from app.http import multipart
from app.media.product_images import ProductImages, TemporaryUpload, closing


class Received(NamedTuple):
    """A stored image, the SHA-256 of the bytes that it was made of, and the texts that came with it."""

    image: Image
    sha256: str
    texts: Mapping[str, str]


async def receive(request: Request, store: ProductImages, limit: int, texts: Collection[str] = ()) -> Received:
    """Store the image of a form; raises as `multipart.receive` and `ProductImages.keep`, and `rate_limited`."""
    scratch = TemporaryUpload()
    with closing(scratch.file):
        upload = await multipart.receive(request, scratch, limit, texts)
        await request.scope["state"]["budget"].charge_at_most(await store.points(scratch.file))
        return Received(await store.keep(scratch.file), scratch.sha256, upload.texts)
