"""The request id: taken where it is sane, made where it is not, answered on every response, errors included."""

import re
import secrets
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SANE = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of a name (lower case) in an ASGI scope."""
    return next((value for key, value in scope["headers"] if key == name), None)


class RequestId:
    """Puts `request_id` into the scope's state, and `X-Request-ID` on the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request under an id."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = header(scope, b"x-request-id")
        request_id = given if given and _SANE.fullmatch(given) else secrets.token_hex(16).encode()
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        state["request_id"] = request_id.decode()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", request_id)]
            await send(message)

        await self.app(scope, receive, answer)
