"""Places in the change log, and their cursors, which are the same over REST, GraphQL and streams.

A cursor is base64url of `changes|epoch|id|seen|at`. It has no filter, so a reader may continue with another one.
"""

from typing import NamedTuple

from app.domain.errors import Code, InvalidCursor, TandemError
from app.domain.pagination import cursors

_NAME = "changes"
_LIMIT = 2**63


class Place(NamedTuple):
    """A place in the log: after all records before (epoch, id), and after the first `seen` changes of that record.

    No record after the place is older than `at`, in microseconds.
    """

    epoch: int = 0
    id: int = 0
    seen: int = 0
    at: int = 0

    @property
    def cursor(self) -> str:
        """The place as text."""
        return cursors.pack("|".join((_NAME, *map(str, self))))


def decode(cursor: str) -> Place:
    """The place of a cursor; raises `InvalidCursor`."""
    name, *numbers = cursors.unpack(cursor)
    if name != _NAME or not all(number.isascii() and number.isdigit() for number in numbers):
        raise InvalidCursor("The cursor does not belong to the change log.")
    place = Place(*map(int, numbers))
    if max(place) >= _LIMIT or place.cursor != cursor:
        raise InvalidCursor("The cursor does not belong to the change log.")
    return place


class CursorExpired(TandemError):
    """410: changes after the place are no longer kept."""

    def __init__(self) -> None:
        message = "The cursor has expired; start over, such as from `/v2/products/export` and its `Changes-Cursor`."
        super().__init__(Code.CURSOR_EXPIRED, message)
