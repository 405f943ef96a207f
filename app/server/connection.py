"""A connection with one timer, which is aborted if its client stops reading."""

import asyncio
import fcntl
import sys
import termios
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.domain import request_context
from app.observability import metrics
from app.server.response_cycle import Cycle


class Place(Protocol):
    """The place of a large answer in a lane."""

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for it."""

    def release(self) -> None:
        """Give it back."""


class Connection(HttpToolsProtocol):
    """uvicorn's connection, with a timeout for the client that does not read.

    It keeps the place of a large answer until the client has read it.
    """

    stalled_seconds = 20.0
    """Seconds that a response may stay unread."""
    reading_rate = 1024
    """Bytes a second; a client that reads less counts as stalled."""
    wanted_seconds, wanted_rate = 2.0, 65_536
    """The same while somebody waits for the place of the answer."""
    cycle: Cycle

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        self._place: Place | None = None
        self._place_timer: asyncio.TimerHandle | None = None
        self._running: Cycle | None = None

    def pause_writing(self) -> None:
        """The client reads more slowly than the server writes."""
        super().pause_writing()
        self._stall_timer = self._stall_timer or self.loop.call_later(
            self.stalled_seconds, self._check_reader, self._unread()
        )

    def resume_writing(self) -> None:
        """The client reads again."""
        if self._stall_timer:
            self._stall_timer.cancel()
            self._stall_timer = None
        self._release_place()
        super().resume_writing()

    def _keep_place(self) -> None:
        """Keep the place of the current request, which has ended, until its answer is read."""
        place: Place | None = request_context.take("place")
        if place is not None:
            self._release_place()
            self._place = place
            self._watch_place(place)

    def _release_place(self) -> None:
        if self._place is not None:
            self._place.release()
            self._place = None
        if self._place_timer is not None:
            self._place_timer.cancel()
            self._place_timer = None

    def _watch_place(self, place: Place) -> None:
        self._place_timer = self.loop.call_later(self.wanted_seconds, self._check_place, place, self._unread())

    def _check_place(self, place: Place, before: int) -> None:
        """Close the connection if somebody waits for its place and the client hardly reads."""
        if place.is_wanted and before - self._unread() < self.wanted_seconds * self.wanted_rate:
            self._abort("stalled reader")
        else:
            self._watch_place(place)

    def _is_idle(self) -> bool:
        return self.cycle is None or (self.cycle.response_complete and not self.cycle.more_body)

    def _set_timer(self, seconds: float, then: Any, *args: Any) -> None:
        self._cancel_timer()
        self._timer = self.loop.call_later(seconds, then, *args)

    def _cancel_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _check_reader(self, before: int) -> None:
        """Close the connection if the client has hardly read since the last check."""
        unread = self._unread()
        if before - unread < self.stalled_seconds * self.reading_rate:
            self._abort("stalled reader")
        else:
            self._stall_timer = self.loop.call_later(self.stalled_seconds, self._check_reader, unread)

    def _unread(self) -> int:
        """Bytes of the response that the client has not acknowledged, including those in the kernel's buffer."""
        unsent = fcntl.ioctl(self.transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
        return self.transport.get_write_buffer_size() + int.from_bytes(unsent, sys.byteorder)

    def _disconnect_request(self) -> None:
        """Report the disconnect to the running request; uvicorn reports it to the last pipelined one."""
        if self._running and not self._running.response_complete:
            self._running.disconnected = True
            self._running.wake()

    def _abort(self, reason: str) -> None:
        metrics.CUT.add(reason)
        self._disconnect_request()
        self.transport.abort()
