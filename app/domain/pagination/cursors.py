"""Cursors: opaque, versioned places in a sorted list, the same string over REST and GraphQL.

A cursor is base64url of `version|sort|fingerprint|id|key`: after the version the sort it was made under, a fingerprint
of the list and its filter, and the row's own (key, id). It holds no limit, no fields, no protocol.
"""

import base64
import binascii
from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple

from app.domain.errors import InvalidCursor
from app.domain.models import MAX_ID

VERSION = "2"
VERSIONS = frozenset({"1", VERSION})
"""Version 1 holds the keys of an older folding (`cursors_v1`)."""
_KEY_LIMIT = 2**63
_URL_SAFE = str.maketrans("+/", "-_")


class Place(NamedTuple):
    """The place of a row in a list: its sort key and its id, which breaks ties."""

    key: int | str
    id: int


def fingerprint(*parts: object) -> str:
    """Eight hexadecimal digits that stand for a list and its filter."""
    return blake2b(repr(parts).encode(), digest_size=4).hexdigest()


def encode(sort: str, mark: str, place: Place, version: str = VERSION) -> str:
    """The cursor of a place under a sort in the list that `mark` stands for."""
    return encoder(sort, mark, version)(place.key, place.id)


def encoder(sort: str, mark: str, version: str = VERSION) -> Callable[[int | str, int], str]:
    """Makes the cursors of one list from sort keys and ids."""
    prefix = f"{version}|{sort}|{mark}|"

    def make(key: int | str, identity: int) -> str:
        return pack(f"{prefix}{identity}|{key}")

    return make


def pack(text: str) -> str:
    """A text as a cursor."""
    return binascii.b2a_base64(text.encode(), newline=False).decode().rstrip("=").translate(_URL_SAFE)


def mark_of(cursor: str) -> str:
    """The fingerprint of the list that a cursor belongs to; raises `InvalidCursor` where it is garbage."""
    return unpack(cursor)[2]


def version_of(cursor: str) -> str:
    """The version that a cursor says it has; raises `InvalidCursor` where it is garbage."""
    return unpack(cursor)[0]


def decode(cursor: str, sort: str, mark: str | None, key_type: type[int] | type[str]) -> Place:
    """The place a cursor stands for; raises `InvalidCursor` where it is garbage or belongs elsewhere.

    Without a `mark`, whichever list it belongs to.
    """
    version, its_sort, its_mark, identity, key = unpack(cursor)
    if version not in VERSIONS:
        raise InvalidCursor
    if its_sort != sort:
        raise InvalidCursor("This cursor was made for another sort; repeat the sort that it was given with.")
    if mark is not None and its_mark != mark:
        raise InvalidCursor("This cursor was made for another list; repeat the filters that it was given with.")
    try:
        place = Place(int(key) if key_type is int else key, int(identity))
    except ValueError:
        raise InvalidCursor from None
    fits = 0 < place.id <= MAX_ID and (isinstance(place.key, str) or abs(place.key) < _KEY_LIMIT)
    if not fits or "\0" in key or encode(sort, its_mark, place, version) != cursor:
        raise InvalidCursor
    return place


def unpack(cursor: str) -> list[str]:
    """The five parts of a cursor's text; raises `InvalidCursor`."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise InvalidCursor from None
    parts = packed.split("|", 4)
    if len(parts) != 5:
        raise InvalidCursor
    return parts
