"""Absolute URLs of a product's page and images."""

from collections.abc import Callable
from typing import NamedTuple

from app.domain.bulk.listings import Listing, Sold


class Addresses(NamedTuple):
    """URLs that begin with `base`; `image_path` returns the path of a product's image by its SHA-256."""

    base: str
    image_path: Callable[[int, str], str]

    def page(self, listing: Listing) -> str:
        """The address of a product's page in the shop."""
        return f"{self.base}/shop?product={listing.id}"

    def image(self, listing: Listing, sha256: str) -> str:
        """The address of an image of a product."""
        return self.base + self.image_path(listing.id, sha256)

    def images(self, listing: Listing, sold: Sold) -> list[str]:
        """The URLs of a product's images, the variant's image first."""
        names = [sold.image, *listing.images] if sold.image else listing.images
        return [self.image(listing, sha256) for sha256 in dict.fromkeys(names)]
