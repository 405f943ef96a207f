"""Cursors: opaque, versioned places in a sorted list, the same string over REST and GraphQL.

A cursor is base64url of `version|sort|fingerprint|id|key`: after the version the sort it was made under, a fingerprint
of the list and its filter, and the row's own (key, id). It holds no limit, no fields, no protocol.
"""

import base64
import binascii
from hashlib import blake2b
from typing import NamedTuple

from app.domain.errors import InvalidCursor
from app.domain.models import MAX_ID

VERSION = "1"
_KEY_LIMIT = 2**63


class Place(NamedTuple):
    """Where a row stands in a list: its sort key and its id, which breaks ties."""

    key: int | str
    id: int


def fingerprint(*parts: object) -> str:
    """Eight hexadecimal digits that stand for a list and its filter."""
    return blake2b(repr(parts).encode(), digest_size=4).hexdigest()


def encode(sort: str, mark: str, place: Place) -> str:
    """The cursor of a place under a sort in the list that `mark` stands for."""
    packed = f"{VERSION}|{sort}|{mark}|{place.id}|{place.key}"
    return base64.urlsafe_b64encode(packed.encode()).rstrip(b"=").decode()


def decode(cursor: str, sort: str, mark: str, key_type: type[int] | type[str]) -> Place:
    """The place a cursor stands for; raises `InvalidCursor` where it is garbage or belongs elsewhere."""
    version, its_sort, its_mark, identity, key = _unpack(cursor)
    if version != VERSION:
        raise InvalidCursor
    if its_sort != sort:
        raise InvalidCursor("This cursor was made for another sort; repeat the sort that it was given with.")
    if its_mark != mark:
        raise InvalidCursor("This cursor was made for another list; repeat the filters that it was given with.")
    try:
        place = Place(int(key) if key_type is int else key, int(identity))
    except ValueError:
        raise InvalidCursor from None
    fits = 0 < place.id <= MAX_ID and (isinstance(place.key, str) or abs(place.key) < _KEY_LIMIT)
    if not fits or "\0" in key or encode(sort, mark, place) != cursor:
        raise InvalidCursor
    return place


def _unpack(cursor: str) -> list[str]:
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise InvalidCursor from None
    parts = packed.split("|", 4)
    if len(parts) != 5:
        raise InvalidCursor
    return parts
