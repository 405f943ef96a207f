"""Server-sent events (HTML, section 9.2): their format, and streaming responses."""

from collections.abc import AsyncIterator

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.domain.changes.feed import Follower
from app.http.streaming import stream

MEDIA_TYPE = "text/event-stream"
SECONDS_BETWEEN = 15.0
"""Seconds between messages at most: proxies close idle connections."""
SECONDS = 300.0
"""Seconds until a stream ends: the client reconnects and authenticates again."""
RETRY = b"retry: 1000\n\n"
"""Clients reconnect after a second."""


def event(data: bytes, *, identity: str = "", name: str = "") -> bytes:
    """One event; its data is JSON, which has no line breaks."""
    lines = [f"id: {identity}\n".encode() if identity else b"", f"event: {name}\n".encode() if name else b""]
    return b"".join((*lines, b"data: " if data else b"data:", data, b"\n\n"))


def keep_alive(identity: str = "") -> bytes:
    """A comment, which clients ignore; its id is where a reconnecting client continues."""
    return f": \nid: {identity}\n\n".encode() if identity else b": \n\n"


class EventStream(Response):
    """A response of server-sent events about changes; it closes the follower at the end.

    A context manager for each of many idle streams would take more memory.
    """

    def __init__(self, chunks: AsyncIterator[bytes], follower: Follower) -> None:
        self.status_code, self.background, self.body = 200, None, b""
        self.raw_headers = [(b"content-type", MEDIA_TYPE.encode()), (b"vary", b"Accept"), (b"x-accel-buffering", b"no")]
        self._chunks, self._follower = chunks, follower

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; a server that shuts down ends them. Raises `TimeoutError` if the client stops reading."""
        scope["state"]["stop"] = stop = self._follower.stop
        try:
            await stream(self.status_code, self.raw_headers, self._chunks, receive, send, stop=stop)
        finally:
            self._follower.leave()
