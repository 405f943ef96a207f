"""Callers: who asks, and what they may do."""

from enum import StrEnum
from typing import NamedTuple

from app.domain.errors import Code, TandemError

KEY_PREFIX = "tdm"
"""How every API key begins, so that it is recognised wherever it was written by mistake."""


class Scope(StrEnum):
    """What an API key may be allowed; reading the catalogue is everybody's."""

    CATALOG_READ = "catalog:read"
    CATALOG_WRITE = "catalog:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    FILES_WRITE = "files:write"
    WEBHOOKS_WRITE = "webhooks:write"


class Caller(NamedTuple):
    """Whoever sends a request; idempotency keys, orders and limits belong to `name`."""

    name: str
    scopes: frozenset[Scope]
    known: bool = True
    rate: str | None = None

    def identify(self) -> None:
        """Raise `unauthenticated` unless the caller has shown a key, or everyone is one."""
        if not self.known:
            raise TandemError(Code.UNAUTHENTICATED, "This needs an API key.")

    def require(self, scope: Scope) -> None:
        """Raise `unauthenticated` or `forbidden` unless the caller has the scope."""
        if scope in self.scopes:
            return
        if not self.known:
            raise TandemError(Code.UNAUTHENTICATED, f"This needs an API key with the scope `{scope}`.")
        raise TandemError(Code.FORBIDDEN, f"This needs the scope `{scope}`, which the API key does not have.")


EVERYONE = Caller("", frozenset(Scope))
"""The one caller of the `open` mode."""

ANONYMOUS = Caller("", frozenset({Scope.CATALOG_READ}), known=False)
"""A caller without a key, where keys are asked for."""
