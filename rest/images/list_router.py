"""The images of a product: add, reorder, describe and remove; each change is an edit of the product."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from app.domain import commands, etags, visibility
from app.domain.addresses import Address
from app.domain.catalogue import image_lists, images, products
from app.domain.catalogue.image_lists import NewImage
from app.domain.errors import NotFound
from app.domain.idempotency import Outcome
from rest import conditional
from rest.dependencies import (
    CATALOG_WRITE,
    Conditions,
    Idempotent,
    IfMatch,
    ImageId,
    Images,
    MaxUpload,
    ProductAddress,
    ReadConditions,
)
from rest.images.models import FORM_OF_IMAGE, ImageOrder, ImagePatch, ProductImages
from rest.images.received import receive
from rest.models import Members
from rest.openapi.problems import problems
from rest.products.models import ProductImage
from rest.reads import CatalogueReads, Reads
from rest.rendering import encode, images_json, listed
from rest.route import Router

router = Router("Products")
_LIST, _ITEM = "/products/{id}/images", "/products/{id}/images/{imageId}"
_COLUMNS = ("images", "version", "status")


@router.get(_LIST, response_model=ProductImages, response_description="The images.")
async def list_product_images(address: ProductAddress, conditions: Conditions, reads: CatalogueReads) -> Response:
    """Lists the product's images, at most 20, in order; the first one is the product's `image`. The entity tag depends
    on the version of the product, as that of each image does.
    """
    return await _shown(address, conditions, reads, _list)


@router.post(
    _LIST,
    status_code=201,
    response_model=ProductImage,
    response_description="The stored image.",
    responses=problems("Conflict"),
    openapi_extra=FORM_OF_IMAGE,
    dependencies=[CATALOG_WRITE],
)
async def add_product_image(
    request: Request,
    address: ProductAddress,
    store: Images,
    limit: MaxUpload,
    runner: Idempotent,
    if_match: IfMatch = None,
) -> Response:
    """Adds an image at the end of the list, with an alternative text if the form has a field `alt`. It is processed
    like an image at `/products/{id}/image`, and costs the same.
    """
    image, digest, texts = await receive(request, store, limit, ("alt",))
    attached = NewImage(image, image_lists.read_alt(texts) or "")
    outcome = await runner.run(commands.attach_image(address, attached, digest, if_match))
    return _image(outcome, f"{request.scope['path']}/{outcome.snapshot['imageId']}")


@router.put(
    _LIST, response_model=ProductImages, response_description="The images in their order.", dependencies=[CATALOG_WRITE]
)
async def set_product_images(
    address: ProductAddress, body: Members[ImageOrder], runner: Idempotent, if_match: IfMatch = None
) -> Response:
    """Sets the order and the alternative texts of the product's images. Omitted images are removed: send `If-Match` so
    that you do not remove an image that was added meanwhile.
    """
    outcome = await runner.run(commands.set_images(address, image_lists.read_order(body), if_match))
    return _written(outcome, _list(outcome.snapshot["images"]))


@router.get(_ITEM, response_model=ProductImage, response_description="The image.")
async def get_listed_image(
    address: ProductAddress, image_id: ImageId, conditions: Conditions, reads: CatalogueReads
) -> Response:
    """Gets an image of the product as JSON; its `url` has the bytes."""
    return await _shown(address, conditions, reads, lambda text: _one(text, image_id))


@router.patch(_ITEM, response_model=ProductImage, response_description="The image.", dependencies=[CATALOG_WRITE])
async def update_listed_image(
    address: ProductAddress, image_id: ImageId, body: Members[ImagePatch], runner: Idempotent, if_match: IfMatch = None
) -> Response:
    """Changes the image's alternative text (RFC 7396, JSON merge patch)."""
    command = commands.describe_image(address, image_id, image_lists.read_alt(body), if_match)
    return _image(await runner.run(command))


@router.delete(_ITEM, status_code=204, response_description="The image is removed.", dependencies=[CATALOG_WRITE])
async def remove_listed_image(
    address: ProductAddress, image_id: ImageId, runner: Idempotent, if_match: IfMatch = None
) -> Response:
    """Removes the image from the list."""
    return conditional.deleted(await runner.run(commands.detach_image(address, image_id, if_match)))


async def _shown(address: Address, conditions: ReadConditions, reads: Reads, body: Callable[[str], bytes]) -> Response:
    """The answer to a GET with a body that is made from the images of a product."""

    async def make() -> conditional.Representation:
        _, text, version, status = await reads.database.read(
            lambda unit: products.get(unit, address, _COLUMNS, everything=reads.everything)
        )
        private = not visibility.is_public(status)
        return conditional.versioned(etags.State(version, ""), body(text), private=private)

    return conditional.answer(conditions, await reads.get(make))


def _image(outcome: Outcome, location: str | None = None) -> Response:
    snapshot = outcome.snapshot
    return _written(outcome, _one(snapshot["images"], snapshot["imageId"]), location)


def _written(outcome: Outcome, body: bytes, location: str | None = None) -> Response:
    shown = conditional.versioned(etags.State(outcome.snapshot["version"], ""), body)
    return conditional.written(outcome, shown, location)


def _list(text: str) -> bytes:
    return encode({"images": images_json(text)})


def _one(text: str, image_id: int) -> bytes:
    """The image of an id in a product's list; raises `NotFound`."""
    for one in images.read_list(text):
        if one.id == image_id:
            return encode(listed(one))
    raise NotFound("image")
