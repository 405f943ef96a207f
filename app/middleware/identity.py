"""Identity: the caller of a request, by its API key."""

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
    """The API key of a request (RFC 6750, section 2.1): `None` without `Authorization`, empty if it is not a key."""
    credentials = header(scope, b"authorization")
    if credentials is None:
        return None
    scheme, _, key = credentials.decode("latin-1").partition(" ")
    return key.strip() if scheme.lower() == "bearer" and len(credentials) <= _MAX_HEADER else ""


class Identity:
    """Puts the `caller` into the scope's state; an invalid key is refused, even if the request needs none.

    `RateLimit` wraps it, and puts the request's `verifier` into the state. Without a verifier every request has one and
    the same caller, so `origins` protects against cross-site request forgery.
    """

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self.app = app
        self.origins = origins

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a request as its caller; raises `unauthenticated` or `forbidden`."""
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
