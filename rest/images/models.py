"""The models of a product's list of images."""

from typing import Annotated, Any

from pydantic import Field

from app.domain import file_models
from app.http.multipart import MEDIA_TYPE as FORM
from rest.files.models import Upload
from rest.models import Id, Input, Model, Partial, example
from rest.products.models import LISTED, AlternativeText, ImageList


class ProductImages(Model):
    """The images of a product, in order."""

    model_config = example({"images": [LISTED]})
    images: ImageList = Field(description="The images; the first one is the product's `image`.")


class ImagePatch(Partial, Input):
    """A merge patch (RFC 7396) of an image: null removes the alternative text."""

    model_config = example({"alt": "The headphones, folded"})
    alt: AlternativeText | None = Field(description="The alternative text; null removes it.")


class PlacedImage(ImagePatch):
    """An image of the product; without `alt` it keeps its alternative text."""

    model_config = example({"id": 41})
    id: Id = Field(description="The image's id.")


class ImageOrder(Input):
    """The new list of a product's images, in order."""

    model_config = example({"images": [{"id": 42}, {"id": 41, "alt": "The headphones, folded"}]})
    images: Annotated[list[PlacedImage], Field(max_length=file_models.MAX_IMAGES)] = Field(
        description="Images of the product; omitted images are removed."
    )


class ImageUpload(Upload):
    """A form with an image."""

    alt: AlternativeText = Field("", description="The alternative text: what the image shows, in one line.")


FORM_OF_IMAGE: dict[str, Any] = {
    "requestBody": {"required": True, "content": {FORM: {"schema": {"$ref": "#/components/schemas/ImageUpload"}}}}
}
"""The body of an operation that streams an image."""
