"""Cross-origin resource sharing: Starlette's middleware, told what browsers on other sites may send and read."""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

_METHODS = "GET HEAD POST PUT PATCH DELETE".split()
_SENT = (
    "Authorization Content-Type Idempotency-Key If-Match If-None-Match X-Request-ID X-Correlation-ID traceparent"
    " Tus-Resumable Upload-Length Upload-Metadata Upload-Offset"
)
_READ = (
    "ETag Link Location Retry-After RateLimit RateLimit-Policy Idempotent-Replayed X-Request-ID"
    " Tus-Resumable Upload-Expires Upload-Length Upload-Metadata Upload-Offset Content-Location"
)
_SECONDS_REMEMBERED = 7200
"""How long a preflight holds; no browser keeps one longer than Chrome, with two hours."""


def shared(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """The application, open to pages of these origins; no cookies are taken, so `*` gives nothing away."""
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=_METHODS,
        allow_headers=_SENT.split(),
        expose_headers=_READ.split(),
        max_age=_SECONDS_REMEMBERED,
    )
