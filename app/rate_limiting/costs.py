"""Costs: the points of the rate limit that a request costs. REST and GraphQL describe what they read by `Selected`.

A point pays for a weight of 100. Each node weighs 1, every 20 values weigh 1, each scan weighs 100.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.domain.files import resumable
from app.domain.pagination import paging
from app.domain.pagination.paging import Filter, Listing

WEIGHT_OF_POINT = 100
VALUES_OF_WEIGHT = 20
WEIGHT_OF_SCAN = 100
LIST = 5
"""The nodes of a list that is no connection, such as tags, options, images and order lines, with any bound."""
VARIANTS = 20
"""The nodes of a list of variants that is no connection."""
FEED = 20
"""The points of a feed of the whole catalogue, which anyone may fetch, however small it is."""
BYTES_OF_POINT = 512 * 1024
"""The bytes of an export or a feed that a point pays for: to make them takes 20 to 50 ms."""
REFERENCE = 1
"""The nodes of one object."""


MAX_BYTES = paging.MAX_BYTES


class Selected(NamedTuple):
    """What a request selects at one place: a connection, another list, or one object.

    `nodes` are those below each parent: the page size of a connection, else `LIST`, `VARIANTS` or `REFERENCE`.
    `leaves` are selected on each node (and on its edge), `list_leaves` once on the list (its page info and count).
    `scans` are the list's counts, searches and filters without an index. Aliases count each time.
    """

    nodes: int = REFERENCE
    leaves: int = 0
    list_leaves: int = 0
    scans: int = 0
    below: Sequence["Selected"] = ()


class Work(NamedTuple):
    """The nodes, values and scans of a request, each times the number of nodes above it."""

    nodes: int = 0
    values: int = 0
    scans: int = 0

    @property
    def weight(self) -> int:
        """The weight of the request."""
        return self.nodes + self.values // VALUES_OF_WEIGHT + self.scans * WEIGHT_OF_SCAN


def work(selected: Iterable[Selected], times: int = 1) -> Work:
    """The work of selections that each of `times` nodes has."""
    nodes = values = scans = 0
    for one in selected:
        own = times * one.nodes
        inner = work(one.below, own)
        nodes += own + inner.nodes
        values += own * one.leaves + times * one.list_leaves + inner.values
        scans += times * one.scans + inner.scans
    return Work(nodes, values, scans)


def points(weight: int, mutations: int = 0) -> int:
    """The points of a request of a weight, and of so many mutation fields."""
    return max(1, -(-weight // WEIGHT_OF_POINT)) + max(0, mutations - 1)


def price(*selected: Selected) -> int:
    """The points of a request that reads this."""
    return points(work(selected).weight)


def facets(count: int, leaves: int) -> Selected:
    """So many facets of a list, each of which counts the list, and has so many leaves."""
    return Selected(0, list_leaves=count * leaves, scans=count)


def scans(listing: Listing, filter_: Filter, *, counted: bool = False) -> int:
    """The scans of a list: one for its count, and one for each search and each filter without an index."""
    return counted + len(listing.unindexed & filter_.values("sqlite").keys())


OPERATIONS_OF_POINT = 10
VARIANTS_OF_POINT = 500
BATCH_BYTES_OF_POINT = 16 * 1024
"""The bytes of a batch whose words 60 ms of CPU index; those of Chinese text take most."""
"""The variants of products that 60 ms of CPU read, compare and write."""


PRODUCTS_OF_POINT = 6_000
"""The products that 60 ms of CPU take out of a category that is deleted."""


def deletion_points(products: int) -> int:
    """The points that deleting a category of so many products costs besides its entry."""
    return products // PRODUCTS_OF_POINT


def batch_points(operations: int, variants: int = 0, size: int = 0) -> int:
    """The points of a batch of so many operations and bytes, on products that have so many variants together."""
    bounds = ((operations, OPERATIONS_OF_POINT), (variants, VARIANTS_OF_POINT), (size, BATCH_BYTES_OF_POINT))
    return max(-(-amount // of_point) for amount, of_point in bounds)


FILE_BYTES_OF_POINT = 6 * 2**20
"""The bytes that 60 ms of CPU receive, hash and store."""


def file_points(size: int) -> int:
    """The points that storing a file of so many bytes at once costs besides its entry."""
    return size // FILE_BYTES_OF_POINT


DOWNLOAD_BYTES_OF_POINT = 24 * 2**20
"""The bytes of a file that 60 ms of CPU read and send."""


def download_points(size: int) -> int:
    """The points that sending so many bytes of a file costs besides the entry."""
    return size // DOWNLOAD_BYTES_OF_POINT


UPLOAD_BYTES_OF_POINT = 512 * 1024
"""The bytes of a resumable upload that 10 ms of CPU store, join and hash; 40 ms are left for parts of 64 KiB."""
_REQUESTS, _REQUESTS_OF_POINT = 10, 8
DEFERRED_BYTES = 20 * 2**20
"""An upload whose length is deferred pays for as many requests as one of so many bytes."""


def upload_points(size: int) -> int:
    """The points that the creation of a resumable upload of so many bytes costs besides its entry."""
    return size // UPLOAD_BYTES_OF_POINT


def upload_requests(size: int) -> int:
    """The requests an hour that the creation of an upload pays for; each takes 5 ms of CPU besides its bytes."""
    return _REQUESTS + _REQUESTS_OF_POINT * upload_points(DEFERRED_BYTES if size == resumable.DEFERRED else size)


IMPORT_BYTES_OF_POINT = 32 * 1024
"""The bytes of the 250 lines, or so, that 60 ms of CPU read, check and write on PostgreSQL, 40 ms on SQLite."""
MOST_IMPORT_POINTS = 20
"""Imports run beside the requests, one at a time; a preview, a dry run and an import fit into a minute of the limit."""
PREVIEW_BYTES_OF_POINT = 128 * 1024
"""The bytes of the lines that 60 ms of CPU read and plan."""


def import_points(size: int) -> int:
    """The points that the import of a file of so many bytes costs besides its entry."""
    return min(MOST_IMPORT_POINTS, size // IMPORT_BYTES_OF_POINT)


def preview_points(size: int) -> int:
    """The points that a preview of the import of so many bytes costs besides its entry."""
    return size // PREVIEW_BYTES_OF_POINT


class _Speed(NamedTuple):
    """Milliseconds of CPU for each megapixel and each megabyte of an image."""

    megapixel: float
    megabyte: float

    def milliseconds(self, pixels: float, size: int) -> float:
        """The CPU for so many pixels in so many bytes."""
        return (self.megapixel * pixels + self.megabyte * size) / 1_000_000


MILLISECONDS_OF_POINT = 60
"""The CPU that a point pays for."""
# Measured with images of 1 and 4 megapixels, photographs and noise, which takes most.
_STORING = {
    "image/gif": _Speed(20, 0),
    "image/jpeg": _Speed(10, 10),
    "image/png": _Speed(15, 60),
    "image/webp": _Speed(40, 100),
}
_DECODING = {
    "image/gif": _Speed(12, 0),
    "image/jpeg": _Speed(9, 9),
    "image/png": _Speed(5, 10),
    "image/webp": _Speed(10, 50),
}
_ENCODING = {
    "image/gif": _Speed(40, 0),
    "image/jpeg": _Speed(40, 0),
    "image/png": _Speed(130, 0),
    "image/webp": _Speed(60, 0),
}
_SCALED = "image/jpeg"
"""The media type that is decoded at a part of its size, with at most so many pixels for each of a rendition."""
_MAX_DECODED = 16


def image_points(content_type: str, pixels: int, size: int) -> int:
    """The points that storing an image of so many pixels and bytes costs besides the entry."""
    return int(_STORING[content_type].milliseconds(pixels, size) // MILLISECONDS_OF_POINT)


def rendition_points(content_type: str, pixels: int, size: int, target: str, target_pixels: int) -> int:
    """The points for making a rendition of a stored image as `target`; reading a stored rendition is free.

    Up to 30 ms of CPU are free: the images of a page in a shop are small.
    """
    decoded = min(pixels, _MAX_DECODED * target_pixels) if content_type == _SCALED else pixels
    spent = _DECODING[content_type].milliseconds(decoded, size) + _ENCODING[target].milliseconds(target_pixels, 0)
    return round(spent / MILLISECONDS_OF_POINT)
