"""Large answers: a lane that they hold from before they are made until the client has read them.

The request notes its place. The server keeps the place of an answer that the client has not read yet; in all other
cases the place is free when the request ends.
"""

from app.domain import request_context
from app.stores import lanes
from app.stores.lanes import Bounds, Lane

BOUNDS = Bounds(places=8, places_each=2, waiting=256, waiting_each=64, seconds=5.0)
LANE = Lane(BOUNDS)
_NOTE = "place"


class _Place:
    """A place in the lane."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits who could have it."""
        return LANE.is_wanted(self._name)

    def release(self) -> None:
        """Give it back."""
        LANE.release(self._name)


def try_hold() -> bool:
    """Take a place for the current request; False if none is free. A request has one place, other work needs none."""
    notes = request_context.current()
    if notes and _NOTE not in notes:
        name = lanes.caller()
        if not LANE.try_acquire(name):
            return False
        request_context.note(_NOTE, _Place(name))
    return True


async def hold() -> None:
    """Wait for a place for the current request. Raises `Unavailable` as `Lane.acquire` does."""
    if not try_hold():
        name = lanes.caller()
        await LANE.acquire(name)
        request_context.note(_NOTE, _Place(name))
