"""URLs of product images: each names its content, so that caches may keep the answer for ever."""

from urllib.parse import urlencode

from app.domain.catalogue.images import OfProduct
from app.http.public_paths import public

WIDTHS = (160, 320, 640, 1280)
"""The widths of the renditions, in pixels."""
_DIGITS = 16
"""Hexadecimal digits of the SHA-256: enough to distinguish all images of a product."""


def address(of: OfProduct, width: int | None = None) -> str:
    """The URL of an image, or of its rendition with this width, as an absolute path."""
    return public(path(of.product_id, of.image.sha256, width))


def path(product_id: int, sha256: str, width: int | None = None) -> str:
    """The path of an image of a product below the service's own address."""
    size = {} if width is None else {"width": width}
    return f"/v2/products/{product_id}/image?{urlencode({'v': content_id(sha256), **size})}"


def content_id(sha256: str) -> str:
    """The part of a hash that identifies the content in a URL."""
    return sha256[:_DIGITS]
