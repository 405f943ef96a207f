"""The images of a product in GraphQL."""

from collections.abc import Callable
from typing import Annotated, Any

import strawberry

from app.domain import file_models
from app.domain.catalogue import images
from app.domain.errors import FieldError, Invalid
from app.media.image_urls import WIDTHS, address
from schema.execution.type_mapping import (
    Arguments,
    EmbeddedList,
    EmbeddedObject,
    Leaf,
    LeafWithArguments,
    ObjectType,
    Source,
)
from schema.types import nodes
from schema.types.scalars import Long

Width = Annotated[
    int | None,
    strawberry.argument(description=f"The width of a smaller rendition in pixels: {', '.join(map(str, WIDTHS))}."),
]


@strawberry.type(description="An image of a product.")
class Image:
    content_type: str = strawberry.field(description="Its media type.")
    width: int = strawberry.field(description="In pixels.")
    height: int = strawberry.field(description="In pixels.")
    bytes: int = strawberry.field(description="Its size.")

    @strawberry.field(description="The path of the image on this host.")
    def url(self, width: Width = None) -> str: ...


@strawberry.type(description="An image in a product's list.")
class ProductImage(Image):
    id: strawberry.ID = strawberry.field(description="The global id, unique across all types.")
    image_id: Long = strawberry.field(description="Its id in REST, never reused.")
    alt: str = strawberry.field(description="The alternative text: what it shows, in one line; may be empty.")


def _image(text: str | None) -> dict[str, Any] | None:
    """The columns of an image."""
    if text is None:
        return None
    of = images.parse_first_image(text)
    return {"of": of, **of.image._asdict()}


def _images(text: str | None) -> list[dict[str, Any]]:
    """The columns of the images of a product; outcomes of older releases have none."""
    return [
        {"id": one.id, "alt": one.alt, "of": images.OfProduct(one.product_id, one.image), **one.image._asdict()}
        for one in images.read_list(text or "[]")
    ]


def _url(args: Arguments) -> Callable[[images.OfProduct], str]:
    """Returns the function that makes the URL of an image; raises `Invalid` for a width without a rendition."""
    width = args.get("width")
    if width is not None and width not in WIDTHS:
        widths = ", ".join(map(str, WIDTHS))
        raise Invalid([FieldError(("width",), f"`width` must be one of {widths}.")])
    return lambda of: address(of, width)


_IMAGE: dict[str, Source] = {
    "url": LeafWithArguments(("of",), _url),
    "contentType": Leaf(("content_type",)),
    "width": Leaf(("width",)),
    "height": Leaf(("height",)),
    "bytes": Leaf(("bytes",)),
}
_LISTED: dict[str, Source] = {
    "id": Leaf(("id",), nodes.encoder("ProductImage")),
    "imageId": Leaf(("id",)),
    "alt": Leaf(("alt",), size=4 * file_models.MAX_ALT),
}

IMAGE = EmbeddedObject(ObjectType("Image", _IMAGE), ("image",), _image)
IMAGES = EmbeddedList(ObjectType("ProductImage", _IMAGE | _LISTED), ("images",), _images, file_models.MAX_IMAGES)
