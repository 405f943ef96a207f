"""Exchanges: one request and its answer, as the middlewares share it, so that what they add is added in one pass."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from starlette.types import Message, Scope, Send

Field = tuple[bytes, bytes]
"""A header field; its name in lower case."""
Completion = Callable[["Exchange", Message], None]
"""Completes the start of an answer."""
PricedCompletion = Callable[[Message], Awaitable[None] | None]
"""Completes it as the application gave it; what it returns has to be awaited before that is sent."""


class Exchange:
    """A request on its way through the application, in the scope's state as `exchange`.

    Its answer gets what `priced` and then the `completions` make of it, and the header `fields`. `status` is 0 until
    the answer begins, `size` the bytes of its body so far. The `task` that serves it has until `end`, on the event
    loop's clock; `waiting` says that it waits for the client just then, `late` that it was given up.
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
        """Pass a part of the answer on; no coroutine of its own, since it is called for every part."""
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


def exchange_of(scope: Scope) -> Exchange:
    """The exchange of a request; it is the outermost middleware that puts it there."""
    exchange: Exchange = scope["state"]["exchange"]
    return exchange


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of a name (lower case) in an ASGI scope."""
    for key, value in scope["headers"]:
        if key == name:
            return cast(bytes, value)
    return None
