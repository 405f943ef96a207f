"""Identity: who sends a request, by its API key; who may do what is decided where it is done."""

import time
from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain import request_context
from app.domain.callers import ANONYMOUS, EVERYONE, Caller
from app.domain.errors import Code, TandemError
from app.http.request_state import header
from app.middleware.origins import Origins
from app.rate_limiting.limits import payer
from app.stores.keys import Verifier

_MAX_HEADER = 512


def bearer(scope: Scope) -> str | None:
    """The key that a request bears (RFC 6750, section 2.1): None without `Authorization`, empty where it is no key."""
    given = header(scope, b"authorization")
    if given is None:
        return None
    scheme, _, key = given.decode("latin-1").partition(" ")
    return key.strip() if scheme.lower() == "bearer" and len(given) <= _MAX_HEADER else ""


class Identity:
    """Puts the `caller` into the scope's state; a key that is none of ours is refused, whatever it was sent for.

    It stands inside `RateLimit`, which puts the request's `verifier` into the state. Without one everyone is one
    caller, a browser too, whatever site its page is from: `origins` says which pages may change anything.
    """

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self.app = app
        self.origins = origins

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a request in its caller's name."""
        if scope["type"] == "http":
            verifier = scope["state"]["verifier"]
            if verifier is not None:
                return self._serve(scope, receive, send, verifier)
            self.origins.admit(scope)
            scope["state"]["caller"] = EVERYONE
        return self.app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, verifier: Verifier) -> None:
        caller = scope["state"]["caller"] = await _caller(scope, verifier)
        request_context.note("payer", payer(scope))
        request_context.note("caller", caller.name)
        await scope["state"]["budget"].identified(caller)
        await self.app(scope, receive, send)


async def _caller(scope: Scope, verifier: Verifier) -> Caller:
    key = bearer(scope)
    if key is None:
        return ANONYMOUS
    caller = await verifier.verify(key, time.monotonic()) if key else None
    if caller is None:
        raise TandemError(Code.UNAUTHENTICATED, "The API key is not valid: unknown, expired or revoked.")
    return caller
