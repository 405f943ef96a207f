"""The ids of a request: taken where they are sane, made where there must be one, answered, errors included."""

import random
import re
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain import notes

_SANE = re.compile(rb"(?!.*tdm_)[A-Za-z0-9._:/+=@-]{1,128}")
"""What may be an id; an API key is none, since ids are logged, and told to the database."""
_TRACE = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context, section 3.2."""
_TAKEN = {
    b"x-request-id": ("request_id", _SANE),
    b"x-correlation-id": ("correlation_id", _SANE),
    b"traceparent": ("traceparent", _TRACE),
}


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of a name (lower case) in an ASGI scope."""
    return next((value for key, value in scope["headers"] if key == name), None)


class RequestId:
    """Puts `request_id`, and where they were sent `correlation_id` and `traceparent`, into the scope's state.

    The answer bears them as `X-Request-ID`, `X-Correlation-ID` and `traceparent`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request under its ids."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        answered = [pair for pair in scope["headers"] if pair[0] in _TAKEN and _TAKEN[pair[0]][1].fullmatch(pair[1])]
        if len(answered) > 1:  # of those that came twice, the first
            answered = list(dict(reversed(answered)).items())
        for name, value in answered:
            state[_TAKEN[name][0]] = value.decode()
        if "request_id" not in state:
            state["request_id"] = f"{random.getrandbits(128):032x}"
            answered.append((b"x-request-id", state["request_id"].encode()))
        state["notes"] = notes.begin(request_id=state["request_id"])

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *answered]
            await send(message)

        await self.app(scope, receive, answer)
