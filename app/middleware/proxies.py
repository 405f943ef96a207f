"""Trusted proxies: only what they say about address and scheme is believed; uvicorn's own middleware reads it."""

from collections.abc import Sequence
from typing import Any, cast

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


def behind(app: ASGIApp, proxies: Sequence[str]) -> ASGIApp:
    """The application behind proxies, given as addresses and networks.

    `X-Forwarded-For` is read from the right: the first address that is no proxy of ours is the client's, and what
    stands before it is the client's own word.
    """
    return cast(ASGIApp, ProxyHeadersMiddleware(cast(Any, app), list(proxies))) if proxies else app
