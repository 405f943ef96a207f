"""The state of a request, which the middleware shares: one pass completes the response."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from starlette.types import Message, Scope, Send

Field = tuple[bytes, bytes]
"""A header field; its name in lower case."""
Completion = Callable[["RequestState", Message], None]
"""Completes the start of a response."""
PricedCompletion = Callable[[Message], Awaitable[None] | None]
"""Completes the application's start of a response; its result is awaited before sending."""


class RequestState:
    """The state of one request, in the scope's state as `request`.

    `priced` and then the `completions` complete the start of the response; then the header `fields` are added.
    `status` is 0 until the response begins, `size` counts the bytes of its body so far. `task` serves the request until
    `end` on the event loop's clock. `waiting`: it waits for the client. `late`: it passed `end` and was cancelled.
    """

    __slots__ = (
        "_completions",
        "_send",
        "end",
        "fields",
        "late",
        "priced",
        "scope",
        "size",
        "status",
        "task",
        "waiting",
    )

    def __init__(self, scope: Scope, send: Send, completions: Sequence[Completion]) -> None:
        self.scope, self._send, self._completions = scope, send, completions
        self.priced: PricedCompletion | None = None
        self.fields: list[Field] = []
        self.status = self.size = 0
        self.late = self.waiting = False
        self.task: asyncio.Task[object] | None = None
        self.end = 0.0

    def send(self, message: Message) -> Awaitable[None]:
        """Send a message of the response. Not a coroutine function: it is called for every message."""
        if message["type"] != "http.response.start":
            self.size += len(message.get("body", b""))
            return self._send(message)
        self.status = message["status"]
        headers = message["headers"] = [*message["headers"]]
        late = self.priced(message) if self.priced else None
        for complete in self._completions:
            complete(self, message)
        headers += self.fields
        return self._send_after(late, message) if late else self._send(message)

    async def _send_after(self, late: Awaitable[None], message: Message) -> None:
        await late
        await self._send(message)


def state_of(scope: Scope) -> RequestState:
    """The state of a request, which the outermost middleware sets."""
    request: RequestState = scope["state"]["request"]
    return request


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of a name (lower case) in an ASGI scope."""
    for key, value in scope["headers"]:
        if key == name:
            return cast(bytes, value)
    return None
