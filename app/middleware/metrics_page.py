"""`/metrics`: for whoever has the token, and for this machine; not for the world."""

import hmac
from collections.abc import Awaitable
from ipaddress import ip_address

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app import problems
from app.domain.errors import NotFound
from app.exchange import header
from app.middleware.hosts import without_port
from app.shared_metrics import SharedMetrics

_FORWARDED = frozenset({b"forwarded", b"via", b"x-forwarded-for", b"x-real-ip"})
_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class MetricsPage:
    """Answers `/metrics`, and lets all else pass.

    It stands around `Identity`, since its bearer is no API key. A request from a loopback address that a proxy has
    forwarded comes from elsewhere, and so may one under a name that is not this machine's own: a page of that name can
    have a browser here look it up as a loopback address (DNS rebinding). Others are told that there is nothing: that is
    what they are to know.
    """

    def __init__(self, app: ASGIApp, metrics: SharedMetrics, token: str | None) -> None:
        self.app = app
        self._metrics = metrics
        self._bearer = f"Bearer {token}".encode() if token else None

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a request."""
        if scope["type"] != "http" or scope["path"] != "/metrics":
            return self.app(scope, receive, send)
        scope["route"] = self
        if not (self._has_token(scope) or _is_local(scope)):
            raise NotFound("page")
        if scope["method"] not in {"GET", "HEAD"}:
            raise problems.method_not_allowed("GET", "HEAD")
        headers = {"Cache-Control": "no-store"}
        return Response(self._metrics.text(), headers=headers, media_type=_TEXT)(scope, receive, send)

    @property
    def path(self) -> str:
        """The template of the address."""
        return "/metrics"

    def _has_token(self, scope: Scope) -> bool:
        given = header(scope, b"authorization")
        return self._bearer is not None and given is not None and hmac.compare_digest(given, self._bearer)


def _is_local(scope: Scope) -> bool:
    if scope.get("client") is None or any(name in _FORWARDED for name, _ in scope["headers"]):
        return False
    host = without_port((header(scope, b"host") or b"").decode("latin-1"))
    return _is_loopback(scope["client"][0]) and (host == "localhost" or _is_loopback(host))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
