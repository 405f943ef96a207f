"""Cursors: opaque, versioned places in a sorted list; the same strings over REST and GraphQL.

A cursor is base64url of `version|sort|fingerprint|id|key`: after the version the sort it was made under, a fingerprint
of the list and its filter, and the row's own (key, id). It holds no limit, no fields, no protocol. A search that was
corrected follows the fingerprint, so that its other pages are those of the same words, whatever is written meanwhile.
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
_CORRECTED = "~"
"""Stands between a fingerprint and the packed text of a corrected search."""


class Place(NamedTuple):
    """The place of a row in a list: its sort key and its id, which breaks ties."""

    key: int | str
    id: int


def hash_parts(*parts: object) -> str:
    """A hash of a list and its filter: eight hexadecimal digits."""
    return blake2b(repr(parts).encode(), digest_size=4).hexdigest()


def with_correction(fingerprint: str, corrected: str | None) -> str:
    """The fingerprint for the cursors of a search that may have been corrected."""
    return fingerprint if corrected is None else f"{fingerprint}{_CORRECTED}{pack(corrected)}"


def correction_of(cursor: str) -> str | None:
    """The corrected search whose page a cursor is of; raises `InvalidCursor` for a malformed cursor."""
    _, _, packed = unpack(cursor)[2].partition(_CORRECTED)
    return _unpack_text(packed) if packed else None


def encode(sort: str, fingerprint: str, place: Place, version: str = VERSION) -> str:
    """The cursor of a place under a sort in the list with this fingerprint."""
    return encoder(sort, fingerprint, version)(place.key, place.id)


def encoder(sort: str, fingerprint: str, version: str = VERSION) -> Callable[[int | str, int], str]:
    """Makes the cursors of one list from sort keys and ids."""
    prefix = f"{version}|{sort}|{fingerprint}|"

    def make(key: int | str, identity: int) -> str:
        return pack(f"{prefix}{identity}|{key}")

    return make


def pack(text: str) -> str:
    """Encode a text as a cursor."""
    return binascii.b2a_base64(text.encode(), newline=False).decode().rstrip("=").translate(_URL_SAFE)


def fingerprint_of(cursor: str) -> str:
    """The fingerprint of a cursor's list; raises `InvalidCursor` for a malformed cursor."""
    return unpack(cursor)[2].partition(_CORRECTED)[0]


def version_of(cursor: str) -> str:
    """The version of a cursor; raises `InvalidCursor` for a malformed cursor."""
    return unpack(cursor)[0]


def decode(cursor: str, sort: str, fingerprint: str | None, key_type: type[int] | type[str]) -> Place:
    """The place of a cursor; raises `InvalidCursor` if it is malformed or belongs to another list.

    Without a `fingerprint` the cursor may belong to any list.
    """
    version, its_sort, its_fingerprint, identity, key = unpack(cursor)
    if version not in VERSIONS:
        raise InvalidCursor
    if its_sort != sort:
        raise InvalidCursor("This cursor belongs to another sort; send the sort of the request that returned it.")
    if fingerprint is not None and its_fingerprint.partition(_CORRECTED)[0] != fingerprint:
        raise InvalidCursor("This cursor belongs to another list; send the filters of the request that returned it.")
    try:
        place = Place(int(key) if key_type is int else key, int(identity))
    except ValueError:
        raise InvalidCursor from None
    fits = 0 < place.id <= MAX_ID and (isinstance(place.key, str) or abs(place.key) < _KEY_LIMIT)
    if not fits or "\0" in key or encode(sort, its_fingerprint, place, version) != cursor:
        raise InvalidCursor
    return place


def unpack(cursor: str) -> list[str]:
    """The five parts of a cursor's text; raises `InvalidCursor`."""
    parts = _unpack_text(cursor).split("|", 4)
    if len(parts) != 5:
        raise InvalidCursor
    return parts


def _unpack_text(packed: str) -> str:
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise InvalidCursor from None
