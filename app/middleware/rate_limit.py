"""The rate limit: who asks for more than its bucket holds is told when to come back, before anything is done for it."""

import re
import time

from starlette.types import ASGIApp, Receive, Scope, Send

from app.budgets import Budget
from app.domain.errors import TandemError
from app.exchange import exchange_of
from app.middleware.identity import bearer
from app.pages.browsers import asks_for_page
from app.stores.keys import Verifier
from app.stores.rates import Rates

_ROOTS = frozenset({"/graphql", "/v1", "/v2"})
_BELOW = ("/v1/", "/v2/")
_FREE_ENDS = ("/image", "/openapi.json", "/openapi.yaml")
_FREE = re.compile(r"/v[12]/(?:openapi\.(?:yaml|json)|products/[^/]+/image)")
_READING = frozenset({"GET", "HEAD"})


class RateLimit:
    """Puts the `budget` of a request into the scope's state, and its level on metered answers, errors included.

    It stands around `Identity`: a key that was not found good before costs its address a point before it is looked
    up, wherever it was sent to, so looking up invented keys is limited too; a good one brings the point back. Where the
    address has none left, a list that is read once a second tells good keys from invented ones: nobody's key suffers
    from its neighbours. Without `rates` nothing is limited, without a `verifier` keys mean nothing.
    """

    def __init__(self, app: ASGIApp, rates: Rates | None, verifier: Verifier | None) -> None:
        self.app = app
        self.rates = rates
        self.verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; raises `rate_limited`."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        budget = scope["state"]["budget"] = Budget(self.rates, scope, metered=_is_metered(scope))
        if self.rates is not None:
            exchange_of(scope).completions.insert(0, budget.complete)  # of what the application alone answers
            if self._address_pays(scope, budget):
                try:
                    await budget.charge(1)
                except TandemError:
                    if not await self._is_good(bearer(scope)):
                        raise
        await self.app(scope, receive, send)

    def _address_pays(self, scope: Scope, budget: Budget) -> bool:
        key = bearer(scope) if self.verifier else None
        return budget.metered if self.verifier is None or key is None else not self.verifier.knows(key)

    async def _is_good(self, key: str | None) -> bool:
        return bool(self.verifier and key and await self.verifier.recognises(key, time.monotonic()))


def _is_metered(scope: Scope) -> bool:
    """Whether a request pays: one to either API, unless it reads a contract, an image, the GraphQL page or options."""
    path, method, root = scope["path"], scope["method"], scope.get("root_path")
    if root:
        path = path.removeprefix(root)
    if method == "OPTIONS" or not (path.startswith(_BELOW) or path in _ROOTS):
        return False
    if method not in _READING:
        return True
    if path.endswith(_FREE_ENDS):
        return not _FREE.fullmatch(path)
    return path != "/graphql" or not asks_for_page(scope)
