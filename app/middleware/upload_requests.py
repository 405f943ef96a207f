"""Requests to a resumable upload: method override (tus 1.0.0), and the upload's own request allowance."""

import re
from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.callers import Caller
from app.domain.errors import NotFound
from app.domain.files import resumable
from app.domain.unit_of_work import Database
from app.http.request_state import RequestState, header
from app.rate_limiting import costs
from app.rate_limiting.limits import Rates
from app.rate_limiting.token_bucket import level_of, parse_limit

_UPLOADS = "/v2/files/uploads"
_PATH = re.compile(rf"{_UPLOADS}/([0-9a-f]{{32}})")
_OVERRIDES = frozenset({"PATCH", "DELETE"})
_VERSION = (b"tus-resumable", b"1.0.0")


class UploadRequests:
    """Applies `X-HTTP-Method-Override`, and charges requests to the allowance of their upload.

    The creation of an upload was charged by its size, and pays for this allowance. Requests beyond it, or to an upload
    that the caller does not have, are charged to the caller's bucket. Without `rates` nothing is limited.
    """

    def __init__(self, app: ASGIApp, database: Database, rates: Rates | None) -> None:
        self.app, self._database, self._rates = app, database, rates

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a request; raises `rate_limited`."""
        identity = upload_id(scope) if scope["type"] == "http" else None
        return self._serve(identity, scope, receive, send) if identity else self.app(scope, receive, send)

    async def _serve(self, identity: str, scope: Scope, receive: Receive, send: Send) -> None:
        override = header(scope, b"x-http-method-override")
        if scope["method"] == "POST" and override and (method := override.decode("latin-1").upper()) in _OVERRIDES:
            scope["method"] = method
        budget = scope["state"]["budget"]
        if self._rates and scope["method"] != "OPTIONS" and not await self._is_paid(self._rates, identity, scope):
            budget.metered = True
            await budget.charge(1)
        await self.app(scope, receive, send)

    async def _is_paid(self, rates: Rates, identity: str, scope: Scope) -> bool:
        """Whether the caller has the upload, and the upload has some of its allowance left."""
        caller: Caller = scope["state"]["caller"]
        try:
            upload = await self._database.read(lambda unit: resumable.get(unit, caller.name, identity))
        except NotFound:
            return False
        limit = parse_limit(f"{costs.upload_requests(upload.bytes)}/hour")
        return (await level_of(rates.buckets.take(f"upload {identity}", limit, 1))).allowed


def upload_id(scope: Scope) -> str | None:
    """The id of the upload in the path of a request, if there is one."""
    path: str = scope["path"]
    if _UPLOADS not in path:
        return None
    found = _PATH.fullmatch(path) or _PATH.fullmatch(path.removeprefix(scope.get("root_path", "")))
    return found[1] if found else None


def add_tus_version(request: RequestState) -> None:
    """Add `Tus-Resumable` to every answer below the address of uploads, errors included."""
    if _UPLOADS in request.scope["path"]:
        request.fields.append(_VERSION)
