"""The rate limit: a caller without points gets 429 with `Retry-After` before any work is done."""

import re
import time
from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain import request_context
from app.domain.errors import TandemError
from app.http.request_state import state_of
from app.middleware.access import Access
from app.middleware.identity import bearer
from app.middleware.upload_requests import upload_id
from app.pages.browsers import asks_for_page
from app.rate_limiting.budget import Budget
from app.rate_limiting.limits import Rates, payer_at
from app.stores.keys import Verifier

_ROOTS = frozenset({"/graphql", "/v1", "/v2"})
_BELOW = ("/v1/", "/v2/")
_FREE_ENDS = ("/image", "/openapi.json", "/openapi.yaml")
_FREE = re.compile(r"/v[12]/(?:openapi\.(?:yaml|json)|products/[^/]+/image)")
_READING = frozenset({"GET", "HEAD"})


class RateLimit:
    """Puts the `budget` and the `verifier` of a request into the scope's state, and the level on metered answers.

    It wraps `Identity`, so that verifying invented keys is limited: a key that the verifier's cache does not have costs
    the client's address a point, which `Budget.identified` refunds for a live key. If the address has no points, a live
    key is let through by a list of hashes (`Verifier.recognises`), so that neighbours at one address cannot block it.
    Without `rates` nothing is limited. Without a verifier, which `access` decides, keys are ignored.
    """

    def __init__(self, app: ASGIApp, rates: Rates | None, access: Access) -> None:
        self.app = app
        self.rates = rates
        self.access = access

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a request; raises `rate_limited`."""
        if scope["type"] != "http":
            return self.app(scope, receive, send)
        request_context.note("payer", payer_at(scope))
        verifier = scope["state"]["verifier"] = self.access.verifier_for(scope)
        budget = scope["state"]["budget"] = Budget(self.rates, scope, _is_metered(scope))
        if self.rates is None:
            return self.app(scope, receive, send)
        state_of(scope).priced = budget.complete
        key = bearer(scope) if verifier else None
        if verifier and key is not None:
            return self._serve(scope, receive, send, verifier, key)
        late = budget.pay(1) if budget.metered else None
        return self.app(scope, receive, send) if late is None else self._serve_after(late, scope, receive, send)

    async def _serve_after(self, late: Awaitable[None], scope: Scope, receive: Receive, send: Send) -> None:
        await late
        await self.app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, verifier: Verifier, key: str) -> None:
        if not verifier.knows(key):
            try:
                await scope["state"]["budget"].charge(1)
            except TandemError:
                if not (key and await verifier.recognises(key, time.monotonic())):
                    raise
        await self.app(scope, receive, send)


def _is_metered(scope: Scope) -> bool:
    """Whether a request pays: one to either API, unless it reads a contract, an image, the GraphQL page or options."""
    path, method, root = scope["path"], scope["method"], scope.get("root_path")
    if root:
        path = path.removeprefix(root)
    if method == "OPTIONS":
        return False
    if upload_id(scope):  # `UploadRequests` decides who pays
        return False
    if path.startswith(_BELOW):
        return method not in _READING or not (path.endswith(_FREE_ENDS) and _FREE.fullmatch(path))
    return path in _ROOTS and not (path == "/graphql" and method in _READING and asks_for_page(scope))
