"""Images of products over REST: given by upload, shown in any width that there are variants of, and taken away."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from app import downloads, pictures, uploads
from app.domain import commands, images
from app.domain.idempotency import Once
from app.domain.images import Image, OfProduct, Stored
from app.downloads import IMMUTABLE, REVALIDATED, Thing
from app.image_addresses import WIDTHS, mark
from app.product_images import ProductImages, Scratch, working
from rest import negotiation, parameters, writes
from rest.conditional import Tagged
from rest.parameters import Parameter
from rest.rendering import encode, shown
from rest.route import path_id
from rest.shapes import integer, string

WIDTH = Parameter(
    "Width",
    "width",
    "For a smaller make of it, at most so many pixels wide; as WebP where `Accept` names that.",
    integer(min(WIDTHS), max(WIDTHS)) | {"enum": list(WIDTHS)},
    parameters.choice({str(width): width for width in WIDTHS}),
    example=320,
)
CONTENT = Parameter(
    "Content",
    "v",
    "The content that is meant, as an image's `url` has it: where it is the present one, it may be kept for ever.",
    string(1, 64),
    parameters.text(1, 64),
    example="9c1185a5c5e9fc54",
)
_TABLE = parameters.table(WIDTH, CONTENT)


class Images:
    """The endpoints of images."""

    def __init__(self, once: Once, store: ProductImages, limit: int) -> None:
        self.once, self.database, self._store, self._limit = once, once.database, store, limit

    async def put(self, request: Request) -> Response:
        """PUT and POST /products/{id}/image."""
        asked = negotiation.unquestioned(request)
        identity = path_id(request, "product")
        scratch = Scratch()
        with working(scratch.file):
            await uploads.receive(request, scratch, self._limit)
            image = await self._store.keep(scratch.file)
        command = commands.put_image(identity, image, scratch.sha256, asked.if_match)
        outcome = await writes.run(self.once, request, command)
        given = dict(outcome.snapshot)
        created, product_id = given.pop("created"), given.pop("productId")
        of = OfProduct(product_id, Image(**given))
        location = request.scope["path"] if created else None
        answer = Tagged(201 if created else 200, of.image.tag, encode(shown(of)), location=location)
        return writes.marked(answer, outcome)

    async def read(self, request: Request) -> Response:
        """GET /products/{id}/image."""
        query = parameters.read(request.scope["query_string"], _TABLE).values
        identity = path_id(request, "product")
        image = await self.database.read(lambda unit: images.get(unit, identity))
        stored, headers = Stored(image.sha256, image.content_type, image.bytes), {}
        if width := query.get("width"):
            media_type = _welcome(negotiation.undemanding(request).accept or "", image.content_type)
            stored, headers = await self._store.variant(image, width, media_type), {"vary": "Accept"}
        caching = IMMUTABLE if query.get("v") == mark(image.sha256) else REVALIDATED
        thing = Thing(stored.sha256, stored.bytes, stored.content_type, caching, headers=headers)
        return downloads.answer(request, thing, partial(self._store.storage.blobs.read, stored.sha256))

    async def delete(self, request: Request) -> Response:
        """DELETE /products/{id}/image."""
        asked = negotiation.unquestioned(request)
        command = commands.remove_image(path_id(request, "product"), asked.if_match)
        return writes.gone(await writes.run(self.once, request, command))


def _welcome(accept: str, own: str) -> str:
    """The media type of a variant: WebP for those who name it and do not like the image's own one more."""
    named = pictures.WEBP in accept.lower()
    webp = negotiation.quality(accept, pictures.WEBP)
    return pictures.WEBP if named and 0 < webp >= negotiation.quality(accept, own) else own
