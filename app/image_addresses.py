"""Where the image of a product is: an address that names its content, so that it may be kept for ever."""

from urllib.parse import urlencode

from app.domain.images import OfProduct

WIDTHS = (160, 320, 640, 1280)
"""Of the variants, in pixels."""
_DIGITS = 16
"""Of the SHA-256: enough to tell the images that one product ever had from one another."""


def address(of: OfProduct, width: int | None = None) -> str:
    """The address of an image, or of its variant in a width, as a path on this host."""
    size = {} if width is None else {"width": width}
    return f"/v2/products/{of.product_id}/image?{urlencode({'v': mark(of.image.sha256), **size})}"


def mark(sha256: str) -> str:
    """What stands for the content in an address."""
    return sha256[:_DIGITS]
