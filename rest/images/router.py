"""The first image of a product: upload, download in several widths, and removal."""

from functools import partial
from typing import Annotated, Any

from pydantic import WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from app.domain import commands, visibility
from app.domain.catalogue import images
from app.domain.catalogue.images import OfProduct, Stored
from app.domain.errors import NotFound
from app.http import downloads
from app.http.downloads import IMMUTABLE, Content
from app.http.headers.accept import quality
from app.media import image_processing
from app.media.image_processing import MEDIA_TYPES
from app.media.image_urls import WIDTHS, content_id
from rest import conditional, negotiation, parameters
from rest.conditional import PRIVATE
from rest.dependencies import (
    CATALOG_WRITE,
    DOWNLOAD,
    Caller,
    Database,
    Idempotent,
    IfBytesMatch,
    Images,
    MaxUpload,
    ProductAddress,
    budget_of,
)
from rest.files.models import UPLOAD
from rest.files.models import downloads as download_responses
from rest.images.received import receive
from rest.models import string
from rest.openapi.problems import problems
from rest.parameters import parameter
from rest.products.models import Image
from rest.queries import Parameters, Query
from rest.rendering import encode, image_json
from rest.route import Router

router = Router("Products")
_PATH = "/products/{id}/image"
_STORED: dict[str, Any] = {
    "response_model": Image,
    "response_description": "The stored image.",
    "responses": {201: {"description": "The product had no image before."}},
    "openapi_extra": UPLOAD,
    "dependencies": [CATALOG_WRITE],
}

Width = Annotated[
    int,
    WithJsonSchema({"type": "integer", "format": "int32", "enum": list(WIDTHS)}),
    parameters.choice({str(width): width for width in WIDTHS}, f"one of {', '.join(map(str, WIDTHS))}"),
]


class ImageQuery(Query):
    """The parameters of an image."""

    width: Width | None = parameter(
        "Width", "The maximum width in pixels: sends a smaller rendition, as WebP if `Accept` names it.", 320
    )
    v: Annotated[str, string(1, 64), parameters.text(1, 64)] | None = parameter(
        "Content",
        "The hash from an image's `url`: selects that image and makes the response immutable. If the product no longer"
        " has it, the first image is sent.",
        "9c1185a5c5e9fc54",
    )


@router.get(
    _PATH,
    response_class=Response,
    response_description="The bytes of the image.",
    responses=download_responses(*MEDIA_TYPES.values(), headers=("ETag", "Accept-Ranges")) | problems("StorageFull"),
    dependencies=[DOWNLOAD],
)
async def get_product_image(
    request: Request,
    address: ProductAddress,
    query: Parameters[ImageQuery],
    store: Images,
    database: Database,
    caller: Caller,
) -> Response:
    """Sends the bytes of the first image, or of the image that `v` names, whole or in ranges; with `width` those of a
    smaller rendition. This costs no points, except for the first request for a rendition of a large image. The `url`
    in a product may be cached for ever, since every image has its own address, and anyone who knows it may read the
    image. Without `v`, the image of an inactive product needs the scope `catalog:write`.
    """
    image, status = await database.read(lambda unit: images.find(unit, address, query.v or ""))
    known = image is not None and query.v == content_id(image.sha256)
    if not (known or visibility.sees(caller, status)):
        raise NotFound("product")
    if image is None:
        raise NotFound("image")
    stored, headers = Stored(image.sha256, image.content_type, image.bytes), {}
    if query.width:
        media_type = _preferred(negotiation.header_text(b"accept", request) or "", image.content_type)
        charge = budget_of(request).charge_at_most
        stored, headers = await store.rendition(image, query.width, media_type, charge), {"vary": "Accept"}
    caching = IMMUTABLE if known else None if visibility.is_public(status) else PRIVATE[1].decode()
    content = Content(stored.sha256, stored.bytes, stored.content_type, caching, headers=headers)
    return downloads.answer(request, content, partial(store.storage.read, stored.sha256, what="image"))


@router.post(
    _PATH,
    name="upload_product_image",
    description="Replaces the product's first image as PUT does, for forms that cannot send PUT.",
    **_STORED,
)
@router.put(_PATH, **_STORED)
async def replace_product_image(
    request: Request,
    address: ProductAddress,
    store: Images,
    limit: MaxUpload,
    runner: Idempotent,
    if_match: IfBytesMatch = None,
) -> Response:
    """Replaces the product's first image, or adds one if it has none. The file is a JPEG, PNG, WebP or GIF; its name
    does not matter. The service encodes the image anew, upright and without metadata, and keeps the first frame of an
    animation. A JPEG of 25 to 250 megapixels is scaled down. This costs 1 point, and more for a large image: 4
    megapixels in 1 MB cost 1 point as a JPEG, 3 as a PNG and 5 as a WebP. It is an edit of the product.
    """
    image, digest, _ = await receive(request, store, limit)
    outcome = await runner.run(commands.put_image(address, image, digest, if_match))
    snapshot = dict(outcome.snapshot)
    created, product_id = snapshot.pop("created"), snapshot.pop("productId")
    of = OfProduct(product_id, images.Image(**snapshot))
    whole = conditional.Representation(encode(image_json(of)), of.image.tag)
    return conditional.written(outcome, whole, request.scope["path"] if created else None)


@router.delete(_PATH, status_code=204, response_description="The image is removed.", dependencies=[CATALOG_WRITE])
async def delete_product_image(address: ProductAddress, runner: Idempotent, if_match: IfBytesMatch = None) -> Response:
    """Removes the first image; the next one takes its place. This is an edit of the product."""
    return conditional.deleted(await runner.run(commands.remove_image(address, if_match)))


def _preferred(accept: str, own: str) -> str:
    """The media type of a rendition: WebP if `Accept` names it and does not prefer the image's own type."""
    named = image_processing.WEBP in accept.lower()
    webp = quality(accept, image_processing.WEBP)
    return image_processing.WEBP if named and 0 < webp >= quality(accept, own) else own
