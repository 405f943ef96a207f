"""What can be done with the images of products, as the contract says it."""

from collections.abc import Sequence

from app.domain.callers import Scope
from app.pictures import MEDIA_TYPES
from app.uploads import MEDIA_TYPE
from rest.images import CONTENT, WIDTH, Images
from rest.operations import DOWNLOADING, IF_BYTES_MATCH, OF_DOWNLOADS, READING, UPLOADING, Operation
from rest.product_parameters import PRODUCT_ID

_TAG = "Products"
_PATH = "/products/{id}/image"


def operations(of: Images) -> Sequence[Operation]:
    """What can be done with images, in the order of the contract."""
    return (
        Operation(
            *("GET", _PATH, of.read, "getProductImage", _TAG, "Get the image of a product"),
            "Its bytes, whole or in ranges, or with `width` a smaller make of it. The rate limit does not count them."
            " The `url` that a product shows may be kept for ever: another image has another one.",
            "The bytes of the image.",
            headers=("ETag", "Caching", "Vary", "Accept-Ranges"),
            downloads=tuple(MEDIA_TYPES.values()),
            parameters=(PRODUCT_ID, WIDTH, CONTENT, *OF_DOWNLOADS),
            refusals=(*DOWNLOADING, "StorageFull"),
        ),
        _putting(of, "PUT", "replaceProductImage", "Set the image of a product"),
        _putting(of, "POST", "uploadProductImage", "Upload the image of a product"),
        Operation(
            *("DELETE", _PATH, of.delete, "deleteProductImage", _TAG, "Remove the image of a product"),
            "Takes the image away. It is an edit of the product.",
            "It is gone.",
            status=204,
            headers=(),
            parameters=(PRODUCT_ID, IF_BYTES_MATCH),
            refusals=(*READING, "PreconditionFailed", "NotFound"),
            scope=Scope.CATALOG_WRITE,
        ),
    )


def _putting(of: Images, method: str, identity: str, summary: str) -> Operation:
    """PUT, and POST for clients whose forms know nothing else."""
    return Operation(
        *(method, _PATH, of.put, identity, _TAG, summary),
        "Gives the product an image, in place of the one that it has: JPEG, PNG, WebP or GIF, whatever the file is"
        " named. It is encoded anew, upright, without metadata; of an animation the first frame is kept. It is an edit"
        " of the product.",
        "The image, as it was stored.",
        answer="Image",
        creates=True,
        body="Upload",
        takes=MEDIA_TYPE,
        parameters=(PRODUCT_ID, IF_BYTES_MATCH),
        refusals=(*UPLOADING, "NotFound", "PreconditionFailed"),
        scope=Scope.CATALOG_WRITE,
    )
