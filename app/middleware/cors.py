"""Cross-origin resource sharing: Starlette's middleware with the headers that other origins may send and read."""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

_METHODS = "GET HEAD POST PUT PATCH DELETE".split()
_SECONDS_REMEMBERED = 7200
"""Seconds that browsers may cache a preflight; Chrome has the highest maximum, two hours."""


def with_cors(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """The application with CORS for these origins; unchanged if there are none.

    They may send and read every header field, also of a service in a private network. The service uses no cookies,
    so `*` gives nothing away.
    """
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=_METHODS,
        allow_headers=["*"],
        expose_headers=["*"],
        allow_private_network=True,
        max_age=_SECONDS_REMEMBERED,
    )
