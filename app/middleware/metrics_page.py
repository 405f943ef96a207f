"""`/metrics`: for requests with the token, and for local requests."""

import hmac
from collections.abc import Awaitable

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.errors import NotFound
from app.http import problem_details
from app.http.local_requests import is_local
from app.http.request_state import header
from app.observability.shared_metrics import SharedMetrics

_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class MetricsPage:
    """Answers `/metrics`, and passes all other requests on.

    It wraps `Identity`, since its bearer token is not an API key. Requests that are not local need the token;
    without it they get 404, which hides the page.
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
        if not (self._has_token(scope) or is_local(scope)):
            raise NotFound("page")
        if scope["method"] not in {"GET", "HEAD"}:
            raise problem_details.method_not_allowed("GET", "HEAD")
        headers = {"Cache-Control": "no-store"}
        return Response(self._metrics.text(), headers=headers, media_type=_TEXT)(scope, receive, send)

    @property
    def path(self) -> str:
        """The template of the path."""
        return "/metrics"

    def _has_token(self, scope: Scope) -> bool:
        credentials = header(scope, b"authorization")
        return self._bearer is not None and credentials is not None and hmac.compare_digest(credentials, self._bearer)
