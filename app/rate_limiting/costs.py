"""Prices: the points that a request costs, from what it reads. REST and GraphQL both describe that by `Selected`.

A point pays for a weight of 100. Each node weighs 1, every 20 values weigh 1, each scan weighs 100.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.domain.files import resumable
from app.domain.pagination.paging import Filter, Listing

WEIGHT_OF_POINT = 100
VALUES_OF_WEIGHT = 20
WEIGHT_OF_SCAN = 100
LIST = 5
"""The nodes of a list that is no connection, such as tags, options, images and order lines, whatever its bound."""
VARIANTS = 20
"""The nodes of a list of variants that is no connection."""
FEED = 20
"""The points of a feed of the whole catalogue, which anyone may fetch."""
REFERENCE = 1
"""The nodes of one object."""


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
    """The nodes, values and scans of a request, each times the nodes that it stands below."""

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


def scans(listing: Listing, narrowed: Filter, *, counted: bool = False) -> int:
    """The scans of a list: one for its count, and one for each search and each filter without an index."""
    return counted + len(listing.unindexed & narrowed.values("sqlite").keys())


OPERATIONS_OF_POINT = 10


def batch_points(operations: int) -> int:
    """The points of a batch of so many operations."""
    return -(-operations // OPERATIONS_OF_POINT)


UPLOAD_BYTES_OF_POINT = 64 * 2**20
DEFERRED_BYTES = 512 * 2**20
"""An upload whose length is deferred costs as much as one of so many bytes."""


def upload_points(size: int) -> int:
    """The points that the creation of a resumable upload of so many bytes costs besides its entry."""
    return _charged_bytes(size) // UPLOAD_BYTES_OF_POINT


def upload_requests(size: int) -> int:
    """The requests an hour that the creation of an upload pays for: one for each 64 KiB, and at least 256."""
    return 256 << (_charged_bytes(size) // 2**24).bit_length()


def _charged_bytes(size: int) -> int:
    return DEFERRED_BYTES if size == resumable.DEFERRED else size


IMPORT_BYTES_OF_POINT = 2**20


def import_points(size: int) -> int:
    """The points that the import of a file of so many bytes costs besides its entry."""
    return size // IMPORT_BYTES_OF_POINT


PIXELS_OF_POINT = 4_000_000
"""The pixels that 60 ms of CPU decode and encode."""
_SPEEDS = {"image/webp": 0.25}
"""The number of pixels of a type that are encoded in the time of one pixel of another type."""
_SCALED_SPEEDS = {"image/jpeg": 4.0}
"""The same for making a variant: a JPEG is decoded at a part of its size."""


def image_points(pixels: int, content_type: str) -> int:
    """The points that storing an image of so many pixels costs besides the entry."""
    return int(pixels / _SPEEDS.get(content_type, 1)) // PIXELS_OF_POINT


def variant_points(pixels: int, content_type: str) -> int:
    """The points that making a variant of a stored image costs; reading a variant that exists is free."""
    return int(pixels / _SCALED_SPEEDS.get(content_type, 1)) // PIXELS_OF_POINT
