"""Trusted proxies: only their header fields about address and scheme count; uvicorn's own middleware reads them."""

from collections.abc import Sequence
from typing import Any, cast

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


def with_trusted_proxies(app: ASGIApp, proxies: Sequence[str]) -> ASGIApp:
    """The application behind proxies with these addresses and networks; unchanged if there are none.

    `X-Forwarded-For` is read from the right: the first address that is not a trusted proxy is the client's, since the
    client may have sent the rest itself.
    """
    return cast(ASGIApp, ProxyHeadersMiddleware(cast(Any, app), list(proxies))) if proxies else app
