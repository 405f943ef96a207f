"""Server-sent events (HTML, section 9.2): their format, and streamed responses of them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

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
    """A comment, which no client sees; with an id, where a client that comes back goes on from."""
    return f": \nid: {identity}\n\n".encode() if identity else b": \n\n"


class EventStream(Response):
    """An answer of server-sent events. What it holds is released with its end; `stop` is to end it soon."""

    def __init__(self, chunks: AsyncIterator[bytes], held: AsyncExitStack, stop: Callable[[], None]) -> None:
        self.status_code, self.background, self.body = 200, None, b""
        self.raw_headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"vary", b"Accept"),
            (b"x-accel-buffering", b"no"),
        ]
        self._chunks, self._held, self._stop = chunks, held, stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; a server that shuts down ends them. Raises `TimeoutError` if the client stops reading."""
        scope["state"]["stop"] = self._stop
        async with self._held:
            await stream(self.status_code, self.raw_headers, self._chunks, receive, send, stop=self._stop)
