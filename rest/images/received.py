"""Uploads of images: receive a form, charge for it, and store its file before a row refers to it."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from starlette.requests import Request

from app.domain.catalogue.images import Image
from app.http import bodies, multipart
from app.media.product_images import ProductImages, TemporaryUpload, closing
from app.rate_limiting import costs
from rest.dependencies import budget_of


class Received(NamedTuple):
    """A stored image, the SHA-256 of the uploaded bytes, and the other fields of the form."""

    image: Image
    sha256: str
    texts: Mapping[str, str]


async def receive(request: Request, store: ProductImages, limit: int, texts: Collection[str] = ()) -> Received:
    """Store the image of a form; raises as `multipart.receive` and `ProductImages.keep`, and `rate_limited`."""
    scratch, budget = TemporaryUpload(), budget_of(request)
    await budget.charge_at_most(costs.file_points(min(limit, bodies.declared_length(request, limit))))
    with closing(scratch.file):
        upload = await multipart.receive(request, scratch, limit, texts)
        await budget.charge_at_most(await store.points(scratch.file))
        return Received(await store.keep(scratch.file), scratch.sha256, upload.texts)
